"""What a run was, from its row and the texts that were kept of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import polars as pl

from exvivo.history.study_texts import Reread, exclusion_lines, reread
from exvivo.past import Answered, AnswerKey, Entry, RunName

_KEY = (
    "question",
    "assay",
    "analyte",
    "scale",
    "cell_type",
    "stimulus",
    "condition",
    "visit",
)
_TABLES = "results/tables/"
Wells = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class PastRun:
    """A run as it can be compared with another. `donors` (the group of each), `wells` (those left
    out) and `answers` are None where the texts they stand in are gone.
    """

    name: RunName
    entry: Entry
    study: Reread
    donors: Mapping[str, str] | None
    wells: Wells | None
    exclusions: tuple[str, ...]
    answers: Mapping[AnswerKey, Answered] | None
    unknown: tuple[str, ...] = ()

    @property
    def facts(self) -> Mapping[str, Any]:
        """What its row states."""
        return self.entry.facts


@dataclass
class Rereading:
    """Studies by the hashes of their texts, so that each is read once."""

    read: dict[tuple[tuple[str, str], ...], Reread] = field(default_factory=dict)

    def of(self, entry: Entry) -> Reread:
        """The study of a run."""
        hashes = entry.facts.get("texts", {})
        gone = entry.gone
        tables = ((name, sha) for name, sha in hashes.items() if not name.startswith("results/"))
        key = tuple(sorted(each for each in tables if each[0] not in gone))
        if key not in self.read:
            self.read[key] = reread(entry.texts)
        return self.read[key]


def past_runs(entries: Iterable[Entry]) -> list[PastRun]:
    """The runs among the rows of a record, the first first."""
    rereading = Rereading()
    runs = (entry for entry in entries if entry.is_run)
    return [_past_run(entry, number, rereading) for number, entry in enumerate(runs, 1)]


def _past_run(entry: Entry, number: int, rereading: Rereading) -> PastRun:
    study = rereading.of(entry)
    answers = _answers(entry)
    return PastRun(
        name=RunName(number, entry.number, entry.recorded, entry.hash),
        entry=entry,
        study=study,
        donors=_donors(study),
        wells=_wells_left_out(entry, study),
        exclusions=exclusion_lines(entry.texts),
        answers=answers,
        unknown=tuple(_unknown(entry, study, answers is not None)),
    )


def _unknown(entry: Entry, study: Reread, answered: bool) -> Iterator[str]:
    """The texts that are gone, never kept, or not of a form that this version reads."""
    yield from entry.gone
    if study.lines is None and "study.yaml" not in entry.gone:
        yield "study.yaml"
    if study.lines is not None and study.study is None:
        yield "study.yaml (of another version)"
    if not answered and f"{_TABLES}findings.parquet" not in entry.gone:
        yield f"{_TABLES}findings.parquet"


def _donors(study: Reread) -> dict[str, str] | None:
    """The group of each donor; None where their table is not known."""
    if study.study is None or "group" not in study.study.donors.columns:
        return None
    return dict(study.study.donors.select("donor", "group").iter_rows())


def _table(entry: Entry, name: str) -> pl.DataFrame | None:
    """A kept table of a run; None where it is gone or cannot be read."""
    content = entry.texts.get(f"{_TABLES}{name}.parquet")
    if content is None:
        return None
    try:
        return pl.read_parquet(BytesIO(content))
    except pl.exceptions.PolarsError:
        return None


def _answers(entry: Entry) -> dict[AnswerKey, Answered] | None:
    table = _table(entry, "findings")
    if table is None or not {*_KEY, "part", "verdict"} <= set(table.columns):
        return None
    rows = table.filter(part="answer").iter_rows(named=True)
    return {tuple(row[name] or "" for name in _KEY): _answered(row) for row in rows}


def _answered(row: Mapping[str, Any]) -> Answered:
    """An answer of a row of FINDINGS; of another version's row what it has."""
    counts = row.get("n") or []
    return Answered(
        verdict=row["verdict"] or "",
        unit=row.get("unit") or "",
        estimate=row.get("estimate"),
        lower=row.get("lower"),
        upper=row.get("upper"),
        n=tuple((count["group"], count["n"]) for count in counts),
        ask=row.get("ask") or "",
    )


def _wells_left_out(entry: Entry, study: Reread) -> Wells | None:
    """The wells that a person left out: by the layouts, and by what the run says of them; None
    where that was erased, so that nothing is taken for new that only cannot be seen any more.
    """
    table = _table(entry, "left_out")
    if f"{_TABLES}left_out.parquet" in entry.gone or (study.study is None and table is None):
        return None
    return _by_layout(study) | _by_run(table)


def _by_layout(study: Reread) -> Wells:
    if study.study is None or study.study.layout.is_empty():
        return frozenset()
    marked = study.study.layout.filter(pl.col("exclude").is_not_null())
    return frozenset(marked.select("plate", "well").iter_rows())


def _by_run(table: pl.DataFrame | None) -> Wells:
    if table is None or not {"plate", "well", "code"} <= set(table.columns):
        return frozenset()
    marked = table.filter(code="excluded").drop_nulls("well")
    return frozenset(marked.select("plate", "well").iter_rows())
