"""Export a Confluence space to a folder of Markdown, with attachments.

Needs an API token of an account that sees the space. What stands in the folder at its present version is not fetched
again, so that a run that was cut off is gone on with, and a second run fetches what is new. Files are named by title and
id; a page of a new title takes the place of its old file. What is deleted in the space stays. A folder is of one space.

    python export_space.py --sandbox
    python export_space.py DOCS documentation
"""

import json
import re
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path

from atlassian_cloud import Confluence, script, storage
from atlassian_cloud.confluence import publishing


def name(title: str, id: str, ending: str = "") -> str:
    """No other file has this name, and every system takes it: letters and digits, few bytes, the id."""
    plain = re.sub(r"[^\w-]+", "-", title).lower().encode()[:80].decode(errors="ignore").strip("-")
    return f"{plain or 'untitled'}-{id}{ending}"


@script.command
def main() -> int:
    parser = script.Parser(__doc__)
    parser.add_argument("space", help="key of the space")
    parser.add_argument("folder", type=Path, help="where the pages go, of one space; made if it is not there")
    options = parser.read()
    folder, state, known, written = options.folder, options.folder / "export.json", dict[str, int](), 0
    with suppress(FileNotFoundError, ValueError, TypeError):  # Without a sound one, all is fetched.
        known.update(json.loads(state.read_text("utf-8")))
    with script.connect(Confluence, options) as confluence, script.Tally("pages", every=10) as tally:

        @cache
        def name_of(id: str) -> str | None:
            return next((one.display_name for one in confluence.users.get_many(account_ids=[id]).results or ()), None)

        if known.setdefault("space", space := publishing.space_id(confluence, options.space)) != space:
            raise script.SetupError(f"{folder} holds another space; name another folder")
        for page in confluence.spaces.pages.list(str(space), body_format="storage"):
            with tally.item(f"{page.id} {page.title}"):
                plain, id, files = page.to_dict(), str(page.id), dict[str, str]()
                for one in confluence.pages.attachments.list(id):
                    title, key, version = str(one.title), str(one.id), one.to_dict()["version"]["number"]
                    file = name(Path(title).stem, key, *re.findall(r"\.[A-Za-z0-9]{1,9}\Z", title))
                    target, files[title] = folder / "attachments" / file, f"attachments/{file}"
                    if known.get(key) != version or not target.exists():
                        script.keep(target, confluence.v1.content.attachments.download(id, key))
                        known[key], known[id] = version, 0  # Its page may lead to another file.
                target, version = folder / name(str(page.title), id, ".md"), plain["version"]["number"]
                if known.get(id) != version or not target.exists():
                    text = storage.to_markdown(plain["body"]["storage"]["value"], names=name_of, files=files)
                    script.keep(target, text if text.startswith(f"# {page.title}\n") else f"# {page.title}\n\n{text}")
                    for old in {*folder.glob(f"*-{id}.md")} - {target}:
                        old.unlink()
                    known[id], written = version, written + 1
                script.keep(state, json.dumps(known))
        print(f"{written} pages written to {folder}, {tally.failed} failed")
    return tally.code


if __name__ == "__main__":
    sys.exit(main())
