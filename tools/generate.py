"""Writes what is derived from the catalog: clients, type stubs, reference pages, the coverage table.

    python tools/generate.py            # write
    python tools/generate.py --check    # fail if a file is not what would be written

The catalog is read through the built module, so build first. `ATLASSIAN_FACTS_DIR` (else ../shared/facts) holds the
tables that the parity part of docs/coverage.md compares with; without them that part stays as it was committed.
"""

from __future__ import annotations

import argparse
import difflib
import os
import sys
from pathlib import Path

import clients
import coverage_table
import reference
import stubs
from atlassian_cloud import _native

ROOT = Path(__file__).resolve().parent.parent
SHOWN = 20


def generated() -> dict[Path, str]:
    """Every generated file with its text."""
    package = ROOT / "python" / "atlassian_cloud"
    files = {
        package / "_client.pyi": stubs.shared_client(),
        package / "_clients.py": clients.module(),
        package / "_clients.pyi": stubs.clients(),
    }
    for product in _native.products():
        files[package / product / "__init__.py"] = clients.product_module(product)
        files[package / product / "__init__.pyi"] = stubs.product(product)
    for name, text in reference.pages().items():
        files[ROOT / "docs" / "reference" / name] = text
    coverage = ROOT / "docs" / "coverage.md"
    facts = Path(os.environ.get("ATLASSIAN_FACTS_DIR") or ROOT.parent / "shared" / "facts")
    files[coverage] = coverage_table.page(facts, coverage.read_text("utf-8") if coverage.exists() else "")
    return files


def leftovers(files: dict[Path, str]) -> list[Path]:
    """Reference pages of services that are gone."""
    return sorted(path for path in (ROOT / "docs" / "reference").rglob("*.md") if path not in files)


def main() -> int:
    parser = argparse.ArgumentParser(description="Write type stubs, reference pages and the coverage table.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if something drifted")
    check = parser.parse_args().check
    files = generated()
    drifted = False
    for path in leftovers(files):
        drifted = True
        print(f"{path.relative_to(ROOT)}: no longer generated")
        if not check:
            path.unlink()
    for path, text in files.items():
        before = path.read_text("utf-8") if path.exists() else ""
        if before == text:
            continue
        drifted = True
        changes = [
            line
            for line in difflib.unified_diff(before.splitlines(), text.splitlines(), lineterm="", n=0)
            if not line.startswith(("---", "+++", "@@"))
        ]
        print(f"{path.relative_to(ROOT)}: {len(changes)} lines differ" if check else f"wrote {path.relative_to(ROOT)}")
        if check:
            print("\n".join(f"    {line}" for line in changes[:SHOWN]))
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8", newline="\n")
    if check and drifted:
        print("Run `make generate` and commit the result.")
    return int(check and drifted)


if __name__ == "__main__":
    sys.exit(main())
