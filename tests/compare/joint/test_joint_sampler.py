from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from joint_studies import chains, data_of, rng, wells_of
from lengths import studies
from scipy import stats

from exvivo.arrays import Floats
from exvivo.compare.joint.chains import mixing
from exvivo.compare.joint.effects import (
    cell_means,
    inverse_covariances,
    means_and_donors,
    normal_equations,
)
from exvivo.compare.joint.gibbs import sweep
from exvivo.compare.joint.model import JointData, Priors, Settings, Wells
from exvivo.compare.joint.sample import sample
from exvivo.compare.joint.start import Model, State, begin
from exvivo.compare.joint.summary import differences
from exvivo.compare.joint.truncated import truncated_normal

# The sampler against dense formulas and against its own prior


def awkward(seed: int = 3) -> JointData:
    """Two cultures a donor on two plates, known errors, errors of one donor and of many, scores
    with one missing, bounds.
    """
    wells = wells_of(donors=12, series=2, cultures=2, plates=3)
    number = len(wells.series)
    chance = rng(seed)
    loading = np.zeros((number, 3))
    loading[:, 0] = np.where(wells.series == 0, 0.3 + 0.1 * wells.donor, 0.0)
    loading[:, 1] = np.where(wells.plate == 1, 0.2, 0.0)
    loading[wells.donor == 4, 2] = 0.5
    keep = ~((wells.donor == 2) & (wells.series == 1) & (wells.condition == 0))
    part = {
        n: getattr(wells, n)[keep] for n in ("series", "condition", "donor", "plate", "culture")
    }
    sd = chance.uniform(0, 0.4, number)[keep]
    y = chance.normal(5, 1, (2, int(keep.sum())))
    upper = y + (chance.random(y.shape) < 0.2)
    lower = np.where(upper > y, np.where(chance.random(y.shape) < 0.5, -np.inf, y - 1), y)
    score = np.tile(chance.normal(size=(12, 1)), (2, 1, 1))
    score[:, 5] = np.nan
    return data_of(
        Wells(**part, sd=sd, loading=loading[keep]),
        y,
        12,
        lower=lower,
        upper=upper,
        scales=("VAS",),
        score=score,
        keys=("E", "C", "one"),
    )


def dense(model: Model, state: State, chain: int) -> tuple[Floats, Floats, Floats]:
    """Precision and linear term of means, plates and keys from whole matrices over wells; and the
    columns of the wells.
    """
    design, data = model.design, model.data
    wells, order = data.wells, design.order
    w = {
        n: getattr(wells, n)[order]
        for n in ("series", "condition", "donor", "plate", "culture", "sd")
    }
    pairs = sorted({(int(a), int(p)) for a, p in zip(w["series"], w["plate"], strict=True)})
    j, groups, n = data.dimensions, len(data.groups), len(data.donors)
    scored = [
        (d, s)
        for d in range(n)
        for s in range(len(data.scales))
        if not np.isnan(data.score[0, d, s])
    ]
    number = len(w["series"])
    x = np.zeros((number + len(scored), design.structural + design.key.shape[2]))
    z = np.zeros((number + len(scored), n * j))
    cultures = np.zeros((number + len(scored),) * 2)
    for i in range(number):
        dimension = w["series"][i] * 2 + w["condition"][i]
        x[i, dimension * groups + data.group[w["donor"][i]]] = 1
        pair = pairs.index((int(w["series"][i]), int(w["plate"][i])))
        x[i, design.means + pair] = 1
        # What plates add to responses comes after what they add to all wells.
        x[i, design.means + len(pairs) + pair] = w["condition"][i]
        z[i, w["donor"][i] * j + dimension] = 1
        same = np.all(
            [w[k] == w[k][i] for k in ("series", "condition", "donor", "culture")], axis=0
        )
        cultures[i, :number] = same * state.culture[chain, w["series"][i]]
        x[i, design.structural :] = design.key.reshape(-1, design.key.shape[2])[
            design.cell_at[design.well_cell[i]]
        ]
    for i, (d, s) in enumerate(scored, number):
        x[i, (len(data.series) * 2 + s) * groups + data.group[d]] = 1
        z[i, d * j + len(data.series) * 2 + s] = 1
    own = np.concatenate(
        [state.well[chain, w["series"]] + w["sd"] ** 2, np.full(len(scored), 1e-10)]
    )
    alone = np.concatenate([wells.loading[order][:, 2], np.zeros(len(scored))])
    whole = (
        z @ np.kron(np.eye(n), state.covariance[chain, 0]) @ z.T
        + cultures
        + np.diag(own)
        + np.outer(alone, alone)
    )
    y = np.concatenate([state.y[chain], [data.score[0, d, s] for d, s in scored]])
    prior = np.zeros((x.shape[1],) * 2)
    prior[: design.means, : design.means] = model.prior[chain]
    plate = [1 / state.plate[chain, a + more] for more in (0, len(data.series)) for a, _ in pairs]
    prior[design.means :, design.means :] = np.diag(plate + [1.0] * design.key.shape[2])
    solved = np.linalg.solve(whole, np.column_stack([x, y]))
    return x.T @ solved[:, :-1] + prior, x.T @ solved[:, -1], y


