"""What a plan of power writes: `planned/power/power.csv`, a line for every size and answer, and the
report.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator
from pathlib import Path

from exvivo import __version__
from exvivo.plan.power.tally import VERDICTS
from exvivo.study import Study
from exvivo.tell.planned.records import Figured, Outlook, PowerTable, Size

CSV = "power.csv"
_DIGITS = 6


def power_csv(table: PowerTable) -> str:
    """The text of power.csv: numbers of a figure are its value, `_error` (Monte-Carlo) and `_exact`
    (by a formula); a cell is empty where there is none.
    """
    lines = [_line(table.sizes[one.size], one) for one in table.outlooks]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(lines[0]) if lines else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return text.getvalue()


def _line(size: Size, one: Outlook) -> dict[str, str]:
    """A size and an answer."""
    return {**_of_size(size), **_of_answer(one), **dict(_figures(one))}


def _of_size(size: Size) -> dict[str, str]:
    return {
        "donors": "v".join(map(str, size.donors.values())),
        "cultures": str(size.cultures),
        "wells": str(size.wells),
        "plates": str(size.plates),
        "dropouts": _text(size.dropouts),
        "fold": _text(size.fold),
        "donor_sd": _text(size.donor_sd),
        "well_sd": _text(size.well_sd),
        "spread_ratio": _text(size.spread_ratio),
    }


def _of_answer(one: Outlook) -> dict[str, str]:
    return {
        "question": one.question,
        "assay": one.assay,
        "analyte": one.analyte,
        "scale": one.scale,
        "family": one.family,
        "tests": str(one.tests),
        "unit": one.unit,
        "margin": _text(one.margin),
        "truth": _text(one.truth),
        "studies": str(one.studies),
        "hoped": one.hoped,
    }


def _figures(one: Outlook) -> Iterator[tuple[str, str]]:
    """Every figure as up to three cells."""
    named = {
        "power": one.power,
        "alone": one.alone,
        "half_width": one.half_width,
        "wrong_sign": one.wrong_sign,
        "exaggeration": one.exaggeration,
        "coverage": one.coverage,
        **{f"chance_{_name(v)}": one.verdicts[v] for v in VERDICTS},
        **{f"at_zero_{_name(v)}": one.at_zero[v] for v in VERDICTS},
        "family_error": one.family_error,
    }
    for name, figure in named.items():
        yield from _cells(name, figure)


def _name(verdict: str) -> str:
    return verdict.replace(" ", "_")


def _cells(name: str, figure: Figured) -> Iterator[tuple[str, str]]:
    yield name, _text(figure.value)
    yield f"{name}_error", _text(figure.error)
    yield f"{name}_exact", _text(figure.exact)


def _text(value: float | None) -> str:
    """A number with six digits that count; empty where there is none."""
    if value is None or math.isnan(value):
        return ""
    return f"{value:.{_DIGITS}g}"


def write_power(table: PowerTable, study: Study, folder: Path) -> tuple[Path, ...]:
    """Write power.csv and the report into a folder; the paths of both."""
    from exvivo.tell.planned.power_page import write_power_page
    from exvivo.tell.written import Written

    folder.mkdir(parents=True, exist_ok=True)
    (folder / CSV).write_text(power_csv(table), encoding="utf-8")
    write_power_page(table, study, Written(folder), version=__version__)
    return folder / "report.html", folder / CSV
