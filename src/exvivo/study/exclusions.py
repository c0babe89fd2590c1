"""exclusions.csv: the wells, or the readings of one analyte in them, that people leave out of every
result, each with its reason. The column `exclude` of a layout says the same of one well.

Nothing is deleted: a well that is left out keeps whose it is, and takes the role `empty`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import polars as pl

from exvivo.catalog import known_as, spelling
from exvivo.errors import Mistake, StudyError
from exvivo.sources import Sources
from exvivo.study.csv_rows import Passed, Row, Rows, read_rows
from exvivo.study.days import day_of
from exvivo.study.entry import Mistakes
from exvivo.study.files import EXCLUSIONS_FILE, table_file, table_of
from exvivo.study.headings import Columns
from exvivo.study.ids import WITHDRAWN, ids
from exvivo.study.reasons import is_reason
from exvivo.study.records import Beads, Study
from exvivo.study.well_ranges import UnclearWells, wells_of
from exvivo.tables import EXCLUSIONS, LABELS

SELECTING = ("wells", "sample", "donor", "culture")
"""The columns that name wells; a line means the wells that all of its own name."""
COLUMNS = ("plate", *SELECTING, "analyte", "reason", "who", "when", "labels")
EXCLUSION_COLUMNS = Columns(("reason",), COLUMNS)
"""Those of the table; it must have a reason."""
_WELL = ["plate", "well"]
_BECAUSE = "; "
_FORMS = "A1, A1;B2, A1-A3 along a row or column, A1:B3 for a block"


def read_exclusions(sources: Sources) -> tuple[Rows | None, list[Mistake]]:
    """The table exclusions.csv (or .xlsx), None where there is none; and what is to be fixed in its
    form.
    """
    try:
        file = table_file(sources, EXCLUSIONS_FILE)
        if not sources.is_there(file):
            return None, []
        table = read_rows(table_of(sources, file), file=file, columns=EXCLUSION_COLUMNS)
    except StudyError as error:
        return None, list(error.mistakes)
    return table, [*table.lacking("reason"), *_strange_columns(table)]


def _strange_columns(table: Rows) -> Mistakes:
    for name in table.header:
        if name not in table.columns.names and table.columns.meant(name) != "reason":
            near = table.columns.meant(name) or name
            expected = f"a column of exclusions, {spelling.one_of(table.columns.names, near)}"
            finding = f"a column `{name}`{table.columns.did_you_mean(name)}"
            yield table.mistake(finding, expected, "rename it, or remove it")


@dataclass
class Excluded:
    """What people leave out of a study, well by well, and what is to be fixed in it. `passed` is
    what the table did not take up.
    """

    frame: pl.DataFrame
    mistakes: list[Mistake] = field(default_factory=list)
    passed: tuple[tuple[str, Passed], ...] = ()


def excluded(
    sources: Sources, study: Study, samples: pl.DataFrame | None, *, sure: bool = True
) -> Excluded:
    """Everything that is left out: by the layouts of a study, and by its table of exclusions.

    `samples` are the names that instrument files give wells (plate, well, sample); where they are
    not known, lines that need them are passed over. Unless it is `sure` which wells there are,
    nothing is said of lines that name none of them.
    """
    table, mistakes = read_exclusions(sources)
    frames = [_by_layouts(study.layout)]
    if table is None or "reason" not in table.header:
        return Excluded(frames[0], mistakes)
    known = _Known(study, samples, sure)
    for row in table.rows:
        slips = list(_row_mistakes(row, known))
        unmet: list[Mistake] = []
        wells = [] if slips else _wells(row, known, unmet)
        mistakes += [*slips, *(unmet if sure else [])]
        frames.append(EXCLUSIONS.frame([_as_row(row, *well) for well in wells]))
    passed = tuple((table.file, part) for part in table.passed)
    return Excluded(pl.concat(frames), mistakes, passed)


def left_out(layout: pl.DataFrame, exclusions: pl.DataFrame) -> pl.DataFrame:
    """A LAYOUT whose wells are left out as EXCLUSIONS say, those of all their analytes."""
    whole = exclusions.filter(pl.col("analyte").is_null())
    reasons = whole.group_by(_WELL, maintain_order=True).agg(
        because=pl.col("reason").unique(maintain_order=True).str.join(_BECAUSE)
    )
    is_out = pl.col("because").is_not_null()
    return (
        layout.join(reasons, on=_WELL, how="left", maintain_order="left")
        .with_columns(
            role=pl.when(is_out).then(pl.lit("empty")).otherwise("role"),
            role_within=pl.when(is_out).then(pl.coalesce("role_within", "role")),
            exclude=pl.coalesce("because", "exclude"),
        )
        .drop("because")
    )


def withdrew(layout: pl.DataFrame) -> pl.Series:
    """Which rows of a LAYOUT are wells of a donor who withdrew: they stay out whatever is asked."""
    return layout["donor"].str.starts_with(WITHDRAWN).fill_null(value=False)


def taken_back(study: Study) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The EXCLUSIONS that people could take back, and those of donors who withdrew."""
    gone = study.layout.filter(withdrew(study.layout)).select(_WELL)
    own = study.exclusions
    others = own.join(gone, on=_WELL, how="anti", maintain_order="left")
    return others, own.join(gone, on=_WELL, how="semi", maintain_order="left")