def test_the_normal_equations_are_those_of_whole_matrices() -> None:
    model, state = begin(
        awkward(), priors=Priors(), settings=Settings(chains=3, scales=(1.0, 0.5)), rng=rng()
    )
    assert len(model.design.cultured) == 2 and model.design.key.shape[2] == 2
    for _ in range(3):
        sweep(state, model, rng(2))
    mean, error = cell_means(state, model)
    precision, linear = normal_equations(
        state, model, mean, inverse_covariances(state, model, error)
    )
    for chain in (0, 5):
        expected, told, _ = dense(model, state, chain)
        found = np.tril(precision[chain])
        assert found == pytest.approx(np.tril(expected), rel=1e-5, abs=1e-5)
        assert linear[chain] == pytest.approx(told, rel=1e-5, abs=1e-5)


def test_every_drawn_well_lies_within_its_bounds_and_every_score_is_kept() -> None:
    data = awkward()
    model, state = begin(data, priors=Priors(), settings=Settings(chains=2), rng=rng())
    for _ in range(20):
        sweep(state, model, rng(5))
    y = state.y.reshape(2, 2, -1) + model.centre[:, None, model.design.well_series]
    lower, upper = (b[:, None, model.design.order] for b in (data.lower, data.upper))
    assert np.all((y >= lower - 1e-9) & (y <= upper + 1e-9))
    groups = state.phi[:, : model.design.means].reshape(4, -1, 2)[:, -1]
    donor, _ = model.design.scored
    scored = state.u[:, donor, -1] + groups[:, data.group[donor]]
    assert scored == pytest.approx(model.score, abs=1e-9)


def test_donors_are_drawn_from_their_conditional() -> None:
    """Mean and covariance of many draws of one donor's effects against the formula, everything else
    held.
    """
    wells = wells_of(donors=4, replicates=2, plates=1)
    data = data_of(wells, rng(4).normal(5, 1, 16), 4)
    model, state = begin(data, priors=Priors(), settings=Settings(chains=20000), rng=rng())
    state.root[:] = np.array([[0.8, 0.0], [0.5, 0.6]])
    state.covariance = state.root @ state.root.transpose(0, 1, 3, 2)
    state.well[:] = 0.09
    means_and_donors(state, model, rng(6))
    mean, _ = cell_means(state, model)
    sigma = state.covariance[0, 0]
    gain = sigma @ np.linalg.inv(sigma + np.eye(2) * 0.045)
    left = mean[:, 0] - state.phi[:, : model.design.means].reshape(-1, 2, 2)[:, :, 0]
    off = state.u[:, 0] - left @ gain.T
    assert off.mean(axis=0) == pytest.approx([0, 0], abs=0.01)
    assert np.cov(off.T) == pytest.approx(sigma - gain @ sigma, abs=0.004)


