"""Whether all of a sentence was read: only then may it be called borne out.

The words, phrases and numbers of a sentence go in, with the answers that it was held against. A
word that stands in no list, a number that was not held, other cells or a word of any spin (even
where it is denied) says that something was not read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from exvivo.claims.numbers import LEVEL, Number, people_of
from exvivo.claims.readings import CLAIMS, Clause
from exvivo.claims.tokens import Mark, Token, folded
from exvivo.findings import Finding

_READ = frozenset(
    [
        *(*CLAIMS, "analyte", "readout", "scale", "group", "condition", "cell_type", "stimulus"),
        *("control_stimulus", "blocked", "exposure", "reference", "response", "change", "at_visit"),
        *("baseline", "mediation", "specific", "gap", "contrast", "positive", "inverse", "more"),
        *("fewer", "negation", "pronoun", "plain", "ours", "equivalent", "unresolved", "limit"),
        *("hypothesis", "proved", "beside", "aside"),
    ]
)
"""The lists whose words are held against an answer, or add nothing to what is stated."""
_SPIN = frozenset(
    [
        *("subgroup", "outcome", "course", "other_stimulus", "other_analyte", "body", "use"),
        *("body_cells", "cause", "mechanism", "drug", "advice", "everyone"),
    ]
)
"""The lists whose words go beyond every answer."""
_NAMES = frozenset({"analyte", "scale", "group", "cell_type", "stimulus", "blocked", "reference"})


def all_read(
    text: str,
    tokens: list[Token],
    marks: list[Mark],
    numbers: Collection[Number],
    answers: Collection[Finding],
) -> bool:
    """Whether every word and number of a sentence was held against an answer."""
    names = [mark for mark in marks if mark.kind in _NAMES]
    if any(m.kind in _SPIN and not any(map(m.overlaps, names)) for m in marks):
        return False
    known = {at for m in marks if m.kind in _READ for at in range(m.first, m.last)}
    spans = [*((n.start, n.end) for n in numbers), *_spans(text)]
    unknown = (token for at, token in enumerate(tokens) if at not in known)
    words = (each for each in unknown if each.word[:1].isalnum())
    return _own_cells(marks, answers) and all(_within(each, spans) for each in words)


def _spans(text: str) -> Iterable[tuple[int, int]]:
    """The characters of the numbers of people, and of the level of an interval."""
    yield from ((each.start, each.end) for each in people_of(text))
    yield from (found.span() for found in LEVEL.finditer(folded(text)))


def _within(token: Token, spans: Iterable[tuple[int, int]]) -> bool:
    return any(start <= token.start and token.end <= end for start, end in spans)


def _own_cells(marks: list[Mark], answers: Collection[Finding]) -> bool:
    """Whether the cells that are named are those of the answers."""
    named = {mark.id for mark in marks if mark.kind == "cell_type"}
    return named <= {each.cell_type for each in answers} or any(
        each.ask in {"specificity", "identity"} for each in answers
    )


def in_order(clause: Clause, numbers: Collection[Number], answers: Collection[Finding]) -> bool:
    """Whether each number of a clause can belong to one answer alone."""
    start, end = clause.tokens[clause.first].start, clause.tokens[clause.last - 1].end
    own = [each for each in numbers if each.kind != "p" and start <= each.start < end]
    return len(answers) < 2 or len(own) < 2
