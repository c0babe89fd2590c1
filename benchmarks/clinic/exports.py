"""The synthetic REDCap project as users have it: clean in three kinds of export, with twenty
mistakes planted, and with two traps in its checkboxes.

The project was drafted by `exvivo new` and answered in a session of three commands; 75 fields and
18 steps in a spreadsheet is what it took before.
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from benchmarks.clinic.session import PROJECT, Session, brought_in
from benchmarks.row import Row
from exvivo.errors import Mistake
from exvivo.people_files import read_answers, read_people, scored
from exvivo.study.load import Examined, examine

_DATA = "redcap/data.csv"
_EXPORTS = ("data_raw.csv", "data_label.csv", "data_raw_semicolon_bom.csv")
_BEFORE = 75
"""Fields that were typed to bring the project in with clinic.csv."""
_TRAPS = (("0003", "2"), ("0004", "1"))
"""Donors and visits with painful areas that nobody answered: a form never opened, and a
missing-data code.
"""


def rows() -> list[Row]:
    """What was measured."""
    if not PROJECT.is_dir():
        return []
    with tempfile.TemporaryDirectory() as folder:
        session = brought_in(Path(folder) / "study")
        of_exports = {name: _examined(session, name) for name in _EXPORTS}
        mistaken = _examined(session, "data_raw_20_mistakes.csv")
    return [*_of_session(session), *_of_exports(of_exports), *_of_mistakes(mistaken.mistakes)]


def _examined(session: Session, export: str) -> Examined:
    """The study with another export in the place of its own."""
    raw = (PROJECT / export).read_bytes()
    return examine(session.folder, {_DATA: raw}, read_people=read_people)


def _of_session(session: Session) -> Iterator[Row]:
    what = "REDCap to `check` clean"
    yield Row(what=f"{what}: exit code", value=session.code, unit="", bar="<= 0")
    yield Row(what=f"{what}: commands", value=session.commands, unit="commands", bar="<= 3")
    yield Row(
        what=f"{what}: lines, commands and confirmed questions too",
        value=session.lines,
        unit="lines",
        bar="<= 10",
        peer=_BEFORE,
    )


def _of_exports(exports: dict[str, Examined]) -> Iterator[Row]:
    """Messages on clean exports, scores that differ between them, and the traps."""
    for name, examined in exports.items():
        messages = len(examined.mistakes)
        yield Row(what=f"messages on {name}", value=messages, unit="messages", bar="<= 0")
    first, *others = map(_clinic, exports.values())
    texts = [each.drop("sha256").write_csv() for each in (first, *others)]
    differing = len(set(texts)) - 1
    yield Row(what="  rows of CLINIC", value=first.height, unit="rows", bar=">= 400")
    yield Row(what="  other CLINIC tables", value=differing, unit="tables", bar="<= 0")
    read = sum(_read(first, *trap) for trap in _TRAPS)
    yield Row(what="WPI of areas that nobody answered", value=read, unit="scores", bar="<= 0")


def _clinic(examined: Examined) -> pl.DataFrame:
    return scored(read_answers(examined), examined.study)


def _read(clinic: pl.DataFrame, donor: str, visit: str) -> int:
    """Whether a widespread pain index has a number; 1 also where there is none to look at."""
    own = clinic.filter(donor=donor, visit=visit, scale="WPI")
    return 1 if own.is_empty() else own["score"].count()


def _of_mistakes(mistakes: tuple[Mistake, ...]) -> Iterator[Row]:
    """Planted mistakes that were named by line and column, further messages, those without a cure,
    and names and days of birth in any.
    """
    with (PROJECT / "the_20_mistakes.csv").open(encoding="utf-8", newline="") as handle:
        planted = list(csv.DictReader(handle))
    named = [any(_names(each, plant) for each in mistakes) for plant in planted]
    more = len(mistakes) - sum(named)
    cureless = sum(not each.cure for each in mistakes)
    secrets = _identifiers()
    shown = sum(any(word in str(each) for word in secrets) for each in mistakes)
    yield Row(what="mistakes of 20, by line and column", value=sum(named), unit="", bar=">= 20")
    yield Row(what="  messages beside them", value=more, unit="messages", bar="<= 0")
    yield Row(what="  messages without a cure", value=cureless, unit="messages", bar="<= 0")
    yield Row(what="  messages that name a person", value=shown, unit="messages", bar="<= 0")


def _names(mistake: Mistake, plant: dict[str, str]) -> bool:
    """Whether a message names the line of a planted mistake, and one of its columns."""
    place, _, column = mistake.where.partition(" column")
    columns = {each.strip() for each in column.removeprefix("s").split(",")}
    planted = {each.strip() for each in plant["column"].split(",")}
    return place.endswith(f":{plant['line']}") and bool(columns & planted)


def _identifiers() -> set[str]:
    """Every name and day of birth of the project."""
    with (PROJECT / "data_raw_20_mistakes.csv").open(encoding="utf-8", newline="") as handle:
        table = list(csv.DictReader(handle))
    return {row[name] for row in table for name in ("first_name", "dob")} - {""}
