"""The text of a logic, cut into its smallest pieces.

Documented and read here: quotes of both kinds, numbers, `[field]`, `[field(code)]`,
`[event][field]`, the operators, and lines of comment that begin with `#` or `//`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from exvivo.read.redcap.logic.steps import Field, NotEvaluated, Why

Kind: TypeAlias = Literal["space", "text", "number", "fields", "word", "sign"]

_PIECE = re.compile(
    r"""(?P<space>\s+)
    | (?P<text>'[^']*'|"[^"]*")
    | (?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?![\w.]))
    | (?P<fields>(?:\[[^\[\]]*\])+)
    | (?P<word>[A-Za-z_]\w*)
    | (?P<sign><=|>=|<>|!=|[-=<>+*/^(),])""",
    re.VERBOSE | re.ASCII,
)
_FIELD = re.compile(r"(\w*[A-Za-z_]\w*)(?:\(([\w.\-]+)\))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the text and what it is."""

    kind: Kind
    text: str


class NotReadable(Exception):
    """What of a text is not evaluated; it never leaves `parse`."""

    def __init__(self, why: Why, piece: str) -> None:
        super().__init__(why)
        self.why: Why = why
        self.piece = piece

    def of(self, text: str) -> NotEvaluated:
        """The record of it, with the whole text."""
        return NotEvaluated(text, self.why, self.piece)


def tokens(text: str) -> Iterator[Token]:
    """The pieces of a text without spaces and comments. Raises `NotReadable`."""
    text = _without_comments(text)
    place = 0
    while place < len(text):
        piece = _PIECE.match(text, place)
        if piece is None:
            raise _unknown(text[place])
        place = piece.end()
        kind: Kind = piece.lastgroup  # type: ignore[assignment]
        if kind != "space":
            yield Token(kind, piece.group())


def _without_comments(text: str) -> str:
    lines = text.splitlines()
    return "\n".join(line for line in lines if not line.lstrip().startswith(("#", "//")))


def _unknown(sign: str) -> NotReadable:
    if sign in "'\"":
        return NotReadable("quote", sign)
    return NotReadable("brackets" if sign in "[]" else "sign", sign)


def field_of(text: str) -> Field:
    """`[event][name(code)]` as a record. Raises `NotReadable`."""
    *events, last = text[1:-1].split("][")
    if last.isdigit() and events:
        raise NotReadable("instance", text)
    named = _FIELD.fullmatch(last)
    if named is None or any(_FIELD.fullmatch(event) is None for event in events):
        raise NotReadable("smart variable", text)
    if len(events) > 1 or any("(" in event for event in events):
        raise NotReadable("order", text)
    return Field(named[1], "".join(events), named[2] or "")