def analytes_left_out(exclusions: pl.DataFrame) -> pl.DataFrame:
    """The readings of single analytes that are left out: plate, well, analyte, and `because`."""
    some = exclusions.filter(pl.col("analyte").is_not_null())
    return some.group_by([*_WELL, "analyte"], maintain_order=True).agg(
        because=pl.col("reason").unique(maintain_order=True).str.join(_BECAUSE)
    )


def where_read(
    exclusions: pl.DataFrame, wells: pl.DataFrame, study: Study
) -> tuple[pl.DataFrame, list[str]]:
    """EXCLUSIONS without the wells in which no file reads the analyte that is left out, and the
    lines of which nothing stays. Events of beads are readings of all of their panel.
    """
    read = wells.select(*_WELL, "assay", "analyte").unique(maintain_order=True)
    panels = [
        (each.id, name) for each in study.assays if isinstance(each, Beads) for name in each.panel
    ]
    beads = pl.DataFrame(panels, schema={"assay": pl.String, "analyte": pl.String}, orient="row")
    tubes = read.select(*_WELL, "assay").unique(maintain_order=True).join(beads, on="assay")
    known = pl.concat([read.select(*_WELL, "analyte"), tubes.select(*_WELL, "analyte")])
    some = exclusions.filter(pl.col("analyte").is_not_null())
    missed = some.join(known, on=[*_WELL, "analyte"], how="anti", maintain_order="left")
    met = exclusions.join(missed, on=["line", *_WELL], how="anti", maintain_order="left")
    lines = missed.join(met, on="line", how="anti", maintain_order="left")["line"]
    return met, lines.unique(maintain_order=True).to_list()


def _panels(study: Study) -> pl.DataFrame:
    """The analytes of each assay of beads: assay, analyte."""
    panels = [(assay.id, name) for assay in _beads(study) for name in assay.panel]
    schema = {"assay": pl.String, "analyte": pl.String}
    return pl.DataFrame(panels, schema=schema, orient="row")


def _beads(study: Study) -> list[Beads]:
    return [assay for assay in study.assays if isinstance(assay, Beads)]


def _by_layouts(layout: pl.DataFrame) -> pl.DataFrame:
    """The wells whose layout gives a reason in its column `exclude`."""
    own = layout.drop_nulls("exclude").select("line", *_WELL, reason="exclude")
    return EXCLUSIONS.complete(own)


def _as_row(row: Row, plate: str, well: str) -> dict[str, object]:
    """A well of a line as EXCLUSIONS have it."""
    analyte, day = row["analyte"], day_of(row["when"])
    return {
        "line": row.where,
        "plate": plate,
        "well": well,
        "analyte": analyte or None,
        "reason": row["reason"],
        "who": row["who"] or None,
        "when": day.isoformat() if day else None,
        "labels": row["labels"].lower() or None,
    }


# Which wells a line means, and what is to be fixed in it.


@dataclass(frozen=True)
class _Known:
    """What a line may name: the wells of the layouts with the names of their samples."""

    study: Study
    samples: pl.DataFrame | None
    sure: bool

    @cached_property
    def wells(self) -> pl.DataFrame:
        """The wells of the layouts: plate, well, donor, culture, sample."""
        own = self.study.layout.select(*_WELL, "donor", "culture")
        if self.samples is None:
            return own.with_columns(sample=pl.lit(None, pl.String))
        return own.join(self.samples, on=_WELL, how="left", maintain_order="left")

    @cached_property
    def choices(self) -> Mapping[str, Sequence[str]]:
        """What the cells of a column may be."""
        named = ("donor", "culture", *(["sample"] if self.samples is not None else []))
        of_wells = {
            name: self.wells[name].drop_nulls().unique(maintain_order=True) for name in named
        }
        declared = {"plate": ids(self.study.plates), "analyte": ids(self.study.analytes)}
        return declared | {name: names.to_list() for name, names in of_wells.items() if self.sure}


_OF = {
    "plate": "a plate of study.yaml",
    "analyte": "an analyte of study.yaml",
    "donor": "a donor with a well in the layouts",
    "culture": "a culture of the layouts",
    "sample": "the name that an instrument file gives a well",
}


_NO_WELLS = (
    "such a line leaves out wells. What is left out of a table of expression are columns, which "
    "you take out of it: name a copy without them in study.yaml, and keep the first table and the "
    "reason beside it; then no line is needed"
)


