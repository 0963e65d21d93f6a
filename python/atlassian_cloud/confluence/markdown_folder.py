"""A folder of Markdown files that link to one another and show pictures, read for `publishing.publish`."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from .publishing import title_and_body

__all__ = ["MarkdownFolder", "MarkdownPage"]


@dataclass(frozen=True)
class MarkdownPage:
    """What a Markdown file says as a page."""

    title: str
    """As of `title_and_body`; the name of the file if it has no title."""
    body: str
    """Storage format. Links to other files of the folder are links to their pages, and to attachments."""
    attachments: dict[str, Path]
    """The pictures and files that it refers to, by the name that the body has for them."""
    missing: tuple[str, ...]
    """Addresses that it refers to where there is no file, or none of this folder. They are in the body as they were."""


class MarkdownFolder:
    """The Markdown files of a folder and its subfolders; what is in hidden folders is left out.

    Relative addresses are of files, from the file that has them; an attachment in another folder is named after its path. Nothing outside
    the folder is read, whatever a file refers to.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)
        found = sorted(self.folder.rglob("*.md"))
        self.files = [path for path in found if path.is_file() and not self._hidden(path)]
        """In the order of their paths."""
        self._pages = {path.resolve(): path for path in self.files}
        self._title = cache(self._read_title)

    def _hidden(self, path: Path) -> bool:
        return any(part.startswith(".") for part in path.relative_to(self.folder).parts)

    def page(self, path: Path) -> MarkdownPage:
        """Read one of the files.

        Raises:
            OSError: It cannot be read.
            UnicodeDecodeError: It is no text in UTF-8.
            DocumentError: Its text is nested too deep.
        """
        attachments, missing = dict[str, Path](), list[str]()

        def address(given: str) -> str | None:
            try:
                parts = urlsplit(given)
            except ValueError:
                return None
            if parts.scheme or parts.netloc or not parts.path or parts.path.startswith("/"):
                return None
            target = (path.parent / unquote(parts.path)).resolve()
            if not target.is_relative_to(self.folder.resolve()) or not target.is_file():
                missing.append(given)
                return None
            if target in self._pages:
                anchor = f"#{parts.fragment}" if parts.fragment else ""
                return f"page:{quote(self._title(self._pages[target]), safe='')}{anchor}"
            name = re.sub("[/:]", "-", os.path.relpath(target, path.parent.resolve()).replace(os.sep, "/"))
            while attachments.setdefault(name, target) != target:
                name = f"other-{name}"
            return f"attachment:{quote(name)}"

        heading, body = title_and_body(path.read_text("utf-8"), addresses=address)
        return MarkdownPage(heading or path.stem, body, attachments, tuple(missing))

    @staticmethod
    def _read_title(path: Path) -> str:
        # What is wrong with a file is told when its own turn comes, not by those that link to it.
        try:
            return title_and_body(path.read_text("utf-8"))[0] or path.stem
        except (OSError, ValueError):
            return path.stem
