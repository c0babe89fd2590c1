"""The last look at a folder that is to be handed on: does any name or day of a person stand in any
byte of it? It knows nothing of how the files were made.

Names are compared as words: runs of letters and digits, without capitals, whatever stands between
them (`FM01-ATP` holds `FM01`; `FM010` does not). Markup, JSON and links are read as what they mean.
A name that is a plain number, one that any well has (`A1`), one of fewer than three signs, and one
that the study uses for something else cannot be searched for: they are counted, and it is the
making of the files that must keep them out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from html import unescape
from io import BytesIO
from pathlib import Path
from urllib.parse import unquote

import polars as pl

from exvivo.study import Study
from exvivo.study.days import day_of, days_of

Words = tuple[str, ...]
_WORD = re.compile(r"[^\W_]+")
_WELL = re.compile(r"[a-p](0?[1-9]|1\d|2[0-4])")
_JSON = re.compile(r"\\u([0-9a-fA-F]{4})")
_DAY = re.compile(
    r"(?<![\d.])(?:\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./]\d{4}|(?:19|20)\d{6}"
    r"|\d{1,2}[-. ]+[A-Za-zÄä]{3,9}[-. ,]+\d{4}|[A-Za-zÄä]{3,9}\.? \d{1,2},? \d{4})(?!\d)"
)
_SHORTEST = 3
_OF_PEOPLE = ("donor", "culture", "sample")
_MAGIC = (b"PK\x03\x04", b"\x1f\x8b", b"SQLite format 3\0", b"%PDF", b"\x89PNG", b"\xff\xd8\xff")
"""How files begin whose text lies hidden in them."""
_PARQUET = b"PAR1"


@dataclass(frozen=True)
class Persons:
    """What leads to a person: names as words, each as it is written, and days. `unsearchable` are
    names that stand for other things too.
    """

    names: Mapping[Words, str]
    days: frozenset[date]
    unsearchable: frozenset[str] = field(default=frozenset())

    @cached_property
    def by_first(self) -> Mapping[str, list[Words]]:
        """The names by their first word."""
        places: dict[str, list[Words]] = {}
        for name in self.names:
            places.setdefault(name[0], []).append(name)
        return places


@dataclass(frozen=True, slots=True)
class Leak:
    """A name or a day that stands in a file."""

    file: str
    what: str


def persons_of(
    study: Study, tables: Mapping[str, pl.DataFrame], *, told: Iterable[str], days: Iterable[str]
) -> Persons:
    """What leads to a person of a study: ids of donors and cultures, names of their samples, what
    donors.csv says beside its columns that are `told`, and every day of theirs; `days` are those of
    runs.
    """
    names = {*_names(study, tables, {*told})}
    words = vocabulary(study)
    searchable = {name: words_of(name) for name in names if can_be_searched(name, words)}
    cells = _cells(study.donors, study.cultures, *map(_visits, (study.layout, *tables.values())))
    every = {day for cell in cells for day in _days_in(cell)} | {*map(date.fromisoformat, days)}
    by_words = {each: name for name, each in searchable.items()}
    return Persons(by_words, frozenset(every), frozenset(names - {*searchable}))


def _names(study: Study, tables: Mapping[str, pl.DataFrame], told: set[str]) -> Iterator[str]:
    for frame in (study.donors, study.cultures, study.layout, *tables.values()):
        for column in (name for name in _OF_PEOPLE if name in frame.columns):
            own = frame.filter(pl.col("donor").is_not_null()) if "donor" in frame.columns else frame
            yield from own[column].drop_nulls().unique().to_list()
    for column in study.donors.columns:
        if column not in told:
            yield from _rare(study.donors[column])


def _rare(column: pl.Series) -> Iterator[str]:
    """Words of a column that one or two donors have: they may be names."""
    texts = column.cast(pl.String).drop_nulls().str.strip_chars()
    for text, count in texts.value_counts().iter_rows():
        if count < _SHORTEST and any(sign.isalpha() for sign in text) and not _days_in(text):
            yield text


def vocabulary(study: Study) -> frozenset[Words]:
    """The words that a study uses for other things than persons."""
    records = (
        *(study.groups, study.cell_types, study.stimuli, study.analytes, study.scales),
        *(study.assays, study.plates, study.questions),
    )
    ids = [each.id for kind in records for each in kind]
    named = [getattr(each, "name", "") for kind in records for each in kind]
    single = [word for name in named for word in _WORD.findall(name.casefold())]
    return frozenset([*map(words_of, ids), *map(words_of, named), *((word,) for word in single)])


def words_of(text: str) -> Words:
    """The words of a name, without capitals.

    >>> words_of("FM01_ATP (2)")
    ('fm01', 'atp', '2')
    """
    return tuple(_WORD.findall(text.casefold()))


def can_be_searched(name: str, vocabulary: frozenset[Words]) -> bool:
    """Whether a name stands for nothing else.

    >>> [can_be_searched(name, frozenset()) for name in ("FM01", "12", "A1", "MS", "331-1")]
    [True, False, False, False, False]
    """
    words = words_of(name)
    if not words or words in vocabulary or all(word.isdigit() for word in words):
        return False
    return len("".join(words)) >= _SHORTEST and not all(map(_WELL.fullmatch, words))


def _visits(frame: pl.DataFrame) -> pl.DataFrame:
    """The visits of a table, which may be named by days."""
    return frame.select(name for name in frame.columns if name == "visit")


def _cells(*frames: pl.DataFrame) -> set[str]:
    """The different texts of the tables about people."""
    texts: set[str] = set()
    for frame in frames:
        for name in (name for name, dtype in frame.schema.items() if dtype == pl.String):
            texts |= {*frame[name].drop_nulls().unique()}
    return texts


def _days_in(text: str) -> set[date]:
    """Every day that stands in a text, in each way it can be read."""
    days: set[date] = set()
    for match in _DAY.finditer(text):
        days |= {*days_of(match[0])} | {day for day in [day_of(match[0])] if day}
    return days


def leaks(folder: Path, persons: Persons) -> list[Leak]:
    """What stands in the files of a folder, or in their names, that leads to a person; also a file
    whose text cannot be read.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return [leak for path in files for leak in _in_file(path, folder, persons)]


