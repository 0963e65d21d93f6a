"""Upload files to a Confluence page. A file of a name that is there becomes its new version, if its size is another.

Needs an API token of an account that may attach files to the page.

    python -m atlassian_cloud.sandbox run upload_content_attachment.py 100028 upload_content_attachment.py
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from atlassian_cloud import AtlassianError, Confluence


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("page", help="id of the page")
    parser.add_argument("file", nargs="+", type=Path)
    parser.add_argument("--comment", help="shown beside the version")
    options = parser.parse_args()
    failed = 0
    with Confluence() as confluence:
        there = {one.title: one for one in confluence.pages.attachments.list(options.page)}
        attachments = confluence.v1.content.attachments
        for path in options.file:
            try:
                known = there.get(path.name)
                if known is None:
                    attachments.add(options.page, file=path, minor_edit=False, comment=options.comment)
                    print(f"{path.name}: uploaded")
                elif known.file_size == path.stat().st_size:
                    print(f"{path.name}: is there already")
                else:
                    attachments.update_data(options.page, str(known.id), file=path, minor_edit=False)
                    print(f"{path.name}: uploaded as a new version")
            except (AtlassianError, OSError) as fault:
                failed += 1
                print(f"{path}: {fault}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (AtlassianError, OSError) as fault:
        sys.exit(str(fault))
    except KeyboardInterrupt:
        sys.exit(130)
