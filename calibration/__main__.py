"""Run every calibration and write its page: `scripts/calibrate`, or `--check` whether they are
new.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from pathlib import Path

from calibration import drawn, false_alarms, grid, identity, methods
from calibration.band import Share
from calibration.model_study import shares, studies

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "calibration.md"
ALARMS = ROOT / "docs" / "false-alarms.md"
GRID = ROOT / "docs" / "calibration-grid.md"
METHODS = ROOT / "docs" / "calibration-methods.md"
IDENTITY = ROOT / "docs" / "calibration-identity.md"

_ALARM_STUDIES = (false_alarms.HONEST, false_alarms.OF_MODEL, false_alarms.PLANTS)


def source_hash() -> str:
    """The hash of every Python file of the package, by path and content."""
    digest = hashlib.sha256()
    for path in sorted((ROOT / "src").rglob("*.py")):
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def page(rows: list[Share], number: int) -> str:
    """The page of the docs."""
    lines = [
        "# Calibration",
        "",
        f"{number} virtual studies of the model study, from instrument readings to findings, "
        f"made by "
        "`scripts/calibrate` on the source with hash",
        f"`{source_hash()}`.",
        "",
        "A band holds 99 of 100 counts of a method that keeps its promise (exact binomial; "
        "answers of "
        "one study count as related). A row outside its band is printed as such.",
        "",
        "| what | share | of | band | holds |",
        "|---|---|---|---|---|",
    ]
    for row in rows:
        low, high = row.band
        holds = "yes" if row.holds else "**no**"
        lines.append(
            f"| {row.what} | {row.value:.3f} | {row.trials} | {low:.3f} to {high:.3f} | {holds} |"
        )
    return "\n".join(lines) + "\n"


def main() -> int:
    """Exit code 0 if every share lies in its band (with `--check`: if the pages are of this
    source).
    """
    parser = argparse.ArgumentParser(prog="scripts/calibrate", description=__doc__)
    parser.add_argument("--studies", type=int, default=200, help="how many studies (200)")
    parser.add_argument("--check", action="store_true", help="only say whether the pages are new")
    parser.add_argument(
        "--quick", action="store_true", help="few studies of each: printed, written nowhere"
    )
    pages = ("model", "grid", "alarms", "methods", "identity")
    parser.add_argument("--only", choices=pages, help="one of the pages")
    asked = parser.parse_args()
    if asked.check:
        return _check()
    held = True
    if asked.only in (None, "alarms"):
        sizes = (20, 4, 2) if asked.quick else _ALARM_STUDIES
        _show(false_alarms.page(*sizes), ALARMS, write=not asked.quick)
    if asked.only in (None, "model"):
        rows = list(shares(studies(10 if asked.quick else asked.studies)))
        _show(page(rows, asked.studies), PAGE, write=not asked.quick)
        held = all(row.holds for row in rows)
    if asked.only in (None, "grid"):
        few = {"studies": grid.QUICK, "fresh": 0} if asked.quick else {}
        results = grid.grid(**few)
        _show(grid.page(results, source_hash()), GRID, write=not asked.quick)
        held = held and all(result.holds for result in results)
    if asked.only in (None, "methods"):
        _methods(quick=asked.quick)
    if asked.only in (None, "identity"):
        measured = identity.measured(quick=asked.quick)
        _show(identity.page(measured, source_hash()), IDENTITY, write=not asked.quick)
        held = held and all(row.holds for row in measured)
    return 0 if held else 1


def _methods(*, quick: bool) -> None:
    """The counts of every method, stored, and their page. What lies outside its band is printed
    there, and is no failure: methods differ in what they promise with few donors.
    """
    sizes = (2, 100) if quick else (drawn.STUDIES, drawn.AT_ONCE)
    stored = methods.summary(drawn.all_answers(*sizes))
    if not quick:
        methods.STORED.parent.mkdir(exist_ok=True)
        stored.write_csv(methods.STORED)
    _show(methods.page(stored, source_hash()), METHODS, write=not quick)


def _show(text: str, path: Path, *, write: bool) -> None:
    """Print a page, and write it where it is one of the docs."""
    if write:
        path.write_text(text, encoding="utf-8")
    print(text)


def _check() -> int:
    """Whether both pages are of this source."""
    source, old = source_hash(), 0
    for path in (PAGE, GRID):
        new = path.exists() and source in path.read_text(encoding="utf-8")
        print(f"{path.name} is of {'this' if new else 'another'} source")
        old += not new
    return 1 if old else 0


if __name__ == "__main__":
    sys.exit(main())