def prior_study(
    chance: np.random.Generator, wells: Wells, priors: Priors, limit: float
) -> tuple[dict[str, float], JointData]:
    """Parameters drawn from the stated priors (their densities, no code of the sampler), and the
    wells of 8 donors from them.
    """
    conditions = int(wells.condition.max()) + 1
    mean = chance.normal(0, priors.level, (conditions, 1)) + chance.normal(
        0, priors.deviation, (conditions, 2)
    )
    scale = 4 * chance.gamma(
        0.5, priors.donor**2, conditions
    )  # 2 nu / a, with a ~ inverse gamma(1/2, 1/A^2) and nu = 2
    sigma = np.atleast_2d(
        stats.invwishart.rvs(2 + conditions - 1, np.diag(scale), random_state=chance)
    )
    well, plate = (
        abs(float(stats.t.rvs(2, scale=size, random_state=chance)))
        for size in (priors.well, priors.plate)
    )
    on_response = abs(float(stats.t.rvs(2, scale=priors.plate_response, random_state=chance)))
    plates, more = chance.normal(0, [[plate], [on_response]], (2, int(wells.plate.max()) + 1))
    u = np.cumsum(
        chance.multivariate_normal(np.zeros(conditions), sigma, 8), axis=1
    )  # baseline, baseline + response
    y = (
        mean[wells.condition, wells.donor // 4]
        + u[wells.donor, wells.condition]
        + plates[wells.plate]
        + wells.condition * more[wells.plate]
    )
    y = y + np.sqrt(well**2 + wells.sd**2) * chance.standard_normal(len(y))
    low = y < limit
    data = data_of(
        wells, y, 8, lower=np.where(low, -np.inf, y)[None], upper=np.where(low, limit, y)[None]
    )
    apart = mean[:, 0] - mean[:, 1]
    told = {
        "difference": apart[-1] - (apart[0] if conditions == 2 else 0),
        "well": well,
        "plate": plate,
    } | ({"on_response": on_response} if conditions == 2 else {})
    return told | {"baseline": float(sigma[0, 0]) ** 0.5, "last": float(sigma[-1, -1]) ** 0.5}, data


@pytest.mark.calibration
@pytest.mark.parametrize(("conditions", "known"), [(1, 0.5), (2, 0.0)])
def test_ranks_of_the_truth_among_draws_are_uniform(conditions: int, known: float) -> None:
    """Simulation-based calibration (Talts et al. 2018, arXiv 1804.06788): one series, about a third
    of the wells undetected.
    """
    priors = Priors(level=1.0, deviation=1.0, donor=0.7, well=0.5, plate=0.5)
    chance = rng(11)
    wells = wells_of(donors=8, conditions=conditions, replicates=2, plates=3)
    wells = replace(wells, sd=np.where(np.arange(len(wells.sd)) % 2 == 0, known, 0.0))
    made = [prior_study(chance, wells, priors, -0.5) for _ in range(studies(300, 60))]
    lower, upper = (
        np.concatenate([getattr(data, end) for _, data in made]) for end in ("lower", "upper")
    )
    drawn = around_zero(replace(made[0][1], lower=lower, upper=upper), priors, rng(12))
    for name, draws in drawn.items():
        truth = np.array([told[name] for told, _ in made])
        ranks = (draws[:, ::9] < truth[:, None]).sum(axis=1)
        counted = np.histogram(ranks, bins=10, range=(0, 101))[0]
        assert stats.chisquare(counted).pvalue > 0.001, (name, counted)


def around_zero(data: JointData, priors: Priors, chance: np.random.Generator) -> dict[str, Floats]:
    """900 draws of each study, the level's prior around 0 as the truth's is (not around the middle
    of the data).
    """
    model, state = begin(data, priors=priors, settings=Settings(chains=1), rng=chance)
    middle = model.centre[:, 0]
    blind, blind_of = (
        tuple(
            replace(
                b,
                **{
                    end: getattr(b, end) + middle[b.chain[b.well_unit]]
                    for end in ("lower", "upper")
                },
            )
            for b in parts
        )
        for parts in (model.blind, model.blind_of)
    )
    wells = model.undetected
    ends = {end: getattr(wells, end) + middle[wells.chain] for end in ("lower", "upper")}
    model = replace(model, blind=blind, blind_of=blind_of, undetected=replace(wells, **ends))
    state.y += middle[:, None]
    state.eta += middle[:, None]
    kept: dict[str, list[Floats]] = defaultdict(list)
    for number in range(1050):
        sweep(state, model, chance)
        if number >= 150:
            apart = (
                state.phi[:, 0 : model.design.means : 2] - state.phi[:, 1 : model.design.means : 2]
            )
            u = state.covariance[:, 0]
            last = (
                u[:, 0, 0]
                if len(data.conditions) == 1
                else u[:, 0, 0] + u[:, 1, 1] - 2 * u[:, 0, 1]
            )
            kept["difference"].append(
                apart[:, -1] - (apart[:, 0] if len(data.conditions) == 2 else 0)
            )
            kept["baseline"].append(np.sqrt(u[:, 0, 0]))
            kept["last"].append(np.sqrt(last))
            kept["well"].append(np.sqrt(state.well[:, 0]))
            kept["plate"].append(np.sqrt(state.plate[:, 0]))
            if len(data.conditions) == 2:
                kept["on_response"].append(np.sqrt(state.plate[:, 1]))
    return {name: np.stack(values, axis=1) for name, values in kept.items()}


def noisy() -> JointData:
    """Two series of 12 donors: in the first, wells err more widely than donors differ and some
    donors have no detected well.
    """
    wells = wells_of(donors=12, series=2, replicates=2, plates=1)
    chance, first = rng(61), wells.series == 0
    y = 0.3 * chance.normal(size=(12, 2))[wells.donor, wells.series] + 0.5 * wells.condition
    y = y + np.where(first, 0.8, 0.1) * chance.normal(size=len(y))
    lost = first & (wells.condition == 0) & (wells.donor % 3 == 0)
    wells = replace(wells, sd=np.where(first, 0.8, 0.1))
    lower, upper = np.where(lost, -np.inf, y), np.where(lost, np.maximum(y, 0.2), y)
    return data_of(wells, y, 12, lower=lower[None], upper=upper[None])


@pytest.mark.calibration
@pytest.mark.calibration
def test_drawing_a_series_with_its_donors_integrated_out_leaves_the_posterior_as_it_is() -> None:
    """The same means of the donors' spreads with and without these draws."""
    means, errors = [], []
    for unclear in ([], [0, 1]):
        model, state = begin(noisy(), priors=Priors(), settings=Settings(chains=40), rng=rng())
        assert model.unclear.tolist() == [0]
        model = replace(model, unclear=np.array(unclear, dtype=np.intp))
        chance, kept = rng(62 + len(unclear)), []
        for number in range(studies(900, 225)):
            sweep(state, model, chance)
            if number >= 150:
                variances = np.diagonal(state.covariance[:, 0], axis1=1, axis2=2)
                kept.append(np.log(np.maximum(variances, 1e-4)))
        by_chain = np.mean(kept, axis=0)
        means.append(by_chain.mean(axis=0))
        errors.append(by_chain.std(axis=0) / 40**0.5)
    z = (means[0] - means[1]) / np.hypot(*errors)
    assert np.abs(z).max() < 3.5, z


# Coverage on studies it did not see

TRUE = np.array([0.6, 0.25, 0.15, 0.0, 0.1])


def virtual(studies: int, chance: np.random.Generator) -> JointData:
    """14 patients and 10 controls, 5 analytes, 3 wells, 4 plates, about 8 % of the wells
    undetected; no code of the sampler.
    """
    wells = wells_of(donors=24, series=5, replicates=3, plates=4)
    group = (np.arange(24) >= 14).astype(np.intp)
    both = [
        0.6
        * (
            0.4**0.5 * chance.normal(size=(studies, 24, 1))
            + 0.6**0.5 * chance.normal(size=(studies, 24, 5))
        )
        for _ in "ab"
    ]
    level, response = np.array([5, 3.2, 5.5, 7, 2.9]), np.array([1.3, 0.8, 0.4, 0.3, 0.4])
    a, c, d = wells.series, wells.condition, wells.donor
    y = (
        level[a]
        + both[0][:, d, a]
        + c * (response[a] + 0.58 * both[1][:, d, a] + TRUE[a] * (group[d] == 0))
    )
    y = y + 0.25 * chance.normal(size=(studies, 5, 4))[:, a, wells.plate]
    y = y + np.array([0.15, 0.2, 0.15, 0.12, 0.25])[a] * chance.normal(size=y.shape)
    limit = np.array([-9, 3.0, -9, -9, 2.5])[a]
    return data_of(
        wells, y, 24, group=group, lower=np.where(y < limit, -np.inf, y), upper=np.maximum(y, limit)
    )


@pytest.mark.calibration
def test_intervals_cover_the_truth() -> None:
    chance = rng(21)
    data = virtual(60, chance)
    drawn = differences(
        data,
        sample(
            data, priors=Priors(), settings=Settings(chains=1, warmup=150, draws=500), rng=chance
        ),
        "FM",
        "HC",
    )
    effects = drawn["response"].reshape(60, -1, 5)
    effects = np.concatenate(
        [effects, effects[..., :1] - effects[..., 1:].mean(axis=-1, keepdims=True)], axis=-1
    )
    truth = np.append(TRUE, TRUE[0] - TRUE[1:].mean())
    low, high = np.quantile(effects, [0.025, 0.975], axis=1)
    covered = ((low < truth) & (truth < high)).sum(axis=0)
    assert covered.min() >= stats.binom.ppf(0.001, 60, 0.95)
    assert stats.binom.ppf(0.0005, 360, 0.95) < covered.sum() <= 358
    off = (effects.mean(axis=1) - truth) / ((high - low) / 3.92)
    assert np.abs(off.mean(axis=0)).max() < 3.3 / 60**0.5


@pytest.mark.calibration
def test_plates_that_change_responses_widen_the_difference_they_are_in() -> None:
    """No difference, plates that change the response (sd 0.3), and 11 of 14 patients but 2 of 10
    controls on the first two of four plates: intervals cover; held at 0, the term's absence shows.
    """
    chance, studies = rng(71), 150
    wells = wells_of(donors=24, series=1, replicates=2, plates=4)
    group = (np.arange(24) >= 14).astype(np.intp)
    place = np.r_[np.arange(11) % 2, 2, 3, 2, 0, 1, np.arange(8) % 2 + 2].astype(np.intp)
    wells = replace(wells, plate=place[wells.donor])
    c, d = wells.condition, wells.donor
    y = (
        0.6 * chance.normal(size=(studies, 24))[:, d]
        + 0.3 * chance.normal(size=(studies, 24))[:, d] * c
    )
    y = y + c * 0.3 * chance.normal(size=(studies, 4))[:, wells.plate]
    y = y + 0.15 * chance.normal(size=y.shape)
    data, covered = data_of(wells, y, 24, group=group), {}
    for size in (0.25, 1e-4):
        drawn = sample(
            data,
            priors=Priors(plate_response=size),
            settings=Settings(chains=1, warmup=100, draws=400),
            rng=chance,
        )
        effects = differences(data, drawn, "FM", "HC")["response"].reshape(studies, -1)
        low, high = np.quantile(effects, [0.025, 0.975], axis=1)
        covered[size] = int(((low < 0) & (high > 0)).sum())
    assert covered[0.25] >= stats.binom.ppf(0.005, studies, 0.95), covered
    assert covered[1e-4] < stats.binom.ppf(0.005, studies, 0.95), covered


def test_a_correlation_with_a_score_is_found_and_freed_of_culture_error_where_cultures_tell() -> (
    None
):
    """60 donors, true r .7 of the response; culture error as large as the donors' spread halves
    what one culture shows.
    """
    chance, n = rng(31), 60
    score = chance.normal(size=n)
    response = 0.5 * (0.7 * score + 0.51**0.5 * chance.normal(size=n))
    culture = 0.354 * chance.normal(size=(n, 2, 2))
    found = {}
    for cultures in (1, 2):
        wells = wells_of(donors=n, cultures=cultures, plates=2)
        y = (
            5
            + wells.condition * (1 + response[wells.donor])
            + culture[wells.donor, wells.condition, wells.culture]
        )
        y = y + 0.1 * chance.normal(size=len(y))
        data = data_of(wells, y, n, scales=("VAS",), score=score[None, :, None])
        assert data.several_cultures.tolist() == [cultures == 2]
        drawn = sample(
            data, priors=Priors(), settings=Settings(chains=4, warmup=150, draws=400), rng=chance
        )
        found[cultures] = float(drawn.correlation.mean())
    assert found[1] == pytest.approx(0.7 * 0.5**0.5, abs=0.13)  # reliability of one culture: 1/2
    assert found[2] == pytest.approx(0.7, abs=0.12)
    assert found[2] - found[1] > 0.08


# Parts


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (chains(1, 4, 500, 0.0), (1.0051182208183744, 2008.8884428488348, 1952.5744591520352)),
        (chains(3, 3, 400, 0.9, 0.5), (1.0593499322241795, 52.27257448599967, 119.85599209478619)),
        (
            chains(4, 4, 600, 0.5, heavy=True),
            (1.0090545507105153, 841.5572948496257, 1432.1353716727183),
        ),
        (chains(5, 2, 250, -0.4), (1.0030072629682494, 903.912242290622, 433.3442351933607)),
    ],
)
def test_arviz_finds_the_same_mixing(made: Floats, expected: tuple[float, float, float]) -> None:
    """R-hat, bulk size, and the smaller size of the 5 % and 95 % quantiles, from arviz-stats
    0.8.0.
    """
    found = mixing(made)
    assert found.rhat[0] == pytest.approx(expected[0], rel=1e-9)
    assert (found.bulk[0], found.tail[0]) == pytest.approx(expected[1:], rel=0.01)


def test_a_parameter_that_never_moves_does_not_stop_the_others() -> None:
    found = mixing(np.concatenate([np.zeros((4, 50, 1)), chains(1, 4, 50, 0.0)], axis=2))
    assert np.isfinite([found.rhat, found.bulk, found.tail]).all()
    assert found.rhat[0] == 1


@given(
    low=st.floats(-45, 45), width=st.floats(1e-3, 90), ends=st.sampled_from(["both", "low", "high"])
)
def test_truncated_normals_follow_their_distribution(low: float, width: float, ends: str) -> None:
    a = -np.inf if ends == "high" else low
    b = np.inf if ends == "low" else low + width
    drawn = truncated_normal(np.full(400, a), np.full(400, b), rng(9))
    assert np.all((drawn >= a) & (drawn <= b))
    assert stats.kstest(drawn, stats.truncnorm(a, b).cdf).pvalue > 1e-5
