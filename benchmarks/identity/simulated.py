"""Answers about invented cells (`drawn`): what is wrong and claimed, what is right, and what other
references turn.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from numpy.random import Generator, SeedSequence, default_rng

from benchmarks.identity.asking import Answer, Case, asked
from benchmarks.identity.drawn import (
    STIMULUS,
    Class,
    Kind,
    World,
    counted,
    cultured,
    references,
    world,
)
from benchmarks.identity.handed import shown
from benchmarks.row import Row
from exvivo.catalog.lineages import lineages

STUDIES = 150
SEED = 1811
_THIRDS = (1, 2, 3)
"""How many further classes a set of references has."""


@dataclass(frozen=True)
class Drawn:
    """One invented study: its cells, the two classes that are held against each other, and what it
    was drawn with.
    """

    of: World = field(repr=False)
    cells: Class
    like: Class
    other: Class
    donors: int
    declared: bool
    log2: bool
    series: int

    def truth(self, like: Class, other: Class) -> Class | None:
        """The class nearer in the tree; None for cells of another lineage than both, and for
        classes of the same distance.
        """
        steps = (self.cells.kind.steps(like.kind), self.cells.kind.steps(other.kind))
        if steps[0] == steps[1]:
            return None
        return like if steps[0] < steps[1] else other

    def impostor(self, like: Class, other: Class) -> bool:
        """Whether neither class is of the lineage of the cells."""
        return min(self.cells.kind.steps(like.kind), self.cells.kind.steps(other.kind)) == 2

    def possible(self, like: Class, other: Class, classes: Sequence[Class]) -> bool:
        """Whether an answer can be given of what was declared: the lineage has a gate, and the
        programme of the cells either is in both classes or in the farther one, or may be taken out
        by a kind that is there with it and without.
        """
        nearer = self.truth(like, other)
        if nearer is None or nearer.kind.lineage not in self.of.gated:
            return False
        farther = other if nearer == like else like
        mine, conditions = self.cells.condition, (nearer.condition, farther.condition)
        if mine == conditions[1]:
            return True
        return mine not in conditions and self._taken_out(classes)

    def _taken_out(self, classes: Sequence[Class]) -> bool:
        mine = {one.kind for one in classes if one.condition == self.cells.condition}
        rest = {one.kind for one in classes if one.condition != self.cells.condition}
        return bool(mine & rest)


def gates() -> dict[str, Sequence[str]]:
    """The gates of the catalog."""
    return {name: lineage.genes for name, lineage in lineages().items()}


def draw(rng: Generator, *, declared: bool = True) -> Drawn:
    """A study: cells of some kind, stimulated in a third of studies, between a class of their own
    lineage and another, or between two of other lineages.
    """
    of = world(rng, gates())
    kinds = list(of.kinds)
    cells = Class(_one(rng, kinds), _condition(rng, 0.33))
    own = [kind for kind in kinds if kind.lineage == cells.kind.lineage]
    others = [kind for kind in kinds if kind.lineage != cells.kind.lineage]
    first = cells.kind if rng.random() < 0.5 else _one(rng, own)
    if rng.random() < 0.25:
        first = _one(rng, others)
    second = _one(rng, [kind for kind in (own if rng.random() < 0.2 else others) if kind != first])
    pair = [Class(first, _condition(rng, 0.25)), Class(second, _condition(rng, 0.25))]
    if rng.random() < 0.5:
        pair.reverse()
    return Drawn(
        of=of,
        cells=cells,
        like=pair[0],
        other=pair[1],
        donors=int(rng.integers(3, 6)),
        declared=declared,
        log2=bool(rng.random() < 0.5),
        series=int(rng.integers(2, 4)),
    )


def _one(rng: Generator, kinds: Sequence[Kind]) -> Kind:
    return kinds[int(rng.integers(len(kinds)))]


def _condition(rng: Generator, share: float) -> str:
    return STIMULUS if rng.random() < share else ""


def thirds(rng: Generator, of: Drawn) -> list[Class]:
    """Further classes of a set of references, not the two that are asked about; in half of the
    studies with a stimulus one kind is there with it and without.
    """
    taken = {of.like, of.other}
    chosen: list[Class] = []
    for _ in range(int(rng.choice(_THIRDS))):
        one = Class(_one(rng, of.of.kinds), _condition(rng, 0.25))
        chosen += [] if one in taken else [one]
        taken.add(one)
    if any(one.condition for one in (of.cells, *taken)) and rng.random() < 0.5:
        kind = _one(rng, [one.kind for one in (of.like, of.other)])
        both = [Class(kind, condition) for condition in ("", STIMULUS)]
        chosen += [one for one in both if one not in taken]
    return chosen


@dataclass(frozen=True)
class Outcome:
    """What came of one study: (answer, like, other, classes) a contrast."""

    of: Drawn
    answers: tuple[tuple[Answer, Class, Class, tuple[Class, ...]], ...]


def cells_of(rng: Generator, of: Drawn) -> tuple[Case, list[Class]]:
    """A case that has its cells and no references yet."""
    samples = cultured(of.of, rng, of.cells.kind, of.cells.condition, declared=of.declared)
    case = Case(
        name="invented",
        genes=of.of.genes,
        cultured=counted(rng, samples, log2=of.log2),
        references=(),
        likes=(),
        condition=of.cells.condition if of.declared else "",
        scale="log2" if of.log2 else "counts",
    )
    return case, [of.like, of.other]


def answered(rng: Generator, of: Drawn, case: Case, prefix: str) -> Outcome:
    """Ask about the cells with a set of references drawn anew."""
    classes = [of.like, of.other, *thirds(rng, of)]
    if not of.declared:  # undeclared, two conditions of a kind would be one class: a mixture
        classes = list({one.kind: one for one in reversed(classes)}.values())[::-1]
        classes = [one for one in classes if one.kind not in (of.like.kind, of.other.kind)]
        classes = [of.like, of.other, *classes]
    samples = references(
        of.of,
        rng,
        classes,
        donors=of.donors,
        series=of.series,
        declared=of.declared,
        prefix=prefix,
    )
    names = names_of(classes, declared=of.declared)
    of_name = {name: one for one, name in names.items()}
    asking = Case(
        name=case.name,
        genes=case.genes,
        cultured=case.cultured,
        references=counted(rng, samples, log2=of.log2),
        likes=(names[of.like],),
        condition=case.condition,
        scale=case.scale,
    )
    told = [answer for answer in asked(asking) if answer.against in of_name]
    return Outcome(
        of,
        tuple((a, of_name[a.like], of_name[a.against], tuple(classes)) for a in told),
    )


def names_of(classes: Sequence[Class], *, declared: bool) -> dict[Class, str]:
    """What the tool calls each class: the kind, with its condition where it is there in several."""
    conditions = Counter(one.kind for one in classes)
    return {
        one: f"{one.kind.name}, {one.condition}"
        if declared and one.condition and conditions[one.kind] > 1
        else one.kind.name
        for one in classes
    }


@dataclass
class Tally:
    """Counts over studies."""

    contrasts: int = 0
    impostors: int = 0
    claimed_impostors: int = 0
    wrong: int = 0
    possible: int = 0
    right: int = 0
    rejected: int = 0
    pairs: int = 0
    turned: int = 0
    why: Counter[str] = field(default_factory=Counter)

    def add(self, outcome: Outcome, name: str) -> None:
        """Count the answers of one study."""
        for answer, like, other, classes in outcome.answers:
            self._one(outcome.of, (answer, like, other), classes, name)

    def _one(
        self,
        of: Drawn,
        asked_: tuple[Answer, Class, Class],
        classes: Sequence[Class],
        name: str,
    ) -> None:
        answer, like, other = asked_
        nearer, impostor = of.truth(like, other), of.impostor(like, other)
        if nearer is None and not impostor:
            return
        self.contrasts += 1
        said = {like.kind.name: like, other.kind.name: other}.get(answer.nearer.split(",")[0])
        claimed_wrong = answer.supported and (impostor or said != nearer)
        self.impostors += impostor
        self.claimed_impostors += impostor and answer.supported
        self.wrong += claimed_wrong
        if claimed_wrong:
            among = ", ".join(map(str, classes))
            shown(name, [f"cells {of.cells}; references {among}: {answer}"])
        if of.possible(like, other, classes):
            right = answer.supported and said == nearer
            self.possible += 1
            self.right += right
            self.rejected += "like_none" in answer.codes
            if "like_none" in answer.codes:
                among = ", ".join(map(str, classes))
                shown(f"rejected, {name}", [f"cells {of.cells}; references {among}: {answer}"])
            if not right:
                self.why.update(answer.codes - {"no_markers"} or {"interval"})

    def turn(self, first: Outcome, second: Outcome, name: str) -> None:
        """Count whether two sets of references give the asked pair opposite, supported signs."""
        both = [outcome.answers[0][0] for outcome in (first, second)]
        signs = {(answer.estimate or 0) > 0 for answer in both}
        turned = all(answer.supported for answer in both) and len(signs) == 2
        self.pairs += 1
        self.turned += turned
        for outcome in (first, second) if turned else ():
            among = ", ".join(map(str, outcome.answers[0][3]))
            cells = outcome.of.cells
            shown(f"turned, {name}", [f"cells {cells}; {among}: {outcome.answers[0][0]}"])


def tally(studies: int, *, declared: bool, seed: int = SEED) -> Tally:
    """Draw studies, ask each with two sets of references, and count."""
    counts = Tally()
    for number, one in enumerate(SeedSequence(seed).spawn(studies)):
        rng = default_rng(one)
        of = draw(rng, declared=declared)
        case, _ = cells_of(rng, of)
        both = [answered(rng, of, case, prefix) for prefix in "rs"]
        name = f"invented study {number}, {'declared' if declared else 'undeclared'}"
        for outcome in both:
            counts.add(outcome, name)
        counts.turn(both[0], both[1], name)
    return counts


def rows(*, studies: int = STUDIES) -> Iterator[Row]:
    """With everything declared, held to the bars; with nothing declared, as it is."""
    for declared in (True, False):
        counts = tally(studies, declared=declared)
        yield from _rows(counts, "declared" if declared else "undeclared", held=declared)
        shown("why possible answers were not right", [str(counts.why.most_common(8))])


def _rows(counts: Tally, word: str, *, held: bool) -> Iterator[Row]:
    what = f"invented cells, {word}:"
    yield Row(
        what=f"{what} wrong and supported",
        value=100 * counts.wrong / counts.contrasts,
        unit=f"% of {counts.contrasts}",
        bar="<= 1" if held else "",
    )
    yield Row(
        what=f"{what} impostors supported",
        value=100 * counts.claimed_impostors / max(counts.impostors, 1),
        unit=f"% of {counts.impostors}",
    )
    yield Row(
        what=f"{what} right where possible",
        value=100 * counts.right / max(counts.possible, 1),
        unit=f"% of {counts.possible}",
        bar=">= 85" if held else "",
    )
    yield Row(
        what=f"{what} like none, of those",
        value=100 * counts.rejected / max(counts.possible, 1),
        unit=f"% of {counts.possible}",
    )
    yield Row(
        what=f"{what} two reference sets, opposite signs",
        value=100 * counts.turned / counts.pairs,
        unit=f"% of {counts.pairs}",
        bar="<= 1" if held else "",
    )
