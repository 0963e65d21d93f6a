"""Publish a folder of Markdown files to a Confluence space, each as a page.

Needs an API token of an account that may write in the space. The title is the first heading, else the file's name. Pages
of a title that is there are updated, and only if something changed: the message of the version keeps the sum of the
text. So it can be run again at any time.

    python -m atlassian_cloud.sandbox run publish_markdown.py notes DOCS --parent "Documentation Home"
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from pathlib import Path
from typing import Any

from atlassian_cloud import AtlassianError, Confluence, Markdown


def publish(confluence: Confluence, space: str, parent: str | None, path: Path) -> str:
    text = path.read_text("utf-8")
    title = path.stem
    if text.startswith("# "):
        heading, _, text = text.partition("\n")
        title = heading[2:].strip()
    mark = f"sha256 {hashlib.sha256(text.encode()).hexdigest()}"
    page: Any = confluence.pages.list(space_id=[int(space)], title=title, status=["current"]).first()
    if page is None:
        at: dict[str, Any] = {"parent_id": parent} if parent else {}
        page = confluence.pages.create(space_id=space, title=title, body=Markdown(text), **at)
        done, number = "created", 1
    else:
        version = page.to_dict()["version"]
        if version.get("message") == mark:
            return f"{title}: unchanged"
        done, number = "updated", version["number"]
    confluence.pages.update(
        str(page.id), body_id=str(page.id), status="current", title=title, body=Markdown(text),
        version={"number": number + 1, "message": mark},
    )  # fmt: skip
    return f"{title}: {done}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("space", help="key of the space")
    parser.add_argument("--parent", help="title of the page to put new pages under")
    options = parser.parse_args()
    failed = 0
    with Confluence() as confluence:
        space = confluence.spaces.list(keys=[options.space]).first()
        if space is None:
            sys.exit(f"there is no space {options.space}")
        above = (
            confluence.pages.list(space_id=[int(str(space.id))], title=options.parent).first()
            if options.parent
            else None
        )
        for path in sorted(options.folder.glob("*.md")):
            try:
                print(publish(confluence, str(space.id), str(above.id) if above else None, path), flush=True)
            except (AtlassianError, OSError, ValueError) as fault:
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
