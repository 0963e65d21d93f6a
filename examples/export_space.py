"""Export a Confluence space to a folder of Markdown, with attachments.

Needs an API token of an account that sees the space. What stands in the folder at its present version is not fetched
again, so that a run that was cut off is gone on with, and a second run fetches what is new. A folder is of one space.

    python export_space.py --sandbox
    python export_space.py DOCS documentation
"""

import json
import re
import sys
from functools import cache, partial
from pathlib import Path
from urllib.parse import quote

from atlassian_cloud import Confluence, script, storage
from atlassian_cloud.confluence import publishing


@cache
def name_of(confluence: Confluence, account_id: str) -> str | None:
    found = confluence.users.get_many(account_ids=[account_id]).results
    return found[0].display_name if found else None


@script.command
def main() -> int:
    parser = script.Parser(__doc__)
    parser.add_argument("space", help="key of the space")
    parser.add_argument("folder", type=Path, help="where the pages go, of one space; made if it is not there")
    options = parser.read()
    state, written = options.folder / "export.json", 0
    known: dict[str, int] = json.loads(state.read_text("utf-8")) if state.exists() else {}
    with script.connect(Confluence, options) as confluence, script.Tally("pages", every=10) as tally:
        space = publishing.space_id(confluence, options.space)
        if known.setdefault("space", space) != space:
            raise script.SetupError(f"{options.folder} holds another space; name another folder")
        options.folder.mkdir(parents=True, exist_ok=True)
        for page in confluence.spaces.pages.list(str(space), body_format="storage"):
            with tally.item(f"{page.id} {page.title}"):
                plain, id, files = page.to_dict(), str(page.id), dict[str, str]()
                name = re.sub(r"[^\w-]+", "-", str(page.title)).strip("-").lower()[:80] + f"-{id}"
                for one in confluence.pages.attachments.list(id):
                    file, version = Path(str(one.title)).name, one.to_dict()["version"]["number"]
                    target, files[str(one.title)] = options.folder / name / file, quote(f"{name}/{file}")
                    if known.get(str(one.id)) != version or not target.exists():
                        script.keep(target, confluence.v1.content.attachments.download(id, str(one.id)))
                        known[str(one.id)] = version
                target, version = options.folder / f"{name}.md", plain["version"]["number"]
                if known.get(id) != version or not target.exists():
                    text = storage.to_markdown(
                        plain["body"]["storage"]["value"], names=partial(name_of, confluence), files=files
                    )
                    head = "" if text.startswith(f"# {page.title}\n") else f"# {page.title}\n\n"
                    script.keep(target, head + text)
                    known[id], written = version, written + 1
                script.keep(state, json.dumps(known))
        print(f"{written} pages written to {options.folder}, {tally.failed} failed")
    return tally.code


if __name__ == "__main__":
    sys.exit(main())
