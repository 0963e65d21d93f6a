"""What an import changes, for people to read."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

# The mark of a line, and what it counts as.
MARKS = {"+": "new", "~": "changed", "!": "to look at", "?": "without words"}
CHANGES = ("+", "~")


@dataclass
class Report:
    """Lines by file, or by document where there is no file."""

    lines: list[tuple[str, str, str]] = field(default_factory=list)

    def add(self, where: str, mark: str, text: str) -> None:
        if (where, mark, text) not in self.lines:
            self.lines.append((where, mark, text))

    @property
    def changed(self) -> bool:
        return any(mark in CHANGES for _, mark, _ in self.lines)

    def sorted(self) -> list[tuple[str, str, str]]:
        """File by file as they came up, and by mark."""
        files = list(dict.fromkeys(where for where, _, _ in self.lines))
        return sorted(self.lines, key=lambda line: (files.index(line[0]), list(MARKS).index(line[1])))

    def __str__(self) -> str:
        shown: list[str] = []
        for where, mark, text in self.sorted():
            if where not in shown:
                shown.append(where)
            shown.append(f"  {mark} {text}")
        counts = Counter(mark for _, mark, _ in self.lines)
        return "\n".join([*shown, ", ".join(f"{counts[mark]} {meaning}" for mark, meaning in MARKS.items())])
