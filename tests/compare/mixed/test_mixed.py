"""Mixed models of wells: the same as the textbook's matrices, as t tests where those are exact, and
honest where they are not.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from exvivo.arrays import Floats, Ints
from exvivo.compare.mixed.fit import (
    CHUNK,
    Contrasts,
    Design,
    DfMethod,
    Fits,
    Random,
    contrasts,
    fit,
    fit_each,
)

INTERACTION = np.array([[0.0, 0, 0, 1]])
WIDE = 3.3
"""Standard errors of a Monte-Carlo band: one false alarm in a thousand."""


@dataclass(frozen=True)
class Layout:
    """Whose each well is, on which plate, and whether it is stimulated and of the first group (0 or
    1).
    """

    donor: Ints
    plate: Ints
    stimulated: Floats
    group: Floats


def laid_out(
    first: int, second: int, *, wells: int = 3, plates: int = 4, crossed: bool = False
) -> Layout:
    """Donors of two groups in two conditions, each wholly on a plate or (crossed) its conditions on
    neighbouring ones.
    """
    donor = np.repeat(np.arange(first + second), 2 * wells)
    stimulated = np.tile(np.repeat([0.0, 1.0], wells), first + second)
    plate = (donor * 7 + (stimulated.astype(np.intp) if crossed else 0)) % plates
    return Layout(donor, plate, stimulated, (donor < first).astype(np.float64))


def by_stimulus(at: Layout, *, plates: bool = True, apart: bool = False) -> Design:
    """y ~ group * stimulus + (stimulus | donor) + (1 | plate); `apart`: donors' covariance by
    group.
    """
    one, g, c = np.ones(len(at.donor)), at.group, at.stimulated
    both = np.column_stack([one, c])
    donors = tuple(Random(both * w[:, None], at.donor) for w in ((g, 1 - g) if apart else (one,)))
    plate = (Random(one[:, None], at.plate),) if plates else ()
    return Design(np.column_stack([one, g, c, g * c]), (*donors, *plate))


def drawn(rng: np.random.Generator, at: Layout, studies: int, **sd: float) -> Floats:
    """Wells of studies in which the groups differ in nothing, but (`second`) the spread of the
    second one's responses.
    """
    donors = int(at.donor.max()) + 1
    spread = np.where(
        at.group[np.searchsorted(at.donor, np.arange(donors))] > 0, 1.0, sd.get("second", 1.0)
    )
    level = sd.get("level", 0.6) * rng.normal(size=(studies, donors))
    response = (sd.get("response", 0.4) * rng.normal(size=level.shape) + 0.15 * level) * spread
    plates = sd.get("plate", 0.25) * rng.normal(size=(studies, int(at.plate.max()) + 1))
    noise = sd.get("well", 0.15) * rng.normal(size=(studies, len(at.donor)))
    wells = level[:, at.donor] + response[:, at.donor] * at.stimulated + plates[:, at.plate] + noise
    return np.asarray(5 + 1.3 * at.stimulated + wells)


# --- the textbook's matrices, every well on its own -------------------------------------------------------------------------


class Textbook:
    """REML, Kenward-Roger and Satterthwaite by n x n matrices, written anew from the papers."""

    def __init__(self, y: Floats, design: Design) -> None:
        kept = ~np.isnan(y)
        self.y, self.x = y[kept], design.fixed[kept]
        n = len(self.y)
        self.known = np.zeros((n, n))
        if design.known_variance is not None:
            self.known += np.diag(design.known_variance[kept])
        if design.shared is not None:
            self.known += design.shared[kept] @ design.shared[kept].T
        self.orders = [term.columns.shape[1] for term in design.random]
        self.parts: list[Floats] = []
        for term in design.random:
            levels = np.asarray(term.levels)
            z = (levels[:, None] == np.unique(levels))[:, :, None] * term.columns[:, None, :]
            z = z[kept]
            for a, b in zip(*np.tril_indices(term.columns.shape[1]), strict=True):
                product = z[:, :, a] @ z[:, :, b].T
                self.parts.append(product if a == b else product + product.T)
        self.parts.append(np.eye(n))

    def theta(self, fits: Fits, study: int = 0) -> Floats:
        found = [
            g[study][np.tril_indices(q)] for g, q in zip(fits.covariances, self.orders, strict=True)
        ]
        return np.concatenate([*found, [fits.residual[study]]])

    def covariance(self, theta: Floats) -> Floats:
        return np.asarray(self.known + np.tensordot(theta, np.array(self.parts), 1))

    def criterion(self, theta: Floats) -> float:
        v = self.covariance(theta)
        inverse = np.linalg.inv(v)
        information = self.x.T @ inverse @ self.x
        rest = self.y - self.x @ np.linalg.solve(information, self.x.T @ inverse @ self.y)
        logs = np.linalg.slogdet(v)[1] + np.linalg.slogdet(information)[1]
        return float(
            logs + rest @ inverse @ rest + (len(self.y) - self.x.shape[1]) * np.log(2 * np.pi)
        )

    def lowest(self) -> float:
        """The lowest criterion another optimiser reaches from two places of its own."""
        rng = np.random.default_rng(1)

        def at(root: Floats) -> float:
            found, start = [], 0
            for q in self.orders:
                factor = np.zeros((q, q))
                factor[np.tril_indices(q)] = root[start : start + q * (q + 1) // 2]
                start += q * (q + 1) // 2
                found.append((factor @ factor.T)[np.tril_indices(q)])
            return self.criterion(np.concatenate([*found, [np.exp(root[-1])]]))

        starts = [rng.normal(size=len(self.parts)) * self.y.std() * 0.5 for _ in range(2)]
        return min(float(optimize.minimize(at, start, method="BFGS").fun) for start in starts)

    def contrast(self, theta: Floats, c: Floats) -> dict[str, float]:
        """Estimate, errors and degrees of freedom of one contrast; the observed information is of
        theta.
        """
        v = np.linalg.inv(self.covariance(theta))
        phi = np.linalg.inv(self.x.T @ v @ self.x)
        p = v - v @ self.x @ phi @ self.x.T @ v
        slopes = [-self.x.T @ v @ a @ v @ self.x for a in self.parts]
        expected = np.array(
            [[0.5 * np.trace(p @ a @ p @ b) for b in self.parts] for a in self.parts]
        )
        observed = (
            np.array(
                [[self.y @ p @ a @ p @ b @ p @ self.y for b in self.parts] for a in self.parts]
            )
            - expected
        )
        w = np.linalg.inv(expected)
        added = np.zeros_like(phi)
        for i, a in enumerate(self.parts):
            for j, b in enumerate(self.parts):
                q = self.x.T @ v @ a @ v @ b @ v @ self.x
                added += w[i, j] * (q - slopes[i] @ phi @ slopes[j])
        adjusted = phi + 2 * phi @ added @ phi
        by = np.array([-c @ phi @ s @ phi @ c for s in slopes])
        plain = float(c @ phi @ c)
        return {
            "estimate": float(c @ phi @ self.x.T @ v @ self.y),
            "plain": plain**0.5,
            "adjusted": float(c @ adjusted @ c) ** 0.5,
            "kenward-roger": 2 * plain**2 / float(by @ w @ by),
            "satterthwaite": 2 * plain**2 / float(by @ np.linalg.solve(observed, by)),
        }


def uneven(seed: int, *, known: bool, shared: bool) -> tuple[Floats, Design]:
    """A small study with cultures in donors, plates across them, uneven numbers of wells, perhaps
    with known errors.
    """
    rng = np.random.default_rng(seed)
    rows = [
        (donor, 2 * donor + culture, stimulated, int(rng.integers(3)))
        for donor in range(int(rng.integers(6, 11)))
        for culture in range(int(rng.integers(1, 3)))
        for stimulated in (0, 1)
        for _ in range(int(rng.integers(1, 4)))
    ]
    donor, culture, c, plate = np.array(rows).T
    n, g = len(rows), donor % 2
    one = np.ones(n)
    terms = [Random(np.column_stack([one, c]), donor), Random(one[:, None], plate)]
    if rng.random() < 0.5:
        terms.insert(1, Random(one[:, None], culture))
    loadings = np.column_stack([0.3 * (plate == 1) * (1 + c), 0.2 * (donor == 2)])
    design = Design(
        np.column_stack([one, g, c, g * c]),
        tuple(terms),
        rng.choice([0.0, 0.02, 0.1], n) if known else None,
        loadings if shared else None,
    )
    y = rng.normal(size=n) * 0.3 + rng.normal(size=20)[donor] + rng.normal(size=20)[donor] * c * 0.6
    y = y + 0.5 * rng.normal(size=3)[plate]
    y[rng.random(n) < 0.05] = np.nan
    return y, design


@settings(max_examples=25)
@given(seed=st.integers(0, 10**6), known=st.booleans(), shared=st.booleans())
def test_cells_give_the_criterion_of_the_wells_and_nobody_finds_a_lower_one(
    seed: int, known: bool, shared: bool
) -> None:
    y, design = uneven(seed, known=known, shared=shared)
    found = fit(y, design)
    assert found.converged.all()
    book = Textbook(y, design)
    assert found.criterion[0] == pytest.approx(
        book.criterion(book.theta(found)), rel=1e-8, abs=1e-7
    )
    if seed % 3 == 0:
        assert found.criterion[0] <= book.lowest() + 1e-6


@settings(max_examples=25)
@given(seed=st.integers(0, 10**6), known=st.booleans(), shared=st.booleans())
def test_errors_and_degrees_of_freedom_are_those_of_the_papers(
    seed: int, known: bool, shared: bool
) -> None:
    y, design = uneven(seed, known=known, shared=shared)
    found = fit(y, design)
    if (
        found.singular.any()
        or np.min(np.linalg.eigvalsh(found.covariances[0])) < 1e-3
        or found.residual[0] < 1e-3
    ):
        return  # at a boundary the observed information of theta is another
    book = Textbook(y, design)
    for c in np.eye(4):
        expected = book.contrast(book.theta(found), c)
        by_kr, by_s = (
            contrasts(found.fixed, c, by=by) for by in ("kenward-roger", "satterthwaite")
        )
        assert by_kr.estimate[0, 0] == pytest.approx(expected["estimate"], rel=1e-6, abs=1e-8)
        assert by_kr.error[0, 0] == pytest.approx(expected["adjusted"], rel=1e-6)
        assert by_s.error[0, 0] == pytest.approx(expected["plain"], rel=1e-6)
        assert by_kr.df[0, 0] == pytest.approx(expected["kenward-roger"], rel=1e-5)
        assert by_s.df[0, 0] == pytest.approx(expected["satterthwaite"], rel=1e-5)


def test_each_well_as_a_cell_of_its_own_gives_the_same_numbers() -> None:
    """Known variances too small to matter keep the wells of a cell apart."""
    at = laid_out(7, 5, crossed=True)
    y = drawn(np.random.default_rng(3), at, 1)[0]
    design = by_stimulus(at)
    apart = replace(design, known_variance=np.linspace(0, 1e-14, len(y)))
    whole, reduced = fit(y, apart), fit(y, design)
    assert whole.criterion == pytest.approx(reduced.criterion, rel=1e-10)
    assert whole.fixed.adjusted == pytest.approx(reduced.fixed.adjusted, rel=1e-8)
    assert whole.fixed.expected == pytest.approx(reduced.fixed.expected, rel=1e-7)


# --- where a t test is exact ------------------------------------------------------------------------------------------------


def responses(y: Floats, at: Layout) -> tuple[Floats, Floats]:
    """Stimulated minus unstimulated of each donor, of the first and the second group (studies,
    donors).
    """
    wells = y.reshape(len(y), int(at.donor.max()) + 1, 2, -1).mean(axis=3)
    first = at.group.reshape(wells.shape[1], -1)[:, 0] > 0
    response = wells[:, :, 1] - wells[:, :, 0]
    return response[:, first], response[:, ~first]


@pytest.mark.parametrize("by", ["kenward-roger", "satterthwaite"])
def test_balanced_wells_give_students_t_test_of_the_donors_responses(by: DfMethod) -> None:
    at = laid_out(14, 10)
    y = drawn(np.random.default_rng(4), at, 200)
    found = fit(y, by_stimulus(at))
    asked = contrasts(found.fixed, INTERACTION, by=by)
    x, z = responses(y, at)
    expected = stats.ttest_ind(x, z, axis=1)
    inner = ~found.singular
    assert inner.sum() > 100
    assert asked.p[inner, 0] == pytest.approx(expected.pvalue[inner], rel=1e-6)
    assert asked.df[inner, 0] == pytest.approx(22.0, rel=1e-6)
    interval = expected.confidence_interval(0.95)
    assert asked.lower[inner, 0] == pytest.approx(interval.low[inner], abs=1e-8)
    assert asked.upper[inner, 0] == pytest.approx(interval.high[inner], abs=1e-8)


def test_a_covariance_for_each_group_gives_welchs_t_test() -> None:
    at = laid_out(14, 10)
    y = drawn(np.random.default_rng(5), at, 200, second=2.0)
    found = fit(y, by_stimulus(at, apart=True, plates=False))
    asked = contrasts(found.fixed, INTERACTION, by="satterthwaite")
    expected = stats.ttest_ind(*responses(y, at), axis=1, equal_var=False)
    inner = ~found.singular
    assert inner.sum() > 150
    assert asked.p[inner, 0] == pytest.approx(expected.pvalue[inner], rel=1e-5)
    assert asked.df[inner, 0] == pytest.approx(expected.df[inner], rel=1e-5)
    adjusted = contrasts(found.fixed, INTERACTION)
    assert adjusted.p[inner, 0] == pytest.approx(expected.pvalue[inner], rel=1e-5)


def test_a_single_group_of_donors_is_a_paired_t_test() -> None:
    at = laid_out(9, 0, wells=2, plates=1)
    y = drawn(np.random.default_rng(6), at, 1)[0]
    both = np.column_stack([np.ones(36), at.stimulated])
    asked = contrasts(fit(y, Design(both, (Random(both, at.donor),))).fixed, np.array([0, 1.0]))
    pairs = y.reshape(9, 2, 2).mean(axis=2)
    expected = stats.ttest_rel(pairs[:, 1], pairs[:, 0])
    assert asked.p[0, 0] == pytest.approx(expected.pvalue, rel=1e-6)


# --- known errors -----------------------------------------------------------------------------------------------------------


def test_an_error_shared_by_a_group_adds_its_variance_and_nothing_else() -> None:
    at = laid_out(8, 8, plates=2)
    y = drawn(np.random.default_rng(7), at, 1)[0]
    design = by_stimulus(at)
    loading = 0.3 * (at.group * at.stimulated)[:, None]
    without, with_it = fit(y, design), fit(y, replace(design, shared=loading))
    asked, wider = (contrasts(f.fixed, INTERACTION, by="satterthwaite") for f in (without, with_it))
    assert wider.estimate == pytest.approx(asked.estimate, abs=1e-9)
    assert wider.error**2 == pytest.approx(asked.error**2 + 0.09, rel=1e-6)
    assert (wider.df > asked.df).all()


def test_what_is_known_of_the_wells_is_not_taken_for_residual() -> None:
    at = laid_out(8, 8)
    y = drawn(np.random.default_rng(8), at, 1)[0]
    plain = fit(y, by_stimulus(at))
    known = fit(y, replace(by_stimulus(at), known_variance=np.full(len(y), plain.residual[0] / 2)))
    assert known.residual == pytest.approx(plain.residual / 2, rel=1e-6)
    assert known.criterion == pytest.approx(plain.criterion, rel=1e-9)
    above = fit(y, replace(by_stimulus(at), known_variance=np.full(len(y), plain.residual[0] * 3)))
    assert above.residual[0] == pytest.approx(0, abs=1e-8)
    assert above.singular[0]
    assert above.converged[0]


# --- many at once -----------------------------------------------------------------------------------------------------------


def test_studies_of_any_size_are_fitted_as_they_are_alone() -> None:
    rng = np.random.default_rng(9)
    studies = []
    for first, second, crossed in (
        (6, 5, True),
        (14, 10, False),
        (7, 9, True),
        (3, 4, False),
        (6, 6, True),
    ):
        at = laid_out(first, second, crossed=crossed)
        y = drawn(rng, at, 1)[0]
        y[rng.random(len(y)) < 0.1] = np.nan
        studies.append((y, by_stimulus(at)))
    together = fit_each(studies)
    for i, (y, design) in enumerate(studies):
        alone = fit(y, design)
        assert together.wells[i] == alone.wells[0] == np.sum(~np.isnan(y))
        assert together.criterion[i] == pytest.approx(alone.criterion[0], rel=1e-9)
        assert together.fixed.adjusted[i] == pytest.approx(alone.fixed.adjusted[0], rel=1e-6)
        one, other = contrasts(together.fixed, INTERACTION), contrasts(alone.fixed, INTERACTION)
        assert one.df[i] == pytest.approx(other.df[0], rel=1e-6)


def test_a_study_does_not_depend_on_its_neighbours_its_units_or_the_order_of_its_wells() -> None:
    rng = np.random.default_rng(10)
    at = laid_out(8, 7, crossed=True)
    design = by_stimulus(at)
    y = drawn(rng, at, CHUNK + 3)
    y[rng.random(y.shape) < 0.1] = np.nan
    every, last = fit(y, design), fit(y[-1], design)
    assert every.criterion[-1] == pytest.approx(last.criterion[0], rel=1e-12)
    order = rng.permutation(y.shape[1])
    turned = Design(
        design.fixed[order] * [1, 1, 1000, 1e-3],
        tuple(
            Random(
                t.columns[order] * ([1, 50] if t.columns.shape[1] == 2 else 1),
                np.asarray(t.levels)[order],
            )
            for t in design.random
        ),
    )
    other = contrasts(fit(1e4 * y[-1, order] + 3, turned).fixed, INTERACTION)
    asked = contrasts(last.fixed, INTERACTION)
    assert other.p == pytest.approx(asked.p, rel=1e-6)
    assert other.df == pytest.approx(asked.df, rel=1e-6)
    assert other.estimate == pytest.approx(asked.estimate * 1e7, rel=1e-7)


def test_a_study_that_cannot_be_fitted_says_so_and_stops_no_other() -> None:
    at = laid_out(6, 6)
    y = drawn(np.random.default_rng(11), at, 3)
    y[1, at.group > 0] = np.nan
    found = fit(y, by_stimulus(at))
    assert found.estimable.tolist() == [True, False, True]
    assert found.converged.tolist() == [True, False, True]
    assert np.isnan(found.criterion[1])
    assert np.isnan(contrasts(found.fixed, INTERACTION).p[1]).all()
    assert not fit(np.full(len(at.donor), np.nan), by_stimulus(at)).estimable.any()
    assert not fit(np.ones(len(at.donor)), by_stimulus(at)).estimable.any()


def test_variances_of_zero_are_found_flagged_and_left() -> None:
    at = laid_out(10, 10, crossed=True)
    y = drawn(np.random.default_rng(12), at, 100, level=0.0, response=0.0, plate=0.0)
    found = fit(y, by_stimulus(at))
    assert found.converged.all()
    assert found.singular.mean() > 0.6
    pooled = np.mean([stats.linregress(at.stimulated, row).slope for row in y])
    asked = contrasts(found.fixed, [[0, 0, 1, 0.5]])
    assert asked.estimate.mean() == pytest.approx(pooled, abs=0.01)
    assert np.isfinite(asked.p).all()


def test_newtons_method_does_not_crawl_where_covariances_are_barely_told() -> None:
    """Six donors a group with a covariance each: half of the fits end where a combination of
    effects has no variance.
    """
    at = laid_out(6, 6)
    found = fit(drawn(np.random.default_rng(5), at, 1000), by_stimulus(at, apart=True))
    assert found.converged.all()
    assert found.singular.mean() > 0.4
    assert found.steps.max() <= 30
    assert found.steps.mean() < 9


def test_what_does_not_fit_together_is_refused() -> None:
    at = laid_out(4, 4)
    design = by_stimulus(at)
    with pytest.raises(ValueError, match="for a design of 48 wells"):
        fit(np.zeros(12), design)
    with pytest.raises(ValueError, match="perhaps infinite"):
        fit(np.full(48, np.inf), design)
    with pytest.raises(ValueError, match="negative or missing"):
        replace(design, known_variance=np.full(48, np.nan))
    with pytest.raises(ValueError, match="parts of"):
        Design(np.ones((4, 1)), (Random(np.ones((3, 1)), np.arange(3)),))
    with pytest.raises(ValueError, match="one can be fitted at a time"):
        fit_each([(np.zeros(48), design), (np.zeros(48), replace(design, random=()))])


def test_a_thousand_uneven_studies_take_about_a_second() -> None:
    rng = np.random.default_rng(13)
    at = laid_out(14, 10)
    y = drawn(rng, at, 1000)
    for study in y:
        study[rng.choice(len(study), rng.integers(1, 10), replace=False)] = np.nan
    began = time.process_time()
    asked = contrasts(fit(y, by_stimulus(at)).fixed, INTERACTION)
    assert time.process_time() - began < 6  # 0.7 s where nothing else runs
    assert np.isfinite(asked.p).all()


# --- does it keep its level -------------------------------------------------------------------------------------------------


def rejected(asked: Contrasts) -> float:
    return float(np.mean(asked.p <= 0.05))


@pytest.mark.parametrize(
    ("first", "second", "crossed", "apart", "spread"),
    [
        (6, 6, False, False, 1.0),
        (14, 10, True, False, 1.0),
        (40, 40, False, False, 1.0),
        (14, 10, False, True, 2.0),
    ],
)
def test_intervals_cover_and_null_effects_stay_null(
    first: int, second: int, crossed: bool, apart: bool, spread: float
) -> None:
    rng = np.random.default_rng([14, first, second])
    at, studies = laid_out(first, second, crossed=crossed), 600
    y = drawn(rng, at, studies, second=spread)
    y[rng.random(y.shape) < 0.1] = np.nan
    found = fit(y, by_stimulus(at, apart=apart))
    assert found.converged.all()
    band = WIDE * (0.05 * 0.95 / studies) ** 0.5
    assert abs(rejected(contrasts(found.fixed, INTERACTION)) - 0.05) < band
    assert rejected(contrasts(found.fixed, np.array([[0.0, 1, 0, 0]]))) < 0.05 + band
    stimulus = contrasts(found.fixed, np.array([[0.0, 0, 1, 0.5]]))
    inside = np.mean((stimulus.lower <= 1.3) & (stimulus.upper >= 1.3))
    assert abs(float(inside) - 0.95) < band


def test_wells_taken_for_donors_would_be_found_out() -> None:
    """The same studies without the donors' own responses in the model: the check above can fail."""
    at = laid_out(14, 10)
    y = drawn(np.random.default_rng(15), at, 300)
    one = np.ones((len(at.donor), 1))
    wrong = Design(by_stimulus(at).fixed, (Random(one, at.donor),))
    assert rejected(contrasts(fit(y, wrong).fixed, INTERACTION)) > 0.2