def _row_mistakes(row: Row, known: _Known) -> Mistakes:
    """Everything to fix in one line but its wells."""
    if not is_reason(row["reason"]):
        finding = f"reason {row['reason']!r}" if row["reason"] else "no reason"
        cure = "write the reason (bubble in the well), or remove the line"
        yield row.mistake(finding, "why it is left out, in words", cure, column="reason")
    if not any(row[name] for name in SELECTING):
        cure = "fill `wells` (A1:H12 for a whole plate), `sample`, `donor` or `culture`"
        yield row.mistake("a line that names no well", "what is left out", cure)
    for column, choices in known.choices.items():
        yield from _unknown(row, column, choices)
    yield from _day_mistakes(row)
    if row["labels"] and row["labels"].lower() not in LABELS:
        finding = f"labels {row['labels']!r}{spelling.did_you_mean(row['labels'], LABELS)}"
        expected = "hidden, seen, or nothing: could whoever decided it see the groups?"
        yield row.mistake(finding, expected, "write hidden or seen", column="labels")


def _unknown(row: Row, column: str, choices: Sequence[str]) -> Mistakes:
    """A name that nothing has."""
    name = row[column]
    if name and name not in choices:
        alias = known_as if column == "analyte" else None
        finding = f"{column} {name!r}{spelling.did_you_mean(name, choices, alias)}"
        if not choices:
            yield row.mistake(finding, f"{_OF[column]}: there is none", _NO_WELLS, column=column)
            return
        near = spelling.one_of(choices, name)
        yield row.mistake(finding, f"{_OF[column]}, {near}", "correct the name", column=column)


def _day_mistakes(row: Row) -> Mistakes:
    if row["when"] and day_of(row["when"]) is None:
        finding, cure = f"when {row['when']!r}", "write the day so: 2026-03-01"
        yield row.mistake(finding, "the day it was decided", cure, column="when")


def _wells(row: Row, known: _Known, slips: list[Mistake]) -> list[tuple[str, str]]:
    """The wells of a line; one that meets none is a mistake. Nothing of a line that needs names of
    samples which are not known.
    """
    if row["sample"] and known.samples is None:
        return []
    plates = known.choices["plate"]
    plate = row["plate"] or (plates[0] if len(plates) == 1 else "")
    named = {"plate": plate, **{name: row[name] for name in ("sample", "donor", "culture")}}
    frame = known.wells.filter(*(pl.col(name) == text for name, text in named.items() if text))
    wells = list(dict.fromkeys(frame.select(_WELL).iter_rows()))
    if row["wells"]:
        within = _within(row, plate, known, slips)
        wells = [well for well in wells if well in within]
    if not wells and not slips:
        slips.append(_meets_nothing(row))
    return wells


def _within(row: Row, plate: str, known: _Known, slips: list[Mistake]) -> set[tuple[str, str]]:
    """The wells that the cell `wells` of a line names."""
    if not plate:
        expected = "the plate of the wells: study.yaml has several"
        slips.append(row.mistake("wells without a plate", expected, "fill `plate`", column="plate"))
        return set()
    try:
        names = wells_of(row["wells"], known.wells.filter(plate=plate)["well"].to_list())
    except UnclearWells as unclear:
        finding, expected = f"{unclear} (plate {plate})", f"wells of its layout: {_FORMS}"
        slips.append(row.mistake(finding, expected, unclear.cure, column="wells"))
        return set()
    return {(plate, name) for name in names}


def _meets_nothing(row: Row) -> Mistake:
    """A line whose columns have no well in common."""
    named = [f"{name} {row[name]}" for name in ("plate", *SELECTING) if row[name]]
    return row.mistake(
        f"no well is all of: {', '.join(named)}",
        "at least one well that is left out",
        "correct the line, or remove what does not belong to it",
    )


def signed(who: str | None, when: str | None, labels: str | None) -> str:
    """Who decided it, when, and whether the groups were hidden, as far as it is said.

    >>> signed("A. Berg", "2026-03-01", "hidden"), signed(None, None, None)
    ('A. Berg, 2026-03-01, groups hidden', '')
    """
    return ", ".join(filter(None, [who, when, labels and f"groups {labels}"]))


def of_analyte(exclusions: pl.DataFrame, analyte: str) -> pl.DataFrame:
    """What is left out of an analyte, by all of a well or by its own reading: a row a well, with
    `because`, `who`, `when`, `labels` (empty text where nothing is said).
    """
    own = exclusions.filter(pl.col("analyte").fill_null(analyte) == analyte)
    texts = pl.col("who", "when", "labels").fill_null("").unique(maintain_order=True)
    because = pl.col("reason").unique(maintain_order=True).str.join(_BECAUSE)
    return own.group_by(_WELL, maintain_order=True).agg(
        texts.str.join(_BECAUSE).str.strip_chars(_BECAUSE), because=because
    )


def said_of(rows: Sequence[Row]) -> Iterator[dict[str, str]]:
    """What each line of exclusions says, the columns it fills, by their names."""
    for row in rows:
        yield {name: row[name] for name in COLUMNS if row[name]}
