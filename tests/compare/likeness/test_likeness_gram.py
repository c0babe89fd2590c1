"""Similarities by inner products are those of the plain formula, whatever is left out or taken
out, and so are the weights of who gave a class.
"""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from likeness_worlds import cultured, names_of, references
from plain_likeness import plain, plain_each

from exvivo.arrays import Floats
from exvivo.compare.likeness.gram import Asked, gram_of, pair, similar, weights_of, without_class
from exvivo.compare.likeness.profiles import Profiles, profiles_of
from exvivo.tables import PROFILES

CLASSES = {"microglia": 3, "monocyte": 2, "macrophage": 4}


def profiles(seed: int, own: tuple[str, ...] = (), level: float = 0.0) -> Profiles:
    """Five donors, and nine references of three classes, some of them the donors' own."""
    rng = np.random.default_rng(seed)
    base = rng.normal(level, 3, 50)
    rows = cultured({f"FM{i}": base + rng.normal(0, 1, 50) for i in range(5)}, names_of(50))
    samples: dict[str, Floats] = {}
    for kind, n in CLASSES.items():
        names = [f"{kind}:{'FM' if kind in own else 'S'}{i}" for i in range(n)]
        samples |= {name: base + rng.normal(0, 1, 50) for name in names}
    donors = tuple(f"FM{i}" for i in range(5))
    rows += references(samples, names_of(50), donors=donors)
    return profiles_of(PROFILES.frame(rows).filter(pl.col("role") != "markers"), ())


def means_for(of: Profiles, donor: int, kept: np.ndarray | None = None) -> Floats:
    """Class means without the donor's own samples and those not kept, where others are left."""
    columns = []
    for kind in of.names:
        mine = np.array([name == kind for name in of.classes])
        for out in (kept, ~of.own[donor]):
            if out is not None and (mine & out).any():
                mine = mine & out
        columns.append(of.references[:, mine].mean(axis=1))
    return np.column_stack(columns)


MIXES = {
    "every": Asked(np.eye(3), np.full(3, 1 / 3)),
    "pair": pair(3, 2, 0),
    "without": without_class(3, 1),
    "corner": Asked(np.array([[1.0, -1.0, 1.0], [0.0, 1.0, 0.0]]), np.array([0.5, 0.2, 0.3])),
}


@pytest.mark.parametrize("mix", MIXES)
@pytest.mark.parametrize("own", [(), ("monocyte",), ("monocyte", "microglia")], ids=str)
def test_similarities_are_those_of_the_plain_formula(mix: str, own: tuple[str, ...]) -> None:
    of, asked = profiles(1, own, level=12.0), MIXES[mix]
    for left_out in (None, 0, 4):
        kept = None if left_out is None else np.arange(len(of.people)) != left_out
        found = similar(gram_of(of), weights_of(of, kept), asked)
        for d, x in enumerate(of.cultured.T):
            means = means_for(of, d, kept)
            expected = [plain(x, means, row, asked.centre) for row in asked.towards]
            assert found[d] == pytest.approx(expected, abs=1e-10)


def test_many_left_out_at_once_are_those_left_out_one_by_one() -> None:
    of = profiles(2, ("macrophage",))
    kept = ~np.eye(len(of.people), dtype=np.bool_)
    together = similar(gram_of(of), weights_of(of, kept), MIXES["every"])
    for i, one in enumerate(kept):
        alone = similar(gram_of(of), weights_of(of, one), MIXES["every"])
        assert together[i] == pytest.approx(alone, abs=1e-12)


def test_a_direction_is_taken_out_of_every_column() -> None:
    of = profiles(3)
    direction = np.array([1.0, 0, 0, -1.0, 0, 0.5, -0.5, 0, 0])
    columns = np.hstack([of.cultured, of.references])
    columns = columns - columns.mean(axis=0)
    along = columns[:, 5:] @ direction
    left = columns - np.outer(along, along @ columns) / (along @ along)
    classes = np.array(of.classes)
    means = np.column_stack([left[:, 5:][:, classes == kind].mean(axis=1) for kind in of.names])
    expected = plain_each(left[:, :5], means, np.eye(3), np.full(3, 1 / 3))
    gram = gram_of(of).without(direction)
    found = similar(gram, weights_of(of), MIXES["every"])
    assert found == pytest.approx(expected, abs=1e-10)
    same = gram.without(direction)
    assert similar(same, weights_of(of), MIXES["every"]) == pytest.approx(found, abs=1e-8)


def test_givers_weigh_alike_and_share_their_weight_among_their_samples() -> None:
    rng = np.random.default_rng(4)
    rows = cultured({"FM0": rng.normal(0, 1, 20)}, names_of(20))
    for batch, kinds in (("a", ("monocyte", "microglia")), ("b", ("monocyte",))):
        names = [f"{kind}:D" for kind in kinds]
        samples = {f"{name}0": rng.normal(0, 1, 20) for name in names}
        samples |= {f"{name}1": rng.normal(0, 1, 20) for name in names}
        if batch == "b":
            del samples["monocyte:D1"]
        made = references(samples, names_of(20), donors=("D0", "D1"))
        rows += [r | {"batch": batch, "sample": f"{r['sample']}.{batch}"} for r in made]
    of = profiles_of(PROFILES.frame(rows), ())
    weights = dict(zip(of.names, weights_of(of)[0], strict=True))
    given = [(p.cell, p.donor, p.batch) for p in of.people]
    assert dict(zip(given, weights["monocyte"], strict=True)) == pytest.approx(
        dict.fromkeys(given, 0.0)
        | {
            ("monocyte", "D0", "a"): 0.25,
            ("monocyte", "D0", "b"): 0.25,
            ("monocyte", "D1", "a"): 0.5,
        }
    )
    assert sorted(weights["microglia"]) == [0, 0, 0, 0.5, 0.5]


def test_a_profile_without_spread_has_no_similarity() -> None:
    of = profiles(5)
    flat = of.references[:, :1] * np.ones((1, 9))
    levelled = Profiles(**{**vars(of), "references": flat})
    assert np.isnan(similar(gram_of(levelled), weights_of(levelled), MIXES["every"])).all()
