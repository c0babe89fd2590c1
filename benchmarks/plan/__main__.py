"""Measure the modules that are named: `python -m benchmarks.plan scale layout`."""

from __future__ import annotations

import sys

from benchmarks.plan import rows, rows_of

measured = [row for name in sys.argv[1:] for row in rows_of(name)] if sys.argv[1:] else rows()
print("\n".join(map(str, measured)))
sys.exit(0 if all(row.holds for row in measured) else 1)
