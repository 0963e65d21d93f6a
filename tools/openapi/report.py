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

    def __str__(self) -> str:
        shown: list[str] = []
        for where in dict.fromkeys(where for where, _, _ in self.lines):
            shown.append(where)
            for mark in MARKS:
                shown += [f"  {mark} {text}" for at, its, text in self.lines if at == where and its == mark]
        counts = Counter(mark for _, mark, _ in self.lines)
        return "\n".join([*shown, ", ".join(f"{counts[mark]} {meaning}" for mark, meaning in MARKS.items())])
