"""Texts that end without a line end: whether their last cell shows that nothing of it is lost.

A file that broke off inside its last number reads as a whole one (`12345` as `123`), and many
editors drop the last line end of a whole file.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from exvivo.cells.guards import describe
from exvivo.cells.text import decode

_DECIMALS = re.compile(r"[+-]?[0-9]+[.,]([0-9]+)$")
_MANY = 8
"""Cells of a column from which one that most of them are is a usual one."""
_FEWEST = 3
"""Numbers of a column from which its decimals tell."""


def ends_open(raw: bytes) -> bool:
    r"""Whether a file is a text that ends without a line end.

    >>> ends_open(b"donor,VAS\nP1,62"), ends_open(b"donor,VAS\nP1,62\n")
    (True, False)
    """
    if describe(raw) != "text":
        return False
    text = decode(raw)
    return bool(text) and text[-1] not in "\r\n"


def is_whole(cell: str, column: Sequence[str]) -> bool:
    """Whether a last cell, as it is written, shows that nothing of it is lost: it stands in quotes,
    has as many decimals as all others of its column, is what most of them are, or is a word that
    stands there elsewhere and that no longer one begins with.

    >>> is_whole("6.2", ["1.0", "4.5", "7.1"]), is_whole("62", ["71", "5", "80"])
    (True, False)
    >>> is_whole("FM", ["FM", "HC"]), is_whole("A", ["A", "AB"])
    (True, False)
    """
    bare = cell.strip()
    if len(bare) > 1 and bare.endswith('"'):
        return True
    own = _DECIMALS.match(bare)
    if own:
        decimals = [len(match[1]) for match in map(_DECIMALS.match, column) if match]
        return len(decimals) >= _FEWEST and set(decimals) == {len(own[1])}
    usual = bool(bare) and len(column) >= _MANY and 2 * column.count(bare) > len(column)
    return usual or (bare.isalpha() and bare in column and not _is_begun(bare, column))


def _is_begun(word: str, column: Sequence[str]) -> bool:
    """Whether a longer word of a column begins with a word."""
    return any(other != word and other.startswith(word) for other in column)
