"""Likelihoods in batches: how many are made at a time changes nothing, and points that are taken
together say what each says by itself.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from exvivo.arrays import Floats
from exvivo.compare import blocks
from exvivo.compare.methods import group_model
from exvivo.compare.methods.donor_likelihoods import Wells, with_errors
from exvivo.compare.methods.group_model import GroupModel
from exvivo.compare.methods.well_likelihood import coefficient_without_each
from exvivo.compare.sample import Well

DONORS = 12
ASKED = np.repeat([1.0, 0.0], DONORS // 2)
HELD = np.tile([1.0, 0.0, 0.0], DONORS // 3)[:, None]
SPREAD = (ASKED == 0).astype(np.int64)


def counted(seed: int, *, sides: int = 2) -> Wells:
    """Two wells a side: few copies, none at times, and of every fourth donor so many that counting
    is normal.
    """
    rng = np.random.default_rng(seed)
    made = []
    for donor in range(DONORS):
        level = rng.normal(1.5, 0.6) + (8.0 if donor % 4 == 3 else 0.0)
        wells = []
        for side in (-1.0, 1.0)[-sides:]:
            for copies in rng.poisson(2.0 ** (level + (side > 0)), 2):
                value = math.log2(copies) + 0.1 * rng.normal() if copies else None
                wells.append(Well(side=side, value=value, sd=0.1 if copies else None, one_copy=0.0))
        made.append(tuple(wells))
    return with_errors(tuple(made))


def vectors(model: GroupModel) -> Floats:
    """Some parameters around the first guess."""
    rng = np.random.default_rng(3)
    return np.asarray(model.start + rng.normal(0, 0.3, (7, len(model.start))))


@pytest.mark.parametrize("sides", [1, 2])
def test_points_together_say_what_each_says_by_itself(
    sides: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    wells, design = counted(1, sides=sides), np.column_stack([np.ones(DONORS), ASKED, HELD])
    together, by_row = (GroupModel.of(wells, design, SPREAD) for _ in range(2))
    assert together._points is not None
    assert 0 < len(together._points.of_others) < len(together.rows.donor) / 2
    monkeypatch.setattr(group_model, "_MOST_REST", -1.0)
    assert by_row._points is None
    fast, slow = together.scores(vectors(together)), by_row.scores(vectors(by_row))
    assert fast.logs == pytest.approx(slow.logs, rel=1e-11, abs=1e-11)
    assert fast.slopes == pytest.approx(slow.slopes, rel=1e-9, abs=1e-9)


def seen_and_not(seed: int) -> Wells:
    """Exact wells on two sides, some unseen."""
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(DONORS):
        low, high = rng.normal(1, 0.8), rng.normal(2.5, 0.8)
        unseen = low < 0.8
        first = Well(side=-1.0, value=None if unseen else low, upper=0.8 if unseen else None)
        made.append((first, Well(side=1.0, value=high)))
    return tuple(made)


@pytest.mark.parametrize("wells", [counted(2), seen_and_not(3)], ids=["counted", "bounded"])
def test_room_for_one_at_a_time_gives_the_same(
    wells: Wells, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    scores = GroupModel.scores

    def watched(model: GroupModel, at: Floats) -> group_model.Scores:
        sizes.append(len(at))
        return scores(model, at)

    monkeypatch.setattr(GroupModel, "scores", watched)
    whole = coefficient_without_each(wells, ASKED, HELD)
    assert max(sizes) >= DONORS
    sizes.clear()
    monkeypatch.setattr(blocks, "ROOM", 1)
    alone = coefficient_without_each(wells, ASKED, HELD)
    assert max(sizes) == 1
    assert alone == pytest.approx(whole, rel=1e-10, abs=1e-10, nan_ok=True)


def test_a_large_study_is_done_in_batches() -> None:
    """400 donors with 76 parameters: no array of a batch holds more numbers than there is room
    for.
    """
    parts = list(blocks.batches(400 * 77, 400 * 76))
    assert sum(part.stop - part.start for part in parts) >= 400 * 77
    assert max(part.stop - part.start for part in parts) * 400 * 76 <= blocks.ROOM
    assert [*blocks.batches(2, 10 * blocks.ROOM)] == [slice(0, 1), slice(1, 2)]
