"""Messages about a file: an error in one call, and lists that are cut short."""

from __future__ import annotations

from collections.abc import Iterable

from exvivo.errors import Mistake, ReadError

Groups = dict[str, list[str]]
"""What belongs to each name."""


def read_error(where: str, found: str, expected: str, cure: str) -> ReadError:
    """The error of one mistake, to be raised."""
    return ReadError(Mistake(where, found, expected, cure))


def and_more(rest: int, what: str = "line") -> str:
    """How many more of the same there are, behind the first; nothing where there are none.

    >>> and_more(2), and_more(1), and_more(4, "in this column"), and_more(0)
    (' (and 2 more lines)', ' (and 1 more line)', ' (and 4 more in this column)', '')
    """
    noun = what if rest == 1 or " " in what else what + "s"
    return f" (and {rest} more {noun})" if rest > 0 else ""


def grouped(pairs: Iterable[tuple[str, str]]) -> Groups:
    """What belongs to each name, in the order of the pairs.

    >>> grouped([("TNF", "A1"), ("IL6", "A1"), ("TNF", "A2")])
    {'TNF': ['A1', 'A2'], 'IL6': ['A1']}
    """
    groups: Groups = {}
    for name, part in pairs:
        groups.setdefault(name, []).append(part)
    return groups
