"""Run one benchmark, or all of them, and print what was measured against its bar and its peer."""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from pathlib import Path
from typing import Any

from benchmarks.row import Row

NAMES = (
    "whole_way",
    "intake",
    "record",
    "clinic",
    "qpcr",
    "curves",
    "beads",
    "statistics",
    "design",
    "plan",
    "identity",
    "article",
    "door",
)
QUICK = ("design", "door", "identity", "article")
"""Benchmarks that can be run with few studies."""
WITH_SETS = ("qpcr", "curves", "beads", "identity")
"""Benchmarks that measure any folder of files as well."""
WITH_PARTS = ("identity", "article")
"""Benchmarks of which parts may be named."""


def main() -> int:
    """Exit code 0 if every bar holds, 1 if one does not."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("name", nargs="?", choices=NAMES, help="one benchmark; all if left out")
    parser.add_argument(
        "part", nargs="*", help="parts of one benchmark (identity, article); all if left out"
    )
    parser.add_argument("--json", action="store_true", help="print JSON for programs")
    parser.add_argument("--quick", action="store_true", help="few virtual studies, or clients")
    parser.add_argument(
        "--set",
        type=Path,
        action="append",
        default=[],
        metavar="FOLDER",
        help="measure the files of this folder as well (qpcr, curves, beads, identity; repeatable)",
    )
    asked = parser.parse_args()
    if asked.part and asked.name not in WITH_PARTS:
        parser.error(f"only these have parts: {', '.join(WITH_PARTS)}")
    rows: list[Row] = []
    for name in (asked.name,) if asked.name else NAMES:
        how: dict[str, Any] = {"quick": True} if asked.quick and name in QUICK else {}
        if asked.set and name in WITH_SETS:
            how["sets"] = asked.set
        if asked.part:
            how["parts"] = asked.part
        rows += importlib.import_module(f"benchmarks.{name}").rows(**how)
    if asked.json:
        print(json.dumps({"rows": [row.plain() for row in rows]}, indent=2, ensure_ascii=False))
    else:
        print("\n".join(str(row) for row in rows))
    return 0 if all(row.holds for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
