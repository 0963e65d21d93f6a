"""Export a Confluence space to a folder of Markdown, with attachments.

Needs an API token of an account that sees the space. What stands in the folder at its present version is not fetched
again, so that a run that was cut off is gone on with, and a second run fetches what is new.

    python -m atlassian_cloud.sandbox run export_space.py DOCS documentation
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path

from atlassian_cloud import AtlassianError, Confluence, storage


def file_name(title: str, page: str) -> str:
    words = re.sub(r"[^\w-]+", "-", title).strip("-").lower()[:80]
    return f"{words}-{page}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("space", help="key of the space")
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    state = options.folder / "export.json"
    known: dict[str, int] = json.loads(state.read_text("utf-8")) if state.exists() else {}
    failed = fetched = 0
    with Confluence() as confluence:
        space = confluence.spaces.list(keys=[options.space]).first()
        if space is None:
            sys.exit(f"there is no space {options.space}")
        for number, page in enumerate(confluence.spaces.pages.list(str(space.id), body_format="storage"), start=1):
            try:
                plain, name = page.to_dict(), file_name(str(page.title), str(page.id))
                for one in confluence.pages.attachments.list(str(page.id)):
                    version = one.to_dict()["version"]["number"]
                    if known.get(str(one.id)) != version:
                        target = options.folder / name / Path(str(one.title)).name
                        target.parent.mkdir(exist_ok=True)
                        target.write_bytes(confluence.v1.content.attachments.download(str(page.id), str(one.id)))
                        known[str(one.id)] = version
                version = plain["version"]["number"]
                if known.get(str(page.id)) != version or not (options.folder / f"{name}.md").exists():
                    text = storage.to_markdown(plain["body"]["storage"]["value"])
                    head = "" if text.startswith(f"# {page.title}\n") else f"# {page.title}\n\n"
                    (options.folder / f"{name}.md").write_text(head + text, "utf-8")
                    known[str(page.id)], fetched = version, fetched + 1
                state.write_text(json.dumps(known), "utf-8")
            except (AtlassianError, OSError, ValueError) as fault:
                failed += 1
                print(f"{page.id} {page.title}: {fault}", file=sys.stderr)
            if number % 10 == 0:
                print(f"{number} pages", file=sys.stderr)
    print(f"{fetched} pages written to {options.folder}, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (AtlassianError, OSError) as fault:
        sys.exit(str(fault))
    except KeyboardInterrupt:
        sys.exit(130)
