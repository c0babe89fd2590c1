"""Run every calibration and write its page: `scripts/calibrate`, or `--check` whether it is new."""

from __future__ import annotations

import argparse
import hashlib
import sys
from pathlib import Path

from calibration.band import Share
from calibration.model_study import shares, studies

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "calibration.md"


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
    """Exit code 0 if every share lies in its band (with `--check`: if the page is of this
    source).
    """
    parser = argparse.ArgumentParser(prog="scripts/calibrate", description=__doc__)
    parser.add_argument("--studies", type=int, default=200, help="how many studies (200)")
    parser.add_argument("--check", action="store_true", help="only say whether the page is new")
    asked = parser.parse_args()
    if asked.check:
        new = PAGE.exists() and source_hash() in PAGE.read_text(encoding="utf-8")
        print(f"{PAGE.name} is of {'this' if new else 'another'} source")
        return 0 if new else 1
    rows = list(shares(studies(asked.studies)))
    PAGE.write_text(page(rows, asked.studies), encoding="utf-8")
    print(PAGE.read_text(encoding="utf-8"))
    return 0 if all(row.holds for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