def test_logarithms_cover_where_the_raw_scale_does_not() -> None:
    """Lognormal wells, the smaller group higher by 0.7 and responding by 0.5 more (natural
    logarithms).
    """
    at = laid_out(8, 24)
    sd = {"level": 0.6, "response": 0.4, "plate": 0.25, "well": 0.15}
    logs = drawn(np.random.default_rng(16), at, 400, **sd) + at.group * (0.7 + 0.5 * at.stimulated)
    common = sd["plate"] ** 2 + sd["well"] ** 2
    spreads = sd["level"] ** 2 + common, (1.15 * sd["level"]) ** 2 + sd["response"] ** 2 + common

    def response(level: float, more: float) -> float:
        low, high = (
            np.exp(5 + level + shift + v / 2)
            for shift, v in zip((0.0, 1.3 + more), spreads, strict=True)
        )
        return float(high - low)

    inside = []
    for y, truth in ((logs, 0.5), (np.exp(logs), response(0.7, 0.5) - response(0.0, 0.0))):
        asked = contrasts(fit(y, by_stimulus(at)).fixed, INTERACTION)
        inside.append(float(np.mean((asked.lower <= truth) & (asked.upper >= truth))))
    assert inside[0] > 0.95 - WIDE * (0.05 * 0.95 / 400) ** 0.5
    assert inside[1] < 0.85
