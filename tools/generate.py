"""Writes what is derived from the catalog and the examples: clients, stubs, reference, cookbook pages, coverage.

    python tools/generate.py            # write
    python tools/generate.py --check    # fail if a file is not what would be written

The catalog is read through the built module, so build first. docs/coverage.md compares it with tables that parity.py
looks for outside the repository; without them those parts stay as they were committed.
"""

from __future__ import annotations

import argparse
import difflib
import sys
from pathlib import Path

import clients
import cookbooks
import coverage_table
import reference
import stubs
from atlassian_cloud import _native

ROOT = Path(__file__).resolve().parent.parent
SHOWN = 20


def generated() -> dict[Path, str]:
    """Every generated file with its text."""
    package = ROOT / "python" / "atlassian_cloud"
    files = {package / "_client.pyi": stubs.shared_client()}
    for product in _native.products():
        files[package / "_clients" / f"{product}.py"] = clients.module(product)
        files[package / "_clients" / f"{product}.pyi"] = stubs.clients(product)
        files[package / product / "__init__.py"] = clients.product_module(product)
        files[package / product / "__init__.pyi"] = stubs.product(product)
    for name, text in reference.pages().items():
        files[ROOT / "docs" / "reference" / name] = text
    for name, text in cookbooks.pages().items():
        files[ROOT / "docs" / "cookbooks" / name] = text
    coverage = ROOT / "docs" / "coverage.md"
    files[coverage] = coverage_table.page(coverage.read_text("utf-8") if coverage.exists() else "")
    return files


def leftovers(files: dict[Path, str]) -> list[Path]:
    """Pages of services and cookbooks that are gone."""
    folders = (ROOT / "docs" / "reference", ROOT / "docs" / "cookbooks")
    return sorted(path for folder in folders for path in folder.rglob("*.md") if path not in files)


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
