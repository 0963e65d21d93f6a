"""Attach a file to an issue of Jira and fetch it again, in pieces: its size is no matter of memory.

The key is the API token of an account that may attach files.

    python attachments.py --sandbox
    python attachments.py ENG-1 backup.zip --to copy.zip
"""

import sys
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from atlassian_cloud import Jira, script


def sum_of(path: Path) -> str:
    total = sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            total.update(piece)
    return total.hexdigest()


@script.command
def main(argv: Sequence[str] | None = None) -> int:
    parser = script.Parser(__doc__)
    parser.add_argument("issue", help="key of the issue")
    parser.add_argument("file", type=Path, help="the file to attach; in a sandbox it is made if it is not there")
    parser.add_argument("--to", metavar="FILE", type=Path, default="copy", help="where to save what comes back")
    options = parser.read(argv)
    if options.sandbox and not options.file.exists():
        options.file.write_bytes(b"0123456789" * 300_000)
    with script.connect(Jira, options) as jira:
        here, size = sum_of(options.file), options.file.stat().st_size
        attached = jira.issues.get(options.issue, fields=["attachment"]).to_dict()["fields"]["attachment"]
        same = [one["id"] for one in attached if (one["filename"], one["size"]) == (options.file.name, size)]
        if same:
            attachment_id = str(same[0])
            print("already attached to", options.issue)
        else:
            (made,) = jira.issues.attachments.add(options.issue, files=[options.file])
            attachment_id = str(made.id)
            print("attached", made.filename, "of", made.size, "bytes to", options.issue)
        with jira.with_streaming_response.issues.attachments.download(attachment_id) as download:
            # One that broke off is taken up at the next run.
            download.save(options.to)
        print("it came back", "the same" if sum_of(options.to) == here else "otherwise")
    return script.WELL


if __name__ == "__main__":
    sys.exit(main())
