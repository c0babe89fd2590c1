"""A sentence as its clauses, and what each clause speaks of and states.

The tokens and phrases of a sentence go in. A clause ends at a semicolon and where a contrast
begins (while, whereas, but, although); what it does not name it takes from the clause before.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from exvivo.claims.tokens import Mark, Token

_CONTRASTS = frozenset({";", "while", "whereas", "but", "although", "though", "yet", "however"})
CLAIMS = ("higher", "lower", "differ", "same", "equivalent", "related", "unrelated", "like")
"""The lists whose words state something of two sides."""
_OVER_OTHERS = (*CLAIMS, "unresolved", "limit", "denial", "no_side")
SUBJECTS = ("analyte", "readout", "scale", "group", "cell_type", "stimulus")
"""What a clause may name of a study."""
_SHORTEST = 3
"""Words that a clause before a comma has at least (whereas TNF differed, IL-8 did not)."""
_CLOSE = 4
"""Words before a claim within which a negation is its own."""


@dataclass(frozen=True)
class Clause:
    """A clause: its phrases by their lists, the first of its tokens and the one behind its last."""

    tokens: tuple[Token, ...]
    marks: tuple[Mark, ...]
    first: int
    last: int
    inherited: tuple[Mark, ...] = ()
    question: bool = False
    open: bool = False
    beside: bool = False

    def of(self, *kinds: str) -> list[Mark]:
        """The phrases of some lists that stand in the clause."""
        return [mark for mark in self.marks if mark.kind in kinds]

    def has(self, *kinds: str) -> bool:
        """Whether a phrase of one of the lists stands in the clause."""
        return any(mark.kind in kinds for mark in self.marks)

    def ids(self, kind: str) -> frozenset[str]:
        """What is named of a kind, here or in the clause before."""
        own = frozenset(mark.id for mark in self.of(kind))
        return own or frozenset(mark.id for mark in self.inherited if mark.kind == kind)

    def own_ids(self, kind: str) -> frozenset[str]:
        """What is named of a kind here."""
        return frozenset(mark.id for mark in self.of(kind))

    def before(
        self, mark: Mark, kinds: Collection[str], *, within: int | None = None
    ) -> list[Mark]:
        """The phrases of some lists that end before a phrase begins."""
        start = self.first if within is None else max(self.first, mark.first - within)
        return [
            each
            for each in self.marks
            if each.kind in kinds
            and start <= each.first <= mark.first
            and not (each.kind == "negation" and each.overlaps(mark))
            and each is not mark
        ]

    def negations(self, mark: Mark, *, within: int | None = None) -> int:
        """How many words of negation stand before a phrase; those of one phrase count once."""
        return len(self.before(mark, ("negation",), within=within))

    def negations_after(self, mark: Mark) -> int:
        """How many words of negation stand close behind a phrase."""
        close = range(mark.last, mark.last + _CLOSE)
        return sum(each.kind == "negation" and each.first in close for each in self.marks)

    def negated(self, mark: Mark) -> bool:
        """Whether a claim is turned round by a negation close before it."""
        return self.negations(mark, within=_CLOSE) % 2 == 1

    def characters(self, mark: Mark) -> tuple[int, int]:
        """The characters of a phrase in the sentence."""
        return self.tokens[mark.first].start, self.tokens[mark.last - 1].end


def clauses_of(
    tokens: list[Token], marks: Iterable[Mark], inherited: tuple[Mark, ...] = ()
) -> list[Clause]:
    """The clauses of a sentence, each with what it takes from the one before."""
    kept = without_covered(_of_amounts(list(marks)), tokens)
    question = bool(tokens) and tokens[-1].word == "?"
    clauses: list[Clause] = []
    for first, last in _spans(tokens):
        own = tuple(mark for mark in kept if first <= mark.first < last)
        clause = Clause(tuple(tokens), own, first, last, inherited, question)
        clauses.append(clause)
        inherited = _carried(clause)
    return _opened(clauses)


def _opened(clauses: list[Clause]) -> list[Clause]:
    """The clauses, each with whether it, or one that names nothing else, calls the result open."""
    general = any(
        (each.has("limit") or _is_open(each))
        and not each.has("analyte", "readout", "scale", "group")
        for each in clauses
    )
    beside = any(each.has("beside") for each in clauses)
    return [replace(each, open=general or _is_open(each), beside=beside) for each in clauses]


_NO = frozenset({"no", "not", "none", "neither", "never", "nothing", "cannot", "nor"})


def _is_open(clause: Clause) -> bool:
    """Whether a clause calls a result open: by its words, or because nothing was established."""
    words = [token.word for token in clause.tokens]
    unproved = any(_NO & {*words[clause.first : mark.first]} for mark in clause.of("proved"))
    return unproved or clause.has("unresolved")


def _carried(clause: Clause) -> tuple[Mark, ...]:
    """The subjects that a following clause may leave out."""
    carried: list[Mark] = []
    for kind in SUBJECTS:
        own = clause.of(kind)
        carried += own or [mark for mark in clause.inherited if mark.kind == kind]
    return tuple(carried)


def _spans(tokens: list[Token]) -> list[tuple[int, int]]:
    starts = [0]
    subordinate = bool(tokens) and tokens[0].word in _CONTRASTS
    for at, token in enumerate(tokens):
        comma = subordinate and token.word == "," and at > _SHORTEST
        subordinate = subordinate and not comma
        if (comma or token.word in _CONTRASTS) and at > starts[-1]:
            starts.append(at)
    return list(zip(starts, [*starts[1:], len(tokens)], strict=True))


def without_covered(marks: list[Mark], tokens: list[Token]) -> list[Mark]:
    """Phrases without those that are a part of a longer one that states something else: "differ"
    in "did not differ", "TNF" in no other analyte's name.
    """
    same = [mark for mark in marks if mark.kind == "same"]
    longer = [
        mark
        for mark in marks
        if mark.kind in _OVER_OTHERS and mark.last - mark.first > 1 and not _runs_into(mark, same)
    ]
    names = [mark for mark in marks if mark.kind in _NAMES and mark.last - mark.first > 1]
    sided = [mark for mark in marks if mark.kind in {"higher", "lower"}]
    analytes = [mark for mark in marks if mark.kind in {"analyte", "other_analyte"}]
    asides = [mark for mark in marks if mark.kind == "aside"]
    return [
        mark
        for mark in dict.fromkeys(marks)
        if not _covered(mark, longer, names)
        and not _set_aside(mark, asides, analytes, tokens)
        and not _of_a_multiple(mark, sided)
    ]


def _runs_into(mark: Mark, same: list[Mark]) -> bool:
    """Whether "not the" is a part of "not the same": a negation, and no denial of a cause."""
    return mark.kind == "denial" and any(
        mark.first < each.first < mark.last < each.last for each in same
    )


def _of_a_multiple(mark: Mark, sided: list[Mark]) -> bool:
    """Whether "as large as" is a part of "twice as large as"."""
    return mark.kind == "same" and any(
        each.overlaps(mark) and each.first < mark.first for each in sided
    )


def _set_aside(mark: Mark, asides: list[Mark], names: list[Mark], tokens: list[Token]) -> bool:
    """Whether an analyte is only named beside what is spoken of (in contrast to TNF and IL-6)."""
    if mark.kind != "analyte":
        return False
    return any(
        each.last <= mark.first and _listed(each.last, mark.first, names, tokens) for each in asides
    )


def _listed(start: int, end: int, names: list[Mark], tokens: list[Token]) -> bool:
    """Whether only names and the words of a list stand between two words."""
    named = {at for name in names for at in range(name.first, name.last)}
    between = (at for at in range(start, end) if at not in named)
    return all(tokens[at].word in {"and", "or", "nor", ","} for at in between)


_SIDED = {"more": "higher", "fewer": "lower"}
_AMOUNTS = frozenset({"analyte", "other_analyte", "readout"})


def _of_amounts(marks: list[Mark]) -> list[Mark]:
    """The phrases; "more" and "less" are claims where an analyte follows (more TNF)."""
    starts = {mark.first for mark in marks if mark.kind in _AMOUNTS}
    kept = []
    for mark in marks:
        kind = _SIDED.get(mark.kind)
        if kind and starts & {mark.last, mark.last + 1}:
            kept.append(replace(mark, kind=kind))
        elif not kind:
            kept.append(mark)
    return kept


_NAMES = frozenset(
    {"analyte", "other_analyte", "cell_type", "scale", "blocked", "stimulus", "group"}
)
_COVERED_BY_NAMES = frozenset(
    {
        "analyte",
        "other_analyte",
        "reference",
        "condition",
        "body_cells",
        "disease",
        "scale",
        "blocked",
    }
)


def _covered(mark: Mark, longer: list[Mark], names: list[Mark]) -> bool:
    if mark.kind in (*CLAIMS, "negation"):
        return any(_inside(mark, other) for other in longer)
    if mark.kind in {"cause", "use", "body"}:
        return any(
            _inside(mark, other) for other in names if other.kind in {"cell_type", "stimulus"}
        )
    if mark.kind == "blocked":
        return any(_inside(mark, other) for other in names if other.kind == "analyte")
    if mark.kind == "group":
        return any(_inside(mark, other) and mark.id != other.id for other in names)
    if mark.kind in _COVERED_BY_NAMES:
        return any(_inside(mark, other) for other in names)
    return False


def _inside(mark: Mark, other: Mark) -> bool:
    """Whether a phrase is a shorter part of another."""
    shorter = mark.last - mark.first < other.last - other.first
    return shorter and other.first <= mark.first and mark.last <= other.last
