"""Texts of `summary` that lead to a person: the id of a donor or of a culture, or a day that the
tables about people hold. The page they are printed in is handed out.

In: a study with its donors and cultures, and the texts of its tables. Out: mistakes of study.yaml.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import chain

import polars as pl

from exvivo.errors import StudyError
from exvivo.study.csv_rows import read_rows
from exvivo.study.entry import Entry, Mistakes, Place
from exvivo.study.files import CLINIC_FILE, CULTURES_FILE, DONORS_FILE, forms_of
from exvivo.study.headings import Columns
from exvivo.study.ids import WITHDRAWN
from exvivo.study.records import Study
from exvivo.study.summary_checks import PARTS, nameable
from exvivo.study.written_days import written_days

_LETTER = r"[0-9A-Za-z\u00aa-\u024f]"
"""What ids are made of: a word of them ends at a space and at a Japanese sign."""
_RUNS = re.compile(rf"{_LETTER}+")
_SHORTEST = 4
"""Signs of an id without a digit from which it is taken for one: a shorter one may be any word."""
_EXPECTED = "nothing that leads to a person: the page is handed out"


def people_mistakes(study: Study, entry: Entry, texts: Mapping[str, bytes]) -> Mistakes:
    """Every id and every day of a person in a text of the summary; `texts` are the tables as they
    were read, by file.
    """
    told = list(_told(study))
    if not told:
        return
    called, days = _patterns(study), _days(study, texts)
    at = entry.at("summary")
    for place, text in told:
        plain = unicodedata.normalize("NFKC", text)
        for name in (name for name, pattern in called.items() if pattern.search(plain)):
            finding = f"{name}, the id of a donor or culture: {text!r}"
            yield at.at(*place).mistake(finding, _EXPECTED, "take it out, or say it without")
        for day in sorted(written_days(plain) & days.keys()):
            finding = f"{day}, a day that {days[day]} holds: {text!r}"
            yield at.at(*place).mistake(finding, _EXPECTED, "write the month or the year alone")


def _told(study: Study) -> Iterator[tuple[Place, str]]:
    """Every text of the summary, with where it stands."""
    summary = study.summary
    for part in PARTS:
        yield from (((part, code), text) for code, text in getattr(summary, part).items())
    for i, word in enumerate(summary.words):
        for field in ("name", "meaning"):
            texts = getattr(word, field).items()
            yield from ((("words", i, field, code), text) for code, text in texts)


def _patterns(study: Study) -> dict[str, re.Pattern[str]]:
    """What matches the ids of donors and cultures as whole words, by id; of those that stand for
    nothing else.
    """
    frames = ((study.donors, "donor"), (study.cultures, "culture"), (study.layout, "culture"))
    every = (frame[name].drop_nulls() for frame, name in frames if name in frame.columns)
    own = _own_words(study)
    ids = dict.fromkeys(chain.from_iterable(every))
    names = (name for name in ids if not name.startswith(WITHDRAWN))
    return {name: _pattern(name) for name in names if _is_searched(name, own)}


def _is_searched(name: str, own: frozenset[str]) -> bool:
    """Whether an id in a text is a person's: it has a letter and a digit, or is long enough for no
    chance word; and it is no word of the study itself.
    """
    letters = any(sign.isalpha() for sign in name)
    digits = any(sign.isdigit() for sign in name)
    return letters and (digits or len(name) >= _SHORTEST) and name.casefold() not in own


def _own_words(study: Study) -> frozenset[str]:
    """The words that the study uses for other things than persons."""
    parts = (study.groups, study.cell_types, study.stimuli, study.analytes, study.scales)
    names = [getattr(record, "name", "") for record in chain.from_iterable(parts)]
    texts = [text.casefold() for text in (*nameable(study), *names)]
    return frozenset([*texts, *chain.from_iterable(text.split() for text in texts)])


def _pattern(name: str) -> re.Pattern[str]:
    """A whole word, whatever stands between its parts (FM-01, FM 01). Capitals matter in an id that
    may be a word (Rose).
    """
    parts = _RUNS.findall(name) or [name]
    joined = r"[\W_]{1,3}".join(map(re.escape, parts))
    flags = re.NOFLAG if name.isalpha() else re.IGNORECASE
    return re.compile(rf"(?<!{_LETTER}){joined}(?!{_LETTER})", flags)


def _days(study: Study, texts: Mapping[str, bytes]) -> dict[date, str]:
    """The days of the tables about people, with the table that holds each."""
    visits = study.layout.select(name for name in study.layout.columns if name == "visit")
    days = dict.fromkeys(_days_in(_cells(visits)), "a layout")
    for file in (name for name in forms_of(CLINIC_FILE) if name in texts):
        days |= dict.fromkeys(_days_in(_cells_of_clinic(texts[file], file)), file)
    for frame, file in ((study.cultures, CULTURES_FILE), (study.donors, DONORS_FILE)):
        days |= dict.fromkeys(_days_in(_cells(frame)), file)
    return days


def _days_in(texts: Iterable[str]) -> Iterator[date]:
    return chain.from_iterable(map(written_days, texts))


def _cells_of_clinic(raw: bytes, file: str) -> Iterator[str]:
    """The texts of the table of scores; none of one that cannot be read."""
    try:
        rows = read_rows(raw, file=file, columns=Columns(("donor",), open=True)).rows
    except StudyError:
        return
    for row in rows:
        yield from row.cells.values()


def _cells(frame: pl.DataFrame) -> set[str]:
    """The different texts of a table."""
    columns = (name for name, kind in frame.schema.items() if kind == pl.String)
    return {text for name in columns for text in frame[name].drop_nulls().unique()}
