"""Columns of donors.csv that questions use: words that can be read in two ways are asked about, all
of a column at once.

A column of an exposure says of each donor yes or no, and a column that is adjusted for is one of
numbers or of kinds. `Yes` beside `yes`, `?`, `56 J.` among ages, `f` beside `female`: each would
count as something that nobody meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

import polars as pl

from exvivo.errors import Mistake
from exvivo.study.characteristics import declared_kind
from exvivo.study.entry import Entry, Mistakes
from exvivo.study.files import DONORS_FILE
from exvivo.study.question_records import Question, Treatment, groups_of
from exvivo.study.records import Study
from exvivo.study.unknown import is_unclear, number_of
from exvivo.words import listed, shortened

_YES = frozenset(
    {"yes", "y", "ja", "j", "oui", "o", "si", "sí", "sim", "true", "t", "1", "x", "+", "with"}
)
_NO = frozenset(
    {"no", "n", "nein", "non", "nao", "não", "false", "f", "0", "none", "never", "nie", "kein"}
    | {"keine", "keines", "without", "ohne", "not"}
)
_SEX = {
    "f": "female",
    "w": "female",
    "woman": "female",
    "weiblich": "female",
    "frau": "female",
    "m": "male",
    "man": "male",
    "männlich": "male",
    "maennlich": "male",
    "mann": "male",
}
"""Spellings of the two usual words of a column of sex, in small letters."""
_COLUMNS_OF_SEX = ("sex", "gender", "geschlecht")
_WITH_UNIT = re.compile(r"[<>~≈]?\s*[+-]?\d+([.,]\d+)?\s*[^\W\d_]+\.?")
"""A number with a word behind it: `56 J.`, `80kg`."""
_SENTINELS = frozenset({-9.0, -99.0, -999.0, -9999.0})
"""Numbers that stand for unknown in exports of statistics programs."""
_ALIKE = 0.8
_SHORTEST_ALIKE = 4
"""Letters from which a word is held for another spelling of a word it holds or resembles."""
_SHOWN = 8


@dataclass(frozen=True)
class _Words:
    """A column as the donors of some groups have it: the donors of each word, empty cells left
    out.
    """

    column: str
    groups: tuple[str, ...]
    donors: dict[str, list[str]]

    def place(self) -> str:
        """Where the words stand."""
        return f"{DONORS_FILE}, column `{self.column}`"

    def shown(self, words: Iterable[str]) -> str:
        """Some of the words with the donors that have them."""
        named = [f"{word} ({_donors(self.donors[word])})" for word in words]
        return shortened(named, _SHOWN)


def _donors(names: list[str]) -> str:
    """One or two donors by name, more of them counted."""
    return ", ".join(names) if len(names) < 3 else f"{len(names)} donors"


def donor_column_mistakes(study: Study, entry: Entry) -> Mistakes:
    """Columns of donors.csv that questions name and the table lacks, and words in them that can be
    read in two ways.
    """
    asked: set[tuple[str, tuple[str, ...]]] = set()
    for i, question in enumerate(study.questions):
        at = entry.at("questions", i)
        adjust: tuple[str, ...] = getattr(question, "adjust", ())
        yield from at.undeclared("adjust", adjust, study.donors.columns, "column of donors.csv")
        if isinstance(question, Treatment):
            yield from _exposure_mistakes(question, study, at)
        for column in adjust:
            if column in study.donors.columns and (column, groups_of(question)) not in asked:
                asked.add((column, groups_of(question)))
                words = _words(study, question, column)
                yield from _covariate_mistakes(words, declared_kind(study, column))


def _words(study: Study, question: Question, column: str) -> _Words:
    """The words of a column, of the donors of the groups a question is about."""
    groups = groups_of(question)
    donors: dict[str, list[str]] = {}
    rows = study.donors.filter(pl.col("group").is_in(groups)).select(column, "donor")
    for word, donor in rows.iter_rows():
        if text := str(word or "").strip():
            donors.setdefault(text, []).append(donor)
    return _Words(column, groups, donors)


def _exposure_mistakes(question: Treatment, study: Study, entry: Entry) -> Mistakes:
    """An exposure that donors.csv lacks, a word for exposed that nobody has, and words that are
    neither exposed nor plainly not.
    """
    column = question.exposure
    yield from entry.undeclared("exposure", (column,), study.donors.columns, "column of donors.csv")
    if column not in study.donors.columns:
        return
    every = study.donors[column].unique(maintain_order=True).to_list()
    of_column = [word for word in every if word]
    yield from entry.undeclared("exposed", (question.exposed,), of_column, "word of that column")
    yield from _contradicted_words(question, entry)
    words = _words(study, question, column)
    if unclear := list(unclear_exposures(question, words.donors)):
        yield _exposure_asked(question, words, unclear, entry)


def _contradicted_words(question: Treatment, entry: Entry) -> Mistakes:
    if question.exposed in question.not_exposed:
        yield entry.mistake(
            f"`{question.exposed}` under `exposed` and under `not_exposed`",
            "one of both",
            "remove it from one",
            field="not_exposed",
        )


def unclear_exposures(question: Treatment, words: Iterable[str]) -> Iterator[str]:
    """The words of an exposure's column that are neither exposed, nor plainly or by declaration not
    exposed.

    Without a declaration `no`, `none` and the like are not exposed, and so is the only other word
    of a column, or another medication where the exposure is named. Asked about is what may be
    another spelling of exposed, what usually means unknown, and any third word beside `yes`.
    """
    clear = {question.exposed, *question.not_exposed}
    others = [word for word in words if word not in clear]
    exact = bool(question.not_exposed)
    for word in others:
        if _is_unclear_exposure(word, question.exposed, exact=exact, alone=len(others) == 1):
            yield word


def _is_unclear_exposure(word: str, exposed: str, *, exact: bool, alone: bool) -> bool:
    """Whether a word may mean exposed, or unknown: `exact` where words for not exposed are
    declared, `alone` where the column has no third word.
    """
    if _means_exposed(word, exposed) or is_unclear(word):
        return True
    if word.casefold() in _NO and exposed.casefold() not in _NO:
        return False
    if exact:
        return True
    return not alone and (exposed.casefold() in _YES or _may_be_exposed(word, exposed))


def _means_exposed(word: str, exposed: str) -> bool:
    """Whether a word is another spelling of exposed, or another yes."""
    plain, asked = word.casefold(), exposed.casefold()
    return _spelling(plain) == _spelling(asked) or {plain, asked} <= _YES


def _may_be_exposed(word: str, exposed: str) -> bool:
    """Whether a word beside the name of an exposure may mean the same."""
    plain, asked = word.casefold(), exposed.casefold()
    return (plain in _YES and asked not in _NO) or _alike(plain, asked)


def _spelling(word: str) -> str:
    """The letters and digits of a word, in small letters; the word where it has none."""
    return "".join(filter(str.isalnum, word.casefold())) or word


def _alike(word: str, other: str) -> bool:
    """Whether a word may be another spelling of another: one holds the other, or nearly all letters
    are the same.
    """
    if min(len(word), len(other)) < _SHORTEST_ALIKE:
        return False
    if word in other or other in word:
        return True
    return SequenceMatcher(None, word, other).ratio() > _ALIKE


def _exposure_asked(
    question: Treatment, words: _Words, unclear: list[str], entry: Entry
) -> Mistake:
    """One question about all unclear words of an exposure."""
    exposed = question.exposed
    spelled = [word for word in unclear if _means_exposed(word, exposed)]
    unknown = [word for word in unclear if is_unclear(word)]
    rest = [word for word in unclear if word not in (*spelled, *unknown)]
    cures = [f"did you mean `{exposed}` for {_ticked(spelled)}?"] if spelled else []
    if rest:
        declared = ", ".join([*question.not_exposed, *rest])
        cures.append(
            f"write `{exposed}` where {_ticked(rest)} means it; where not, declare it at the "
            f"question: `not_exposed: [{declared}]`"
        )
    return entry.mistake(
        f"in column `{words.column}` of {DONORS_FILE}, beside `{exposed}`: {words.shown(unclear)}",
        f"`{exposed}` for an exposed donor, a word that is plainly not, or an empty cell where it "
        "is not known",
        "; ".join([*cures, *_unknown_cure(unknown)]),
        field="exposed",
    )


def _ticked(words: Iterable[str]) -> str:
    return listed(f"`{word}`" for word in words)


def _unknown_cure(words: list[str]) -> list[str]:
    """How to say that some words mean unknown; nothing where there are none."""
    if not words:
        return []
    declared = ", ".join(f'"{word}"' for word in words)
    return [f"empty the cells where it is not known, or write `missing: [{declared}]` at the top"]


def _covariate_mistakes(words: _Words, kind: str) -> Mistakes:
    """What can be read in two ways in a column that is adjusted for; `kind` is the declared one,
    whose cells are examined with it.
    """
    plain = [word for word in words.donors if number_of(word) is not None]
    others = [word for word in words.donors if number_of(word) is None]
    if kind != "category" and _count(words, plain) > _count(words, others):
        if not kind:
            yield from _no_numbers(words, others)
        yield from _two_marks(words, plain)
        yield from _sentinels(words, plain)
        return
    with_unit = [word for word in others if _WITH_UNIT.fullmatch(word)]
    if _count(words, with_unit) > _count(words, words.donors) / 2 and len(with_unit) > 2:
        yield _asked(words, with_unit, "numbers without a unit", _NUMBERS)
    yield from _unclear_kinds(words, others)
    yield from _spelled_twice(words)


_NUMBERS = "write the numbers only, and the unit into the name of the column"


def _count(words: _Words, some: Iterable[str]) -> int:
    """How many donors have one of some words."""
    return sum(len(words.donors[word]) for word in some)


def _asked(words: _Words, some: Iterable[str], expected: str, cure: str) -> Mistake:
    return Mistake(words.place(), words.shown(some), expected, cure)


def _no_numbers(words: _Words, others: list[str]) -> Mistakes:
    """Words in a column of numbers."""
    if others:
        unknown = [word for word in others if is_unclear(word)]
        cures = [_NUMBERS] if len(unknown) < len(others) else []
        cure = "; ".join([*cures, *_unknown_cure(unknown)])
        yield _asked(words, others, "numbers, as the other donors have", cure)


def _two_marks(words: _Words, numbers: list[str]) -> Mistakes:
    """Decimal points and decimal commas in one column."""
    points = [word for word in numbers if "." in word]
    commas = [word for word in numbers if "," in word]
    if points and commas:
        some = [*points[:2], *commas[:2]]
        yield _asked(words, some, "one decimal mark in a column", "write decimal points")


def _sentinels(words: _Words, numbers: list[str]) -> Mistakes:
    """Numbers that stand for unknown, in a column that is not negative otherwise."""
    some = [word for word in numbers if number_of(word) in _SENTINELS]
    if some and all((number_of(word) or 0.0) >= 0 for word in numbers if word not in some):
        cure = f"write `missing: [{', '.join(some)}]` at the top of study.yaml, or empty the cells"
        yield _asked(words, some, "no number that stands for unknown", cure)


def _unclear_kinds(words: _Words, others: list[str]) -> Mistakes:
    """Words that usually mean unknown, among kinds."""
    if unknown := [word for word in others if is_unclear(word)]:
        (cure,) = _unknown_cure(unknown)
        yield _asked(words, unknown, "kinds, or an empty cell where it is not known", cure)


def _spelled_twice(words: _Words) -> Mistakes:
    """One kind in two spellings: they would be two kinds."""
    of_sex = words.column.casefold() in _COLUMNS_OF_SEX
    kinds: dict[str, list[str]] = {}
    for word in words.donors:
        number = number_of(word)
        plain = _spelling(word) if number is None else str(number)
        kinds.setdefault(_SEX.get(plain, plain) if of_sex else plain, []).append(word)
    for spellings in kinds.values():
        if len(spellings) > 1:
            most = max(spellings, key=lambda word: len(words.donors[word]))
            yield _asked(words, spellings, "one spelling of a kind", f"write `{most}` for all")
