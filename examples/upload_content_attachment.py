"""Upload files to a Confluence page. A file of a name that is there becomes its new version, if it is another.

Needs an API token of an account that may attach files to the page. What is there with the same content is left alone, so
that a second run is safe. Two files of one name, whatever their case, are refused before anything is sent.

    python upload_content_attachment.py --sandbox
    python upload_content_attachment.py 100028 plan.txt
"""

import sys
from pathlib import Path

from atlassian_cloud import Confluence, script


@script.command
def main() -> int:
    parser = script.Parser(__doc__)
    parser.add_argument("page", help="id of the page")
    parser.add_argument("file", nargs="+", type=Path, help="in a sandbox it is made if it is not there")
    parser.add_argument("--comment", help="shown beside the version")
    options = parser.read()
    names = [path.name.casefold() for path in options.file]
    if twice := [str(path) for path in options.file if names.count(path.name.casefold()) > 1]:
        raise script.SetupError(f"the page has room for one file of a name: {', '.join(twice)}; rename or leave out")
    with script.connect(Confluence, options) as confluence, script.Tally("files", every=10) as tally:
        attachments = confluence.v1.content.attachments
        there = {one.title: one for one in confluence.pages.attachments.list(options.page)}
        for path in options.file:
            with tally.item(path):
                if options.sandbox and not path.exists():
                    path.write_text("First the tests, then the code.\n", "utf-8")
                known, size = there.get(path.name), path.stat().st_size
                if known is None:
                    attachments.add(options.page, file=path, minor_edit=False, comment=options.comment)
                    print(f"{path.name}: uploaded")
                elif known.file_size == size and attachments.download(options.page, str(known.id)) == path.read_bytes():
                    print(f"{path.name}: is there already")
                else:
                    attachments.update_data(
                        options.page, str(known.id), file=path, minor_edit=False, comment=options.comment
                    )
                    print(f"{path.name}: uploaded as a new version")
    return tally.code


if __name__ == "__main__":
    sys.exit(main())
