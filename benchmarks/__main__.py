"""Run one benchmark, or all of them, and print what was measured against its bar and its peer."""

from __future__ import annotations

import argparse
import importlib
import json
import sys

from benchmarks.row import Row

NAMES = ("whole_way", "qpcr", "curves", "beads", "statistics", "design")
QUICK = ("design",)
"""Benchmarks that can be run with few studies."""


def main() -> int:
    """Exit code 0 if every bar holds, 1 if one does not."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("name", nargs="?", choices=NAMES, help="one benchmark; all if left out")
    parser.add_argument("--json", action="store_true", help="print JSON for programs")
    parser.add_argument("--quick", action="store_true", help="few virtual studies a cell")
    asked = parser.parse_args()
    rows: list[Row] = []
    for name in (asked.name,) if asked.name else NAMES:
        few = {"quick": True} if asked.quick and name in QUICK else {}
        rows += importlib.import_module(f"benchmarks.{name}").rows(**few)
    if asked.json:
        print(json.dumps({"rows": [row.plain() for row in rows]}, indent=2, ensure_ascii=False))
    else:
        print("\n".join(str(row) for row in rows))
    return 0 if all(row.holds for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
