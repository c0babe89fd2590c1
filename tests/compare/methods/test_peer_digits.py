"""The same numbers as R on the same data: base R, survival, coin, exactRankTests, NADA, rmcorr,
lme4, lmerTest, pbkrtest, emmeans.

Left out, because chance or another prior is in them: BCa intervals, mediation, Bayes factors.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from two_groups import fitted, welch

from exvivo.arrays import Floats
from exvivo.compare.judge.benjamini_hochberg import false_discovery
from exvivo.compare.judge.holm import holm
from exvivo.compare.methods.correlation import correlation
from exvivo.compare.methods.kendall import kendall
from exvivo.compare.methods.order_statistics import level
from exvivo.compare.methods.partial_correlation import partial
from exvivo.compare.methods.permutation import Permutations
from exvivo.compare.methods.peto_prentice import between_groups
from exvivo.compare.methods.ranks import midranks, shift_of_ranks
from exvivo.compare.methods.repeated_correlation import repeated
from exvivo.compare.methods.tobit import tobit
from exvivo.compare.methods.tost import tost
from exvivo.compare.mixed.fit import Design, Fits, Random, contrasts, fit

DIGITS = 1e-6
ALL = Permutations(4999, 1)


@pytest.fixture(scope="module")
def folder(r_peer: Path) -> Path:
    return r_peer


@pytest.fixture(scope="module")
def peer(folder: Path) -> dict[str, list[float]]:
    """The lines of the peer's output that are one name and its numbers."""
    found = {}
    for line in (folder / "peer.out").read_text(encoding="utf-8").splitlines():
        name, *numbers = line.split()[:12] or [""]
        try:
            found[name] = [float(number) for number in numbers]
        except ValueError:
            continue
    return found


@pytest.fixture(scope="module")
def donors(folder: Path) -> dict[str, Floats]:
    table = pl.read_csv(folder / "donors.csv")
    return {name: table[name].cast(pl.Float64).to_numpy() for name in table.columns}


@pytest.fixture(scope="module")
def groups(donors: dict[str, Floats]) -> tuple[Floats, Floats]:
    return donors["tnf"][donors["grp"] == 1], donors["tnf"][donors["grp"] == 0]


def bounds(donors: dict[str, Floats]) -> tuple[Floats, Floats]:
    """Concentrations, those below the limit with no lower bound."""
    return np.where(donors["cens"] == 1, -np.inf, donors["conc"]), donors["conc"]


def test_two_groups_by_their_means(
    groups: tuple[Floats, Floats], peer: dict[str, list[float]]
) -> None:
    _, _, p, low, high = peer["welch"]
    found = welch(*groups, alpha=0.05)
    assert [found.p, found.lower, found.upper] == pytest.approx([p, low, high], rel=DIGITS)
    y = np.concatenate(groups)
    first = np.arange(24) < len(groups[0])
    student = contrasts(fit(y, Design(np.column_stack([np.ones(24), first]))).fixed, [0, 1])
    found_student = [
        float(part[0, 0])
        for part in (student.estimate / student.error, student.p, student.lower, student.upper)
    ]
    assert found_student == pytest.approx(peer["student"], rel=DIGITS)
    assert student.df[0, 0] == pytest.approx(22, rel=DIGITS)


def test_welch_with_its_degrees_of_freedom_is_a_mixed_model(
    groups: tuple[Floats, Floats], peer: dict[str, list[float]]
) -> None:
    """The group that spreads more has a variance of its own beside the residual."""
    y = np.concatenate(groups)
    first = (np.arange(24) < len(groups[0])).astype(float)
    wider = first if groups[0].var() > groups[1].var() else 1 - first
    design = Design(np.column_stack([np.ones(24), first]), (Random(wider[:, None], np.arange(24)),))
    found = contrasts(fit(y, design).fixed, [0, 1], by="satterthwaite")
    numbers = [found.estimate / found.error, found.df, found.p, found.lower, found.upper]
    assert [float(number[0, 0]) for number in numbers] == pytest.approx(peer["welch"], rel=DIGITS)


