"""Attach a file to an issue of Jira and fetch it again, in pieces: its size is no matter of memory.

The key is the API token of an account that may attach files. What is attached already with the same name and content is
not attached again; a file that changed is attached beside the old one.

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
    if options.to.exists() and options.to.samefile(options.file):
        raise script.SetupError("--to is the file itself, which would be written over; name another")
    here, size = sum_of(options.file), options.file.stat().st_size
    with script.connect(Jira, options) as jira, script.Tally("files") as tally, tally.item(options.file):

        def comes_back(attachment_id: str) -> bool:
            with jira.with_streaming_response.issues.attachments.download(attachment_id) as download:
                # One that broke off is taken up at the next run.
                download.save(options.to)
            return sum_of(options.to) == here

        fields = jira.issues.get(options.issue, fields=["attachment"]).to_dict().get("fields", {})
        if "attachment" not in fields:
            raise ValueError(f"the server does not tell what is attached to {options.issue}; nothing was attached")
        same = [one for one in fields["attachment"] if (one["filename"], one["size"]) == (options.file.name, size)]
        if any(comes_back(str(one["id"])) for one in same):
            print("already attached to", options.issue)
        else:
            made = jira.issues.attachments.add(options.issue, files=[options.file])
            if len(made) != 1 or not made[0].id:
                raise ValueError(f"the server does not tell what it attached; look at {options.issue}")
            print("attached", made[0].filename, "of", made[0].size, "bytes to", options.issue)
            if not comes_back(str(made[0].id)):
                raise ValueError(f"it came back otherwise than it was sent; see {options.to}")
        print("it came back the same")
    return tally.code


if __name__ == "__main__":
    sys.exit(main())
