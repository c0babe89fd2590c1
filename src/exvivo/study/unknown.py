"""What is not known in the tables of people: one rule for donors, cultures and clinic.

A cell is not known where it is empty, or holds a word that study.yaml declares under `missing`.
`None` in a column of medication is an answer. Words that usually mean unknown and are not declared
are asked about, never taken as one or the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

UNCLEAR = frozenset(
    {
        *("na", "n/a", "n.a.", "n.a", "#n/a", "nan", "null", "nil", "inf", "-inf"),
        *("unknown", "unk", "unbekannt", "unclear", "missing", "not known", "not available"),
        *("k.a.", "k. a.", "ka", "nd", "n.d.", "tbd", "?", "??", "???", "-", "--", "–", "—", "."),
        *("-9", "-99", "-999", "-9999", "9999"),
    }
)
"""Words that usually mean that something is not known, in small letters."""


def is_unclear(word: str) -> bool:
    """Whether a word usually means that something is not known.

    >>> is_unclear("N.A."), is_unclear("none"), is_unclear("")
    (True, False, False)
    """
    return word.strip().casefold() in UNCLEAR


def is_missing(word: str, missing: Iterable[str]) -> bool:
    """Whether a cell is declared as not known: the word itself, or the same number.

    >>> is_missing("-99.0", ["UNK", "-99"]), is_missing("none", ["UNK"])
    (True, False)
    """
    declared = tuple(missing)
    return word in declared or (number_of(word) in _numbers(declared) if declared else False)


def cleared(
    cells: Mapping[str, str], missing: Iterable[str], *, ids: Iterable[str]
) -> dict[str, str]:
    """The cells of a row, empty where they are declared as not known; those of `ids` as they
    are.
    """
    kept, declared = set(ids), tuple(missing)
    return {
        name: "" if name not in kept and is_missing(cell, declared) else cell
        for name, cell in cells.items()
    }


def number_of(word: str) -> float | None:
    """The number a word is, with a decimal point or comma; None where it is none, or not finite.

    >>> number_of("62,5"), number_of("56 J."), number_of("inf")
    (62.5, None, None)
    """
    try:
        number = float(word.replace(",", ".")) if "_" not in word else None
    except ValueError:
        return None
    return number if number is not None and number - number == 0 else None


def _numbers(words: Iterable[str]) -> set[float]:
    return {number for word in words if (number := number_of(word)) is not None}
