"""What must hold besides the interval before cells may be called more like one class than another:
the nearer one is near, and the sign does not hang on the panel, on another class, on a batch or on
the centre.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from exvivo import catalog
from exvivo.compare.design import SAME_RESULT
from exvivo.compare.estimate import Estimate, filled
from exvivo.compare.judge.leave_one_out import farthest, range_of
from exvivo.compare.likeness.gram import pair
from exvivo.compare.likeness.profiles import Profiles, with_genes
from exvivo.compare.likeness.record import Likeness, likeness_of
from exvivo.compare.likeness.refits import batches, contrasts, without_batches, without_classes
from exvivo.findings import Caveat, CaveatCode, Estimand, EstimandCode, Facts, Finding
from exvivo.methods import ALL_GENES, PAIR_AXIS, WITHOUT_BATCH, WITHOUT_CLASS, Method

MORE_GENES = 10
"""All genes are asked beside a panel where there are so many times as many as it has."""
MANY_GENES = 1000
"""So many genes are enough beside any panel."""
_PAIR = np.array([1.0, -1.0])


@dataclass(frozen=True)
class Checked:
    """What a check found: what stands against the answer, and its number."""

    against: tuple[Caveat, ...]
    findings: tuple[Finding, ...] = ()


def over_all_genes(likeness: Likeness) -> Likeness | None:
    """The same question over all genes of both tables; None where no panel was named, or where
    there are not enough more: 10 times as many as the panel's, or 1,000.
    """
    profiles = likeness.profiles
    if not likeness.question.markers or not _enough(profiles):
        return None
    wide = with_genes(profiles, ())
    return likeness_of(
        likeness.question, wide, likeness.groups, likeness.blank, alpha=likeness.alpha
    )


def _enough(profiles: Profiles) -> bool:
    """Whether both tables hold enough genes beside those compared."""
    cultured, references = profiles.whole
    shared, compared = len(set(cultured.genes) & set(references.genes)), len(profiles.genes)
    return shared > compared and shared >= min(MORE_GENES * compared, MANY_GENES)


def checks(likeness: Likeness, wide: Likeness | None, name: str, answer: Finding) -> list[Checked]:
    """All checks of an answer, the contrast with one other class."""
    made = [_near(likeness, name, answer), _range_of_panel(likeness, name)]
    made.append(_pair_axis(likeness, name, answer))
    if wide is not None:
        made.append(_all_genes(wide, name, answer))
    return [*made, _classes(likeness, name, answer), *_batches(likeness, name, answer)]


def nearer_of(likeness: Likeness, name: str, answer: Finding) -> str:
    """The class that the cells are nearer to, of the two of a contrast."""
    return likeness.question.like if (answer.estimate or 0.0) > 0 else name


def _near(likeness: Likeness, name: str, answer: Finding) -> Checked:
    """Whether the nearer class is near: the lower end of the similarity to it lies above 0."""
    nearer = nearer_of(likeness, name, answer)
    z = similarity(likeness, nearer)
    lower = float(np.tanh(z.lower))
    facts: Facts = {"cell": nearer, "lower": lower}
    return Checked((Caveat("nearer_not_alike", facts),) if lower <= 0 else ())


def _range_of_panel(likeness: Likeness, name: str) -> Checked:
    """Whether the panel may meet the cells of both classes."""
    panel, profiles = catalog.panel_named(likeness.question.markers), likeness.profiles
    if panel is None:
        return Checked(())
    sides = (likeness.question.like, name)
    outside = [one for one in sides if panel.may_meet(profiles.first_of(one).cell) is False]
    return Checked(tuple(_outside(panel.name, one) for one in outside))


def _outside(panel: str, cell: str) -> Caveat:
    """That a panel was not made to be held against a class."""
    return Caveat("panel_outside_its_range", {"panel": panel, "cell": cell})


def similarity(likeness: Likeness, name: str) -> Estimate:
    """Similarity to one class on Fisher's scale, z = atanh r: the mean of the donors; without an
    interval (the ends are the mean) where all have the same.
    """
    slopes = likeness.every.fishers(likeness.place(name))
    if np.ptp(slopes.values) <= SAME_RESULT:
        mean = float(slopes.values.mean())
        return Estimate(mean, mean, mean, 1.0)
    return likeness.estimated(slopes)


def _pair_axis(likeness: Likeness, name: str, answer: Finding) -> Checked:
    """The contrast centred at the midpoint of its two classes: no other class counts."""
    sides = likeness.place(likeness.question.like), likeness.place(name)
    alone = likeness.of(pair(len(likeness.profiles.names), *sides)).contrast(_PAIR)
    finding = _again(answer, PAIR_AXIS, "pair_axis", likeness.estimated(alone))
    return Checked(_turned(answer, "pair_axis_against", finding), (finding,))


def _all_genes(wide: Likeness, name: str, answer: Finding) -> Checked:
    """The contrast over all genes of both tables."""
    genes, estimate = len(wide.profiles.genes), wide.estimate(name)
    finding = _again(answer, ALL_GENES, "all_genes", estimate, genes=genes)
    return Checked(_turned(answer, "panel_against_all_genes", finding), (finding,))


def _again(
    answer: Finding, method: Method, code: EstimandCode, estimate: Estimate, **facts: int
) -> Finding:
    """An answer estimated in another way, beside it."""
    estimand = Estimand(code, {**answer.estimand.facts, **facts})
    blank = replace(answer, part="beside", warnings=(), estimand=estimand, method_facts={})
    return filled(blank, method, estimate)


def _turned(answer: Finding, code: CaveatCode, other: Finding) -> tuple[Caveat, ...]:
    """That another estimate of the same does not point the same way."""
    if not _turns(answer, other.estimate):
        return ()
    return (Caveat(code, {**other.estimand.facts, "estimate": other.estimate or 0.0}),)


def _turns(answer: Finding, estimate: float | None) -> bool:
    """Whether an estimate does not point the way of the answer."""
    return (answer.estimate or 0.0) * (estimate or 0.0) <= 0


def _classes(likeness: Likeness, name: str, answer: Finding) -> Checked:
    """The contrast without each other class."""
    means = contrasts(without_classes(likeness, name), likeness.less(name))
    findings = _ranges(answer, WITHOUT_CLASS, "without_class", "cell", means)
    cells = tuple(one for one, mean in means.items() if _turns(answer, mean))
    return Checked((Caveat("class_decides", {"cells": cells}),) if cells else (), findings)


def _batches(likeness: Likeness, name: str, answer: Finding) -> Iterator[Checked]:
    """The contrast without each batch of the references, and whether batches tell the sides."""
    means = contrasts(without_batches(likeness, name), likeness.less(name))
    findings = _ranges(answer, WITHOUT_BATCH, "without_batch", "batch", means)
    turning = tuple(one for one, mean in means.items() if _turns(answer, mean))
    against = (Caveat("batch_decides", {"batches": turning}),) if turning else ()
    yield Checked(against, findings)
    if _batch_is_class(likeness.profiles, likeness.question.like, name):
        yield Checked((Caveat("batch_is_class", answer.estimand.facts),))
    yield Checked(tuple(_batch_of_cells(likeness, name, answer)))


def _ranges(
    answer: Finding, method: Method, code: EstimandCode, fact: str, means: dict[str, float]
) -> tuple[Finding, ...]:
    """The range of some estimates behind the answer, with what moves it most."""
    if not means or answer.estimate is None:
        return ()
    estimates = np.array(list(means.values()))
    most = farthest(list(means), estimates, answer.estimate)
    estimand = Estimand(code, {**answer.estimand.facts, fact: most})
    return (range_of(answer, method, estimates, estimand),)


def _batch_is_class(profiles: Profiles, like: str, other: str) -> bool:
    """Whether both classes have batches in all of their samples, and none in common."""
    if not batches(profiles):
        return False
    of_like, of_other = (_batches_of(profiles, name) for name in (like, other))
    return "" not in of_like | of_other and not of_like & of_other


def _batch_of_cells(likeness: Likeness, name: str, answer: Finding) -> Iterator[Caveat]:
    """That all of the nearer class, and none of the other, was made in a batch of the cultured
    cells: what the batch does then makes them alike, whatever they are.
    """
    nearer, profiles = nearer_of(likeness, name, answer), likeness.profiles
    farther = name if nearer == likeness.question.like else likeness.question.like
    own, of_nearer = profiles.whole[0].batches, _batches_of(profiles, nearer)
    if of_nearer <= own and not _batches_of(profiles, farther) & own:
        facts: Facts = {"cell": nearer, "against": farther, "batches": tuple(sorted(of_nearer))}
        yield Caveat("batch_of_cells", facts)


def _batches_of(profiles: Profiles, name: str) -> set[str]:
    """The batches of a class; empty names of samples without one."""
    pairs = zip(profiles.people, profiles.classes, strict=True)
    return {person.batch for person, cell in pairs if cell == name}
