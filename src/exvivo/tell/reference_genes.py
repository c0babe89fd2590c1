"""The reference genes in words, gene by gene: how stable, and whether a stimulus or a diagnosis
moves them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from exvivo.figures import Figure, value_of
from exvivo.figures import comparison as comparison_of
from exvivo.study import Qpcr, Study
from exvivo.tell import words
from exvivo.tell.fits import Fit

Judgement = Literal["within margin", "moves", "not shown"]
"""The verdicts on a reference gene: shown to hold still, seen to move, neither."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What may move a reference gene: a stimulus, or one group instead of another.

    `condition` is the stimulus, or the group that is compared with the group `baseline`; `label`
    stands before its number in a table, `briefly` in a list of ids, `words` in a sentence.
    """

    condition: str
    baseline: str | None
    label: str
    briefly: str
    words: str


@dataclass(frozen=True, slots=True)
class Shift:
    """How far a comparison moves a gene (log2, with its 90 % interval), and what was judged."""

    value: float
    lower: float | None
    upper: float | None
    moves: bool
    within: bool

    @property
    def text(self) -> str:
        """The number with its interval where there is one."""
        if self.lower is None or self.upper is None:
            return words.number(self.value)
        return f"{words.number(self.value)} ({words.interval(self.lower, self.upper)})"

    @property
    def judgement(self) -> Judgement:
        """A gene inside the margin holds still, even where its small shift is seen."""
        if self.within:
            return "within margin"
        return "moves" if self.moves else "not shown"


def with_stimuli(study: Study) -> list[Comparison]:
    """The comparisons of a stimulus with the control condition."""
    return [
        Comparison(s.id, None, s.id, f"with {s.id}", f"with {s.name}")
        for s in study.stimuli
        if not s.control
    ]


def between_groups(study: Study) -> list[Comparison]:
    """The comparisons of one group with another."""
    return [
        Comparison(
            one.id,
            two.id,
            f"{one.id} − {two.id}",
            f"{one.id} and {two.id}",
            f"between {one.name} and {two.name}",
        )
        for one, two in combinations(study.groups, 2)
    ]


def shifts_of(
    figures: Iterable[Figure], gene: str, comparisons: Iterable[Comparison]
) -> Iterator[tuple[Comparison, Shift]]:
    """The shifts of a gene that were estimated."""
    own = [figure for figure in figures if figure["of"] == gene]
    for comparison in comparisons:
        shifts = comparison_of(own, comparison.condition, comparison.baseline)
        value = shifts.get(("shift", gene))
        if value is not None:
            yield (
                comparison,
                Shift(
                    value,
                    shifts.get(("shift_lower", gene)),
                    shifts.get(("shift_upper", gene)),
                    bool(shifts.get(("shift_moves", gene))),
                    bool(shifts.get(("shift_within", gene))),
                ),
            )


@dataclass(frozen=True, slots=True)
class Gene:
    """A gene of an assay's references; `only` where it is the one declared reference.

    A candidate was measured and is no reference.
    """

    fit: Fit
    name: str
    candidate: bool
    only: bool
    study: Study

    def title(self) -> str:
        """The gene, and whether it is only a candidate."""
        return f"{self.name} (candidate)" if self.candidate else self.name

    def readout(self) -> str:
        """What the assay reads."""
        return self.fit.readout

    def samples(self) -> str:
        """The samples with every reference, and those that lack one."""
        count = self.fit.figures.get("panel_samples" if self.candidate else "stability_samples")
        complete = words.NO_NUMBER if count is None else f"{count:.0f}"
        lacking = self.fit.figure("samples_without_reference")
        if not lacking or self.candidate:
            return complete
        return f"{complete} ({lacking:.0f} without)"

    def m(self) -> str:
        """Of a reference M among the references; of a candidate among all genes measured."""
        figure = "panel_m" if self.candidate else "genorm_m"
        return words.number(value_of(self.fit.quality, figure, of=self.name))

    def rho(self) -> str:
        """NormFinder's stability value; it needs three genes."""
        return words.number(value_of(self.fit.quality, "normfinder", of=self.name))

    def with_stimulus(self) -> str:
        """The shift with every stimulus, with its interval."""
        shifts = self._shifts(with_stimuli(self.study))
        if self.only and shifts != words.NO_NUMBER:
            return f"{shifts} (amount of cDNA included)"
        return shifts

    def between_groups(self) -> str:
        """The unstimulated level of one group minus that of another, with its interval."""
        if self.only and not self.candidate:
            return "cannot be judged: no other reference"
        return self._shifts(between_groups(self.study))

    def _shifts(self, comparisons: Iterable[Comparison]) -> str:
        shifts = shifts_of(self.fit.quality, self.name, comparisons)
        texts = [f"{comparison.label} {shift.text}" for comparison, shift in shifts]
        return "; ".join(texts) or words.NO_NUMBER

    def verdict(self) -> str:
        """The worst of the judgements on a gene, and on what it rests."""
        if self.candidate:
            return "not used"
        comparisons = [*with_stimuli(self.study), *between_groups(self.study)]
        by_judgement: dict[Judgement, list[str]] = {}
        for comparison, shift in shifts_of(self.fit.quality, self.name, comparisons):
            by_judgement.setdefault(shift.judgement, []).append(comparison.briefly)
        for worst in ("moves", "not shown"):
            if worst in by_judgement:
                return f"{worst} ({words.listed(by_judgement[worst])})"
        if not by_judgement:
            return "not shown"
        if self.only:
            return "not judged: the only reference"
        return f"within margin (±{self.fit.figure('margin'):g} log2)"


def genes_of(fit: Fit, study: Study) -> Iterator[Gene]:
    """The genes of a row of references: the declared ones first, then the candidates."""
    assay = study.assay(fit.assay)
    references = list(dict.fromkeys(assay.references)) if isinstance(assay, Qpcr) else []
    only = len(references) == 1
    for name in references:
        yield Gene(fit, name, candidate=False, only=only, study=study)
    for name in fit.of("candidate"):
        yield Gene(fit, name, candidate=True, only=only, study=study)
