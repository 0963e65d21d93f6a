"""Brings the catalog up to one of Atlassian's OpenAPI documents.

    python tools/import_openapi.py jira ../shared/openapi/jira-v3.json            # print what would change
    python tools/import_openapi.py jira ../shared/openapi/jira-v3.json --write    # change it

Facts come from the document; names and prose stay as they are. CONTRIBUTING.md tells how to go on from there.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from openapi.importer import import_document

CATALOG = Path(__file__).resolve().parent.parent / "catalog"


def main() -> int:
    parser = argparse.ArgumentParser(description="Bring the catalog up to an OpenAPI document of Atlassian.")
    parser.add_argument("product", help="folder in catalog/")
    parser.add_argument("document", type=Path, help="the document, a JSON file")
    parser.add_argument("--write", action="store_true", help="change the files; otherwise the changes are only shown")
    parser.add_argument("--prefix", default="/", help="only operations whose path begins with this")
    arguments = parser.parse_args()
    done = import_document(CATALOG / arguments.product, arguments.document, prefix=arguments.prefix)
    print(done.report)
    if arguments.write:
        done.write()
        return 0
    return int(done.report.changed)


if __name__ == "__main__":
    sys.exit(main())
