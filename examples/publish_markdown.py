"""Publish a folder of Markdown files to a Confluence space, each as a page, with their pictures and their links.

Needs an API token of an account that may write in the space. The title is `title:` of a front matter, else the first
heading, else the file's name. Links between the files become links between the pages; pictures and other files that they
refer to become attachments. Files of subfolders are published too, all under the one parent; those of hidden ones are
not. What a file refers to and is not in the folder is told, and makes exit code 1; the page is there without it.

Pages of a title that is there are updated, and only if something changed: the message of the version keeps the sum of
the text, the comment of an attachment that of the file. So it can be run again at any time.

    python publish_markdown.py --sandbox
    python publish_markdown.py notes DOCS --parent "Documentation Home"
"""

import base64
import sys
from pathlib import Path

from atlassian_cloud import Confluence, script
from atlassian_cloud.confluence import publishing
from atlassian_cloud.confluence.markdown_folder import MarkdownFolder

DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
NOTES = {
    "release.md": b"# Release 1.4\n\nIt is **faster**, by the [rules](team/rules.md).\n\n![speed](speed.png)\n",
    "speed.png": base64.b64decode(DOT),
    "team/rules.md": b"# House rules\n\n| rule | why |\n| --- | --- |\n| be short | to be read |\n",
}


@script.command
def main() -> int:
    parser = script.Parser(__doc__)
    parser.add_argument("folder", type=Path, help="in a sandbox it is made, with two notes, if it is not there")
    parser.add_argument("space", help="key of the space")
    parser.add_argument("--parent", help="title of the page to put the pages under")
    options = parser.read()
    if options.sandbox and not options.folder.exists():
        for name, content in NOTES.items():
            (options.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (options.folder / name).write_bytes(content)
    notes = MarkdownFolder(options.folder)
    if not notes.files:
        raise script.SetupError(f"{options.folder}: no Markdown files are there")
    with script.connect(Confluence, options) as confluence, script.Tally("files", every=10) as tally:
        space, titles = publishing.space_id(confluence, options.space), dict[str, Path]()
        parent = publishing.page_id(confluence, space, options.parent) if options.parent else None
        for path in notes.files:
            with tally.item(path):
                page = notes.page(path)
                if (first := titles.setdefault(page.title.strip().lower(), path)) != path:
                    raise script.SetupError(f"{first} has the title {page.title!r} too")
                done = publishing.publish(
                    confluence, space, page.title, page.body,
                    parent_id=parent, checksum=True, attachments=page.attachments,
                )  # fmt: skip
                print("; ".join([f"{done.title}: {done.change}", *(f"{name} uploaded" for name in done.attached)]))
                if page.missing:
                    raise script.SetupError(f"not in {options.folder}, and left out: {', '.join(page.missing)}")
    return tally.code


if __name__ == "__main__":
    sys.exit(main())
