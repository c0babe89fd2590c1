"""Plate layouts: which well held whose cells, or which standard. One csv a plate, checked against
study and donors.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from exvivo.errors import Mistake, StudyError
from exvivo.study.csv_rows import Rows, read_rows
from exvivo.study.instrument_files import absent_files, file_mistakes, shared_files
from exvivo.study.records import Plate, Results, Study
from exvivo.tables import LAYOUT, ROLES

COLUMNS = (
    "plate",
    "well",
    "role",
    "donor",
    "visit",
    "cell_type",
    "culture",
    "stimulus",
    "dose",
    "time",
    "replicate",
    "control",
    "dilution",
    "nominal",
    "target",
    "file",
)
_NOMINAL = "nominal:"
_WELL = re.compile(r"([A-Pa-p]|[Aa][A-Fa-f])0?([1-9]\d?)$")


def plain_well(text: str) -> str:
    """A well of a plate in its plain form; any other name stays as it is.

    >>> plain_well("a01"), plain_well("P12"), plain_well("CT001")
    ('A1', 'P12', 'CT001')
    """
    match = _WELL.match(text)
    return match[1].upper() + match[2] if match else text


@dataclass(frozen=True)
class _Known:
    """What a layout may refer to."""

    root: Path
    study: Study
    groups: dict[str, str]

    def only(self, ids: list[str]) -> str | None:
        """The one declared thing, if there is one: leaving it out is then no guess."""
        return ids[0] if len(ids) == 1 else None


def read_layouts(
    root: Path, study: Study, donors: pl.DataFrame | None
) -> tuple[pl.DataFrame, list[Mistake]]:
    """All plate layouts as one checked LAYOUT table of their sound rows, and every mistake of every
    layout.
    """
    groups = dict(donors.select("donor", "group").iter_rows()) if donors is not None else {}
    known = _Known(root, study, groups)
    mistakes: list[Mistake] = []
    rows: list[dict[str, object]] = []
    tables: dict[str, Rows] = {}
    for plate in study.plates:
        try:
            table = tables.setdefault(
                plate.layout, read_rows(root / plate.layout, file=plate.layout)
            )
        except StudyError as error:
            mistakes += error.mistakes
            continue
        mistakes += _column_mistakes(table, plate, study)
        mine = [
            i for i, row in enumerate(table.rows) if row.get("plate", plate.id) in ("", plate.id)
        ]
        if not mine:
            mistakes.append(
                Mistake(
                    plate.layout, f"no row for plate {plate.id}", "its wells", "fill the layout"
                )
            )
        for index in mine:
            found = list(_row_mistakes(table, index, plate, known, donors is not None))
            mistakes += found
            if not found:
                rows.append(_row(table, index, plate, known))
        mistakes += _twice(table, mine, _spelling(plate, study))
        mistakes += absent_files(table, mine, plate, root)
    for table in tables.values():
        mistakes += _stray_plates(table, [plate.id for plate in study.plates])
    mistakes += [m for plate in study.plates for m in file_mistakes(root, plate)]
    layout = LAYOUT.frame(rows)
    return layout, [*dict.fromkeys(mistakes), *shared_files(study, layout)]


def _stray_plates(table: Rows, known: list[str]) -> Iterator[Mistake]:
    """Rows of a plate that study.yaml lacks: they would be read by nobody."""
    lines: dict[str, list[int]] = {}
    for row, line in zip(table.rows, table.lines, strict=True):
        if row.get("plate") and row["plate"] not in known:
            lines.setdefault(row["plate"], []).append(line)
    for plate, where in lines.items():
        count = f", in {len(where)} lines" if len(where) > 1 else ""
        yield Mistake(
            f"{table.file}:{where[0]}",
            f"plate {plate}{count}",
            "a plate of study.yaml: " + ", ".join(known),
            "correct the name, or declare the plate in study.yaml",
        )


def _column_mistakes(table: Rows, plate: Plate, study: Study) -> Iterator[Mistake]:
    analytes = {analyte.id for analyte in study.analytes}
    for name in ("well", "role"):
        if name not in table.header:
            yield Mistake(
                f"{table.file}:1",
                f"no column `{name}`",
                "at least well and role",
                f"add a column `{name}`",
            )
    for name in table.header:
        if name.startswith(_NOMINAL) and name.removeprefix(_NOMINAL) in analytes:
            continue
        if name not in COLUMNS:
            yield Mistake(
                f"{table.file}:1",
                f"a column `{name}`",
                "only " + ", ".join(COLUMNS) + ", nominal:ANALYTE",
                "rename it, or move what it says to donors.csv or cultures.csv",
            )
    if not plate.file and "file" not in table.header:
        yield Mistake(
            f"{table.file}:1",
            f"plate {plate.id} has no `file` in study.yaml and no `file` column here",
            "the instrument file of the plate, or one file a well",
            "give one of the two",
        )


def _spelling(plate: Plate, study: Study) -> Callable[[str], str]:
    """How a plate writes its wells: a table of results names samples, which are not to be
    respelt.
    """
    return (
        str
        if any(isinstance(a, Results) and a.id == plate.assay for a in study.assays)
        else plain_well
    )


def _is_mfi(plate: Plate, study: Study) -> bool:
    return any(
        isinstance(a, Results) and a.id == plate.assay and a.value == "mfi" for a in study.assays
    )


def _twice(table: Rows, mine: list[int], spell: Callable[[str], str]) -> Iterator[Mistake]:
    seen: dict[str, int] = {}
    for index in mine:
        well = spell(table.rows[index].get("well", ""))
        if well in seen:
            yield Mistake(
                table.where(index),
                f"well {well} again (first at {table.where(seen[well])})",
                "each well once",
                "correct the well, or remove one line",
            )
        seen.setdefault(well, index)


def _row_mistakes(
    table: Rows, index: int, plate: Plate, known: _Known, donors: bool
) -> Iterator[Mistake]:
    row, where, study = table.rows[index], table.where(index), known.study

    def wrong(found: str, expected: str, cure: str) -> Mistake:
        return Mistake(where, found, expected, cure)

    if not row.get("well"):
        yield wrong("no well", "the well, as in A1", "fill it, or remove the line")
    role = row.get("role", "")
    if role not in ROLES:
        yield wrong(f"role {role!r}", "one of: " + ", ".join(ROLES), "correct the role")
    for name in ("dilution", "nominal", *(n for n in table.header if n.startswith(_NOMINAL))):
        if row.get(name) and _positive(row[name], zero=name != "dilution") is None:
            yield wrong(
                f"{name} {row[name]!r}",
                "a number with a decimal point",
                "write the number without a unit",
            )
    if _is_mfi(plate, study) and _positive(row.get("dilution") or "1") not in (1.0, None):
        yield wrong(
            f"dilution {row['dilution']} for fluorescence (`value: mfi`)",
            "1, or no dilution",
            "fluorescence does not grow with the amount as a concentration does: leave the dilution out",
        )
    if not plate.file and "file" in table.header and role != "empty" and not row["file"]:
        yield wrong(
            "no file",
            "the instrument file of this well",
            "name it, or give the well the role `empty`",
        )
    if role not in ("sample", "spike"):
        return
    donor = row.get("donor", "")
    if not donor:
        yield wrong(
            "a sample without a donor",
            "a donor of donors.csv",
            "name the donor, or correct the role",
        )
    elif donor.startswith("#"):
        yield wrong(
            f"donor {donor}",
            "an id that starts with a letter or digit",
            "rename the donor in all tables: a line that starts with # is a comment there and is passed over",
        )
    elif donors and donor not in known.groups:
        yield wrong(
            f"donor {donor}",
            "a donor of donors.csv",
            "correct the name, or add the donor to donors.csv",
        )
    yield from _choice(row, "stimulus", [s.id for s in study.stimuli], wrong)
    yield from _choice(row, "cell_type", [c.id for c in study.cell_types], wrong)


def _choice(
    row: dict[str, str], name: str, ids: list[str], wrong: Callable[[str, str, str], Mistake]
) -> Iterator[Mistake]:
    value = row.get(name, "")
    if value and value not in ids:
        expected = "one of: " + ", ".join(ids) if ids else f"nothing: study.yaml declares no {name}"
        yield wrong(f"{name} {value!r}", expected, "correct it, or declare it in study.yaml")
    elif not value and len(ids) > 1:
        yield wrong(f"no {name}", "one of: " + ", ".join(ids), "fill the column")


def _positive(text: str, *, zero: bool = True) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if (number >= 0 if zero else number > 0) and number < 1e300 else None


def _row(table: Rows, index: int, plate: Plate, known: _Known) -> dict[str, object]:
    row, study = table.rows[index], known.study
    sample = row["role"] in ("sample", "spike")
    plain = {
        name: row.get(name) or None
        for name in ("culture", "dose", "time", "replicate", "control", "target", "file")
    }
    stimulus = row.get("stimulus") or (
        known.only([s.id for s in study.stimuli]) if sample else None
    )
    given = next((s for s in study.stimuli if s.id == stimulus), None)
    donor = row.get("donor") or None
    return plain | {
        "line": table.where(index),
        "plate": plate.id,
        "well": _spelling(plate, study)(row["well"]),
        "role": row["role"],
        "donor": donor,
        "visit": (row.get("visit") or "1") if sample else None,
        "group": known.groups.get(donor or ""),
        "cell_type": row.get("cell_type")
        or (known.only([c.id for c in study.cell_types]) if sample else None),
        "stimulus": stimulus,
        "dose": plain["dose"] or (given.dose if given else None) or None,
        "time": plain["time"] or (given.time if given else None) or None,
        "dilution": float(row["dilution"]) if row.get("dilution") else None,
        "nominal": float(row["nominal"]) if row.get("nominal") else None,
        "nominals": [
            {"name": name.removeprefix(_NOMINAL), "value": float(row[name])}
            for name in table.header
            if name.startswith(_NOMINAL) and row[name]
        ],
    }
