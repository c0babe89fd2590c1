"""The study and its tables as whoever is blinded sees them: the same numbers under codes.

Records and tables are coded before anything is drawn or put into words, and after everything was
computed: no number can depend on a code.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from functools import cache, lru_cache
from itertools import chain
from typing import Any, Literal, get_args, get_origin, get_type_hints

import polars as pl

from exvivo.findings import Finding
from exvivo.flagged import Flag, flags_of
from exvivo.plan.blinding.codes import Key, Named
from exvivo.study import Group, Study
from exvivo.study.assumptions import Assumptions
from exvivo.study.summary_records import Summary
from exvivo.tables import FINDINGS, FLAGS

_FACTS = frozenset({"facts", "method_facts"})
"""Columns that hold a JSON object."""
_BY_DONOR = frozenset({"responses", "answered", "left_out", "clinic"})
"""Tables whose rows would tell by their order which donor is which: they stand in that of codes."""
_OF_PEOPLE = ("sample", "culture")


def named_by(study: Study, wells: pl.DataFrame, files: tuple[str, ...] = ()) -> Named:
    """What a study calls its groups and donors, and every other name of it and of its files."""
    donors = study.donors["donor"].to_list() if "donor" in study.donors.columns else []
    records = (*study.questions, *study.plates, *study.assays)
    families = (question.family for question in study.questions if question.family)
    ids = (record.id for record in records)
    paths = chain.from_iterable((file, file.rpartition("/")[2]) for file in files)
    frames = (study.layout, study.cultures, wells)
    others = chain(ids, families, paths, chain.from_iterable(map(_names_in, frames)))
    held = chain.from_iterable(map(_held, frames))
    return Named(
        {group.id: group.name for group in study.groups},
        tuple(map(str, donors)),
        tuple(dict.fromkeys(others)),
        dict(held),
    )


def _names_in(frame: pl.DataFrame) -> Iterator[str]:
    """The names of wells, samples, cultures, controls and files in a table."""
    for column in ("well", "control", "file", *_OF_PEOPLE):
        if column in frame.columns:
            yield from frame[column].drop_nulls().unique().sort().to_list()


def _held(frame: pl.DataFrame) -> Iterator[tuple[str, str]]:
    """The names of samples and cultures with the donor whose they are."""
    for column in _OF_PEOPLE:
        if {column, "donor"} <= set(frame.columns):
            yield from frame.select(column, "donor").drop_nulls().unique().sort(column).iter_rows()


# The study.


def coded_study(study: Study, key: Key) -> Study:
    """The study under codes: groups in the order of their codes and without colours of their own,
    and nothing of what was assumed of them or is told of them in plain words.
    """
    coded: Study = _record(study, key)
    groups = (_bare(group) for group in coded.groups)
    frames: dict[str, Any] = {name: frame(getattr(study, name), key) for name in _TABLES}
    donors = frames["donors"]
    return replace(
        coded,
        blinded=True,
        groups=tuple(sorted(groups, key=lambda group: group.id)),
        assumptions=Assumptions(),
        summary=Summary(),
        **frames | {"donors": donors.sort("donor") if "donor" in donors.columns else donors},
    )


def _bare(group: Group) -> Group:
    """A group of which nothing is said but its code: its planned number would tell which it is."""
    return replace(group, name=f"donors of {group.id}", color="", n=None)


_TABLES = ("donors", "layout", "cultures", "exclusions")


def _record(record: Any, key: Key, name: str = "") -> Any:
    """A record with every text in it coded but words of the grammar."""
    if isinstance(record, tuple):
        return tuple(_record(each, key, name) for each in record)
    if is_dataclass(record) and not isinstance(record, type):
        coded = {each: _field(record, each, key) for each in _texts_of(type(record))}
        return replace(record, **coded)
    if isinstance(record, dict):
        return {key.text(str(each)): _record(value, key, name) for each, value in record.items()}
    return key.value(name, record)


def _field(record: Any, name: str, key: Key) -> Any:
    """A field of a record; the id of a group is one of a group."""
    of = "group" if name == "id" and hasattr(record, "color") else name
    return _record(getattr(record, name), key, of)


@cache
def _texts_of(kind: type) -> tuple[str, ...]:
    """The fields of a record that may hold what a person wrote."""
    hints = get_type_hints(kind)
    named = (each for each in fields(kind) if not each.metadata.get("internal"))
    return tuple(each.name for each in named if each.init and not _is_word(hints[each.name]))


def _is_word(hint: Any) -> bool:
    """Whether a type is one word of several that the grammar has."""
    if get_origin(hint) is Literal:
        return True
    return any(map(_is_word, get_args(hint)))


# Tables.


def coded_tables(tables: Mapping[str, pl.DataFrame], key: Key) -> dict[str, pl.DataFrame]:
    """The tables of a run by name, under codes."""
    return {name: _table(name, table, key) for name, table in tables.items()}


def _table(name: str, table: pl.DataFrame, key: Key) -> pl.DataFrame:
    if name == FLAGS.name:
        return FLAGS.frame([_row_of(flag, key) for flag in flags_of(table)])
    coded = frame(table, key)
    if name == FINDINGS.name:
        return coded.with_columns(_in_order(coded))
    return coded.sort("donor", maintain_order=True) if name in _BY_DONOR else coded


def _in_order(findings: pl.DataFrame) -> pl.Series:
    """The donors of each finding, those of a group in the order of their codes."""
    lists = zip(findings["donors"].to_list(), findings["n"].to_list(), strict=True)
    return pl.Series("donors", [_sorted(*each) for each in lists], dtype=pl.List(pl.String))


def _sorted(donors: list[str], counts: list[Mapping[str, Any]]) -> list[str]:
    sizes = [count["n"] for count in counts]
    if sum(sizes) != len(donors):
        return sorted(donors)
    rest, parts = iter(donors), []
    for size in sizes:
        parts += sorted(next(rest) for _ in range(size))
    return parts


def frame(table: pl.DataFrame, key: Key) -> pl.DataFrame:
    """A table under codes: each text as what its column holds."""
    return table.with_columns(_column(table[name], key) for name in table.columns)


def _column(column: pl.Series, key: Key) -> pl.Series:
    if "String" not in str(column.dtype):
        return column
    code = _json(key) if column.name in _FACTS else _word(column.name, key)
    if column.dtype == pl.String:
        texts = column.drop_nulls().unique().to_list()
        other = {text: coded for text in texts if (coded := code(text)) != text}
        return column.replace(other) if other else column
    words = lru_cache(maxsize=None)(lambda name, text: _named(name, key)(text))
    values = [_nested(column.name, value, words) for value in column.to_list()]
    return pl.Series(column.name, values, dtype=column.dtype)


def _named(name: str, key: Key) -> Callable[[str], str]:
    return _json(key) if name in _FACTS else _word(name, key)


def _word(name: str, key: Key) -> Callable[[str], str]:
    return lambda text: key.word(name, text)


def _json(key: Key) -> Callable[[str], str]:
    """What codes the facts of a coded statement."""
    return lambda text: json.dumps(key.value("", json.loads(text)), ensure_ascii=False)


def _nested(name: str, value: Any, words: Callable[[str, str], str]) -> Any:
    """A value of a nested column; its texts stand under the names of their fields."""
    match value:
        case str():
            return words(name, value)
        case list():
            return [_nested(name, each, words) for each in value]
        case dict():
            return {each: _nested(each, part, words) for each, part in value.items()}
        case _:
            return value


def uncoded(table: pl.DataFrame, key: Key) -> pl.DataFrame:
    """A table with what stands under a code as a whole under its name again."""
    return table.with_columns(_uncoded(table[name], key) for name in table.columns)


def _uncoded(column: pl.Series, key: Key) -> pl.Series:
    if "String" not in str(column.dtype):
        return column
    values = [_nested("", value, lambda name, text: key.meant(text)) for value in column.to_list()]
    return pl.Series(column.name, values, dtype=column.dtype)


# Findings and flags.


def coded_finding(finding: Finding, key: Key) -> Finding:
    """A finding under codes."""
    frame_of_one = FINDINGS.frame([finding.row()])
    return Finding.of_row(_table(FINDINGS.name, frame_of_one, key).row(0, named=True))


def coded_flag(flag: Flag, key: Key) -> Flag:
    """A flag under codes; its name still is that of its facts, so that it can be kept by it."""
    said: dict[str, Any] = {name: key.own_text(getattr(flag, name)) for name in _WORDS}
    evidence = tuple(map(key.own_text, flag.evidence))
    if flag.table == "donors" and flag.row in key.groups:
        said, evidence = said | _of_size(key.group(flag.row)), ()
    scope = None if flag.scope is None else _scope(flag.scope, key)
    accepted = None if flag.accepted is None else key.text(flag.accepted)
    coded = replace(flag, **said, evidence=evidence, scope=scope, accepted=accepted)
    return replace(coded, called=key.own_text(flag.name))


def _of_size(group: str) -> dict[str, str]:
    """What is said of the size of a group, without the planned one: that is known by its name."""
    return {
        "what": f"the number of donors of {group} is not the one that study.yaml states",
        "cure": "lift the blinding, then correct donors.csv, or `n` of the group",
    }


_WORDS = ("row", "what", "why", "cure", "place")


def _scope(scope: Any, key: Key) -> Any:
    ids = {each.name: key.value(each.name, getattr(scope, each.name)) for each in fields(scope)}
    return replace(scope, **ids)


def _row_of(flag: Flag, key: Key) -> dict[str, Any]:
    return coded_flag(flag, key).row_of_table()