def test_two_groups_by_ranks_and_permutation(
    donors: dict[str, Floats], groups: tuple[Floats, Floats], peer: dict[str, list[float]]
) -> None:
    both = np.concatenate(groups)
    w, p, low, high, shift = peer["wilcox_exact"]
    ranks = midranks(both)
    assert ranks[:14].sum() - 14 * 15 / 2 == w
    assert ALL.between(ranks, 14) == pytest.approx(p, rel=DIGITS)
    assert shift_of_ranks(*groups, alpha=0.05) == pytest.approx((shift, low, high), rel=DIGITS)
    il8 = np.concatenate([donors["il8"][donors["grp"] == group] for group in (1, 0)])
    tied = midranks(il8)
    w, p, low, *_ = peer["wilcox.exact_ties"]
    assert tied[:14].sum() - 14 * 15 / 2 == w
    assert ALL.between(tied, 14) == pytest.approx(p, rel=DIGITS)
    # with ties exactRankTests inverts the conditional test; ours takes the quantile of the test without ties
    assert shift_of_ranks(il8[:14], il8[14:], alpha=0.05)[1] == pytest.approx(low, abs=1e-9)
    assert ALL.between(tied, 14) == pytest.approx(peer["coin_wilcox_exact_ties"][0], rel=DIGITS)
    assert ALL.between(both, 14) == pytest.approx(peer["perm.test_exact"][0], rel=DIGITS)
    assert ALL.between(both, 14) == pytest.approx(peer["coin_oneway_exact"][0], rel=DIGITS)


def test_correlations(donors: dict[str, Floats], peer: dict[str, list[float]]) -> None:
    tnf, vas = donors["tnf"], donors["vas"]
    pearson = correlation(tnf, vas, alpha=0.05, method="pearson")
    assert [pearson.estimate, pearson.p, pearson.lower, pearson.upper] == pytest.approx(
        peer["cor.pearson"], rel=DIGITS
    )
    spearman = correlation(midranks(tnf), midranks(vas), alpha=0.05, method="spearman")
    assert [spearman.estimate, spearman.p] == pytest.approx(peer["cor.spearman"], rel=DIGITS)
    tau = kendall(tnf, tnf, vas, vas, alpha=0.05)
    assert [tau.tau, tau.p] == pytest.approx(peer["cor.kendall"], rel=DIGITS)
    mine = donors["grp"] == 1
    within = correlation(tnf[mine], vas[mine], alpha=0.05, method="pearson")
    assert [within.estimate, within.p, within.lower, within.upper] == pytest.approx(
        peer["cor.within"], rel=DIGITS
    )


def test_spearman_without_ties(donors: dict[str, Floats], peer: dict[str, list[float]]) -> None:
    """R's `exact` p of 14 donors is an Edgeworth series; ours is of the t statistic and differs in
    the fourth digit.
    """
    mine = donors["grp"] == 1
    found = correlation(
        midranks(donors["tnf"][mine]), midranks(donors["age"][mine]), alpha=0.05, method="spearman"
    )
    rho, p, *_ = peer["spearman_exact_noties"]
    assert found.estimate == pytest.approx(rho, rel=DIGITS)
    assert found.p == pytest.approx(p, rel=3e-4)


def test_what_is_held_or_repeated(
    donors: dict[str, Floats], folder: Path, peer: dict[str, list[float]]
) -> None:
    held = np.column_stack([donors["age"], donors["bmi"], donors["grp"]])
    found = partial(donors["tnf"], donors["vas"], held, alpha=0.05)
    assert [found.p, found.estimate] == pytest.approx(peer["partial_via_lm"][3:], rel=DIGITS)
    long = pl.read_csv(folder / "long.csv")
    ids = long["id"].to_numpy()
    again = repeated(long["x"].to_numpy(), long["y"].to_numpy(), ids, np.zeros(47), alpha=0.05)
    assert again.estimate == pytest.approx(peer["rmcorr"][0], rel=DIGITS)


def test_undetected_results(donors: dict[str, Floats], peer: dict[str, list[float]]) -> None:
    lower, upper = bounds(donors)
    x = np.column_stack([np.ones(24), donors["grp"], donors["age"]])
    logs = np.where(donors["cens"] == 1, -np.inf, np.log(upper))
    found = tobit(logs, np.log(upper), x)
    numbers = [*found.coefficients, found.scale, found.log_likelihood, *found.errors]
    assert numbers == pytest.approx(peer["survreg_tobit"], rel=DIGITS)
    assert found.converged
    assert between_groups(lower, upper, donors["grp"]).chi2 == pytest.approx(
        peer["NADA_cendiff_chisq"][0], rel=DIGITS
    )
    whole = level(lower, upper)
    assert [whole.mean, whole.sd] == pytest.approx(peer["NADA_cenros_mean_sd"], rel=DIGITS)
    assert (whole.detected, whole.undetected) == (18, 6)


