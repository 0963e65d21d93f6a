"""Attach a file to an issue of Jira and fetch it again, in pieces: its size is no matter of memory.

The key is the API token of an account that may attach files.

    python examples/attachments.py --sandbox
    python examples/attachments.py --issue ENG-1 --file backup.zip --to copy.zip
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from _session import WELL, SetupError, arguments, ends_well
from atlassian_cloud import Jira
from atlassian_cloud.sandbox import Sandbox

KEYS = "ATLASSIAN_SITE, ATLASSIAN_EMAIL, ATLASSIAN_API_TOKEN"


@ends_well
def main(argv: Sequence[str] | None = None) -> int:
    parser = arguments(__doc__, KEYS)
    parser.add_argument("--issue", default="ENG-1", help="key of the issue")
    parser.add_argument("--file", type=Path, help="the file to attach")
    parser.add_argument("--to", type=Path, help="where to save what comes back")
    options = parser.parse_args(argv)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        if options.sandbox:
            jira = stack.enter_context(stack.enter_context(Sandbox()).client(Jira))
            options.file = folder / "backup.zip"
            options.file.write_bytes(b"0123456789" * 300_000)
        else:
            jira = stack.enter_context(Jira(base_url=options.base_url))
        if options.file is None:
            raise SetupError("name the file with --file")

        (made,) = jira.issues.attachments.add(options.issue, files=[options.file])
        print("attached", made.filename, "of", made.size, "bytes to", options.issue)

        target = options.to or folder / "copy"
        with jira.with_streaming_response.issues.attachments.download(str(made.id)) as download:
            # One that broke off is taken up at the next run.
            download.save(target)
        print("it came back", "the same" if target.stat().st_size == made.size else "otherwise")
    return WELL


if __name__ == "__main__":
    sys.exit(main())