def _in_file(path: Path, folder: Path, persons: Persons) -> Iterator[Leak]:
    name, content = path.relative_to(folder).as_posix(), path.read_bytes()
    if content.startswith(_MAGIC):
        yield Leak(name, "a packed file, whose text is not searched")
        return
    text = _parquet(content) if content.startswith(_PARQUET) else content.decode("utf-8", "replace")
    seen = dict.fromkeys(
        what for each in (name, *_readings(text)) for what in _in_text(each, persons)
    )
    yield from (Leak(name, what) for what in seen)


def _parquet(content: bytes) -> str:
    """The texts of a table."""
    return "\n".join(_strings(pl.read_parquet(BytesIO(content))))


def _strings(frame: pl.DataFrame) -> Iterator[str]:
    for name, dtype in frame.schema.items():
        yield name
        if dtype == pl.String:
            yield from frame[name].drop_nulls().unique()
        elif dtype.is_nested() and dtype not in (pl.List(pl.Float64),):
            yield from map(str, frame[name].to_list())


def _readings(text: str) -> list[str]:
    """A text as it stands, and as a browser, a program and a link read it."""
    ways = [text, unescape(text), _JSON.sub(lambda match: chr(int(match[1], 16)), text)]
    return list(dict.fromkeys([*ways, unquote(text)]))


def _in_text(text: str, persons: Persons) -> Iterator[str]:
    """The names and days of persons in a text."""
    words = _WORD.findall(text.casefold())
    for place, word in enumerate(words):
        for name in persons.by_first.get(word, ()):
            if tuple(words[place : place + len(name)]) == name:
                yield persons.names[name]
    for day in sorted(_days_in(text) & persons.days):
        yield day.isoformat()


def unsearchable_words(persons: Persons) -> str:
    """That some names could not be searched for; empty where all could."""
    count = len(persons.unsearchable)
    if not count:
        return ""
    return (
        f"{count} names of donors, cultures or samples are plain numbers, names of wells, very "
        "short, or words that the study uses otherwise: no search can tell them from other text. "
        "Nothing that holds them was written."
    )


def composed(name: str, known: Sequence[Words] | frozenset[Words]) -> bool:
    """Whether a sample's name has no word but those of known names and short numbers.

    >>> composed("FM01 ATP 2", [("fm01",), ("atp",)]), composed("Maria ATP", [("atp",)])
    (True, False)
    """
    single = {word for words in known for word in words}
    return all(word in single or (word.isdigit() and len(word) < 3) for word in words_of(name))
