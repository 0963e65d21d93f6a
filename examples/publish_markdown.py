"""Publish a folder of Markdown files to a Confluence space, each as a page.

Needs an API token of an account that may write in the space. The title is the first heading, else the file's name. Pages
of a title that is there are updated, and only if something changed: the message of the version keeps the sum of the
text. So it can be run again at any time.

    python publish_markdown.py --sandbox
    python publish_markdown.py notes DOCS --parent "Documentation Home"
"""

import sys
from pathlib import Path

from atlassian_cloud import Confluence, script
from atlassian_cloud.confluence import publishing

NOTES = {
    "release.md": "# Release 1.4\n\nIt is **faster**.\n\n- [x] tested\n- [ ] announced\n",
    "rules.md": "# House rules\n\n| rule | why |\n| --- | --- |\n| be short | to be read |\n",
}


@script.command
def main() -> int:
    parser = script.Parser(__doc__)
    parser.add_argument("folder", type=Path, help="in a sandbox it is made, with two notes, if it is not there")
    parser.add_argument("space", help="key of the space")
    parser.add_argument("--parent", help="title of the page to put the pages under")
    options = parser.read()
    if options.sandbox and not options.folder.exists():
        options.folder.mkdir(parents=True)
        for name, text in NOTES.items():
            (options.folder / name).write_text(text, "utf-8")
    files = sorted(options.folder.glob("*.md"))
    if not files:
        raise script.SetupError(f"{options.folder}: no Markdown files are there")
    with script.connect(Confluence, options) as confluence, script.Tally("files", every=10) as tally:
        space, titles = publishing.space_id(confluence, options.space), dict[str, Path]()
        parent = publishing.page_id(confluence, space, options.parent) if options.parent else None
        for path in files:
            with tally.item(path):
                heading, body = publishing.title_and_body(path.read_text("utf-8"))
                title = heading or path.stem
                if titles.setdefault(title, path) != path:
                    raise script.SetupError(f"{titles[title]} has the title {title!r} too")
                page = publishing.publish(confluence, space, title, body, parent_id=parent, checksum=True)
                print(f"{page.title}: {page.change}")
    return tally.code


if __name__ == "__main__":
    sys.exit(main())
