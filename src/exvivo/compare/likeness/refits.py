"""The same contrast without each reference sample, each class and each batch: how far it moves."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from exvivo.arrays import Bools, Floats
from exvivo.compare.likeness.gram import Asked, every_class, similar, weights_of, without_class
from exvivo.compare.likeness.profiles import Profiles
from exvivo.compare.likeness.record import Likeness

Refits = Mapping[str, Floats]
"""Similarities to the classes (classes,), means over the donors, by the name of what was left out;
NaN where there is none.
"""


def contrasts(refits: Refits, weights: Floats) -> dict[str, float]:
    """The contrast (weights over the classes) without each, where there is one."""
    counted = weights != 0
    means = {name: float(each[counted] @ weights[counted]) for name, each in refits.items()}
    return {name: mean for name, mean in means.items() if np.isfinite(mean)}


def without_samples(likeness: Likeness) -> Refits:
    """Without each reference sample that its class can spare, however many there are."""
    profiles = likeness.profiles
    spared = [i for i, name in enumerate(profiles.classes) if profiles.of(name).sum() > 1]
    asked, everyone = every_class(len(profiles.names)), np.arange(len(profiles.people))
    return {profiles.people[i].label: _means(likeness, everyone != i, asked) for i in spared}


def without_classes(likeness: Likeness, name: str) -> Refits:
    """Without each class that is no side of a contrast, where three or more remain; with two that
    remain it is the contrast over their own axis.
    """
    names = likeness.profiles.names
    if len(names) < 4:
        return {}
    thirds = [one for one in names if one not in (likeness.question.like, name)]
    asked = {one: without_class(len(names), likeness.place(one)) for one in thirds}
    return {one: likeness.of(asked[one]).similar.mean(axis=0) for one in thirds}


def without_batches(likeness: Likeness, name: str) -> Refits:
    """Without each batch of the references that leaves a sample on both sides of a contrast; a
    class of that batch alone is left out with it.
    """
    profiles, refits = likeness.profiles, {}
    sides = [likeness.place(likeness.question.like), likeness.place(name)]
    for batch in batches(profiles):
        kept = np.array([person.batch != batch for person in profiles.people])
        left = np.array([(profiles.of(one) & kept).any() for one in profiles.names])
        if left[sides].all():
            asked = Asked(np.eye(len(left)), left / left.sum())
            refits[batch] = _means(likeness, kept, asked)
    return refits


def batches(profiles: Profiles) -> list[str]:
    """The declared batches of the references."""
    return list(dict.fromkeys(person.batch for person in profiles.people if person.batch))


def _means(likeness: Likeness, kept: Bools, asked: Asked) -> Floats:
    """Similarities with some of the reference samples, means over the donors."""
    weights = weights_of(likeness.profiles, kept)
    return np.asarray(similar(likeness.gram, weights, asked).mean(axis=0))