def test_equivalence_and_families(
    groups: tuple[Floats, Floats], peer: dict[str, list[float]]
) -> None:
    fit = fitted(*groups)
    found = tost(fit.slope, fit.error, fit.df, margin=0.3, alpha=0.05)
    assert [float(found.p_above), float(found.p_below)] == pytest.approx(
        peer["tost_welch"], rel=DIGITS
    )
    p = [0.012, 0.2, 0.35, 0.6, 0.04]
    assert holm(p) == pytest.approx(peer["p.holm"], rel=DIGITS)
    assert false_discovery(p) == pytest.approx(peer["p.BH"], rel=DIGITS)


@pytest.fixture(scope="module")
def uneven(folder: Path) -> Fits:
    """y ~ g * c + (c | donor) + (1 | plate), six wells missing."""
    wells = pl.read_csv(folder / "unbal.csv")
    one = np.ones(wells.height)
    g, c = (wells[name].cast(pl.Float64).to_numpy() for name in ("grp", "cond"))
    by_donor = Random(np.column_stack([one, c]), wells["donor"].to_numpy())
    design = Design(
        np.column_stack([one, g, c, g * c]),
        (by_donor, Random(one[:, None], wells["plate"].to_numpy())),
    )
    return fit(wells["y"].to_numpy(), design)


def printed(folder: Path, name: str) -> list[list[float]]:
    """A row of the two tables of coefficients as R printed them: estimate, error, df, t and p,
    Satterthwaite's first.
    """
    rows = [line.split() for line in (folder / "peer.out").read_text(encoding="utf-8").splitlines()]
    long = [[float(n) for n in row[1:]] for row in rows if row and row[0] == name and len(row) == 5]
    p = [[float(n) for n in row[1:]] for row in rows if row and row[0] == name and len(row) == 2]
    return [[*numbers, *last] for numbers, last in zip(long, p, strict=True)]


@pytest.mark.parametrize(("name", "row"), [("(Intercept)", 0), ("g1", 1), ("c1", 2), ("g1:c1", 3)])
def test_fixed_effects_of_lme4_with_both_degrees_of_freedom(
    uneven: Fits, folder: Path, name: str, row: int
) -> None:
    satterthwaite, kenward_roger = printed(folder, name)
    weights = np.eye(4)[row]
    for expected, by in ((satterthwaite, "satterthwaite"), (kenward_roger, "kenward-roger")):
        found = contrasts(uneven.fixed, weights, by=by)  # type: ignore[arg-type]
        numbers = [found.estimate, found.error, found.df, found.estimate / found.error]
        assert [float(n[0, 0]) for n in numbers] == pytest.approx(expected[:4], rel=DIGITS)
        # lme4 stops where the criterion is level to about 1e-9; small p values magnify what that leaves
        assert float(found.p[0, 0]) == pytest.approx(expected[4], rel=1e-5)


def test_variances_and_criterion_of_lme4(uneven: Fits, peer: dict[str, list[float]]) -> None:
    donor, plate = uneven.covariances
    found = [donor[0, 0, 0], donor[0, 1, 1], donor[0, 0, 1], plate[0, 0, 0], uneven.residual[0]]
    told = [0.3396958263821, 0.0927789492045, 0.0725546138803, 0.0660727012892, 0.0206565002102]
    assert found == pytest.approx(told, rel=1e-6)
    assert donor[0, 0, 1] / np.sqrt(donor[0, 0, 0] * donor[0, 1, 1]) == pytest.approx(
        0.408691123272, rel=1e-6
    )
    assert uneven.criterion[0] == pytest.approx(peer["REMLcrit"][0], rel=1e-10)
    assert uneven.criterion[0] <= 17.0608669564 + 1e-10


def test_contrasts_of_emmeans(uneven: Fits) -> None:
    asked = contrasts(uneven.fixed, [[0, -1, 0, 0], [0, -1, 0, -1], [0, 0, 0, 1]])
    assert asked.estimate[0] == pytest.approx(
        [-0.1572555965, -0.5374167320, 0.3801611354], rel=DIGITS
    )
    assert asked.error[0] == pytest.approx([0.2438616922, 0.3176994508, 0.1375429326], rel=DIGITS)
    assert asked.df[0].round(2).tolist() == [19.30, 20.19, 21.12]
    assert asked.p[0].round(4).tolist() == [0.5266, 0.1061, 0.0116]
