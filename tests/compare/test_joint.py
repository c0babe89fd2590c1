from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from compare_tables import clinic, group_of, quantities, quantity, study
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from exvivo.compare.joint import CHAINS, RUN, JointFit, joint, joint_of, own_covariance_identified
from exvivo.compare.joint_arrays import Asked, arrays_of
from exvivo.compare.joint_chains import mixing
from exvivo.compare.joint_checks import checked, gates
from exvivo.compare.joint_gibbs import cell_means, inverse_covariances, means_and_donors, normal_equations, sweep
from exvivo.compare.joint_model import JointData, Numbers, Priors, Series, Settings, Wells
from exvivo.compare.joint_sample import sample
from exvivo.compare.joint_start import Model, State, begin
from exvivo.compare.joint_summary import Quantity, attenuation, differences
from exvivo.compare.joint_truncated import truncated_normal
from exvivo.study import Association, Change, Difference, Specificity

MORE = Difference(id="more", ask="difference", groups=("FM", "HC"), assays=("p",), analytes=("TNF",), stimulus="ATP")
FIVE = replace(MORE, analytes=("TNF", "IL1B", "IL6", "IL8", "IL10"))
SHORT = replace(RUN, chains=6, warmup=100, draws=500, predictive=50, scales=(1.0, 1.0, 1.0, 1.0, 0.5, 2.0))


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def wells_of(
    *, donors: int, series: int = 1, conditions: int = 2, replicates: int = 2, cultures: int = 1, plates: int = 2
) -> Wells:
    """Every donor on the plate `donor % plates` (a further culture on the next one), all series and conditions."""
    d, a, c, k, r = (
        x.ravel().astype(np.intp)
        for x in np.meshgrid(
            *(np.arange(n) for n in (donors, series, conditions, cultures, replicates)), indexing="ij"
        )
    )
    del r
    return Wells(
        series=a,
        condition=c,
        donor=d,
        plate=(d + k) % plates,
        culture=k,
        sd=np.zeros(len(d)),
        loading=np.zeros((len(d), 0)),
    )


def data_of(wells: Wells, y: Numbers, donors: int, **more: Any) -> JointData:
    """One or several studies of these wells, half of the donors patients."""
    y = np.atleast_2d(y)
    conditions = int(wells.condition.max()) + 1
    given: dict[str, Any] = {
        "series": tuple(Series("p", f"A{i}") for i in range(int(wells.series.max()) + 1)),
        "conditions": ("none", "ATP")[:conditions], "groups": ("FM", "HC"), "donors": tuple(map(str, range(donors))),
        "plates": tuple(map(str, range(int(wells.plate.max()) + 1))), "group": np.arange(donors, dtype=np.intp) // -(-donors // 2),
        "wells": wells, "lower": y, "upper": y,
    }  # fmt: skip
    return JointData(**(given | more))


# The peer's study


@pytest.fixture(scope="module")
def peer(shared_data: Path) -> JointData:
    frame = pl.read_csv(shared_data / "reference" / "r_peer" / "study.csv")
    number = {
        name: frame[name].to_numpy().astype(np.intp) for name in ("ai", "cond", "donor", "plate", "grp", "cens")
    }
    y = frame["y"].to_numpy()
    below = number["cens"] == 1
    names = frame.sort("ai")["analyte"].unique(maintain_order=True).to_list()
    wells = Wells(series=number["ai"], condition=number["cond"], donor=number["donor"], plate=number["plate"],
                  culture=np.zeros_like(number["ai"]), sd=np.zeros(len(y)), loading=np.zeros((len(y), 0)))  # fmt: skip
    group = np.array([1 - number["grp"][number["donor"] == d][0] for d in range(24)], dtype=np.intp)
    return JointData(
        series=tuple(Series("p", name) for name in names), conditions=("none", "ATP"), groups=("FM", "HC"),
        donors=tuple(map(str, range(24))), plates=tuple("0123"), group=group, wells=wells,
        lower=np.where(below, -np.inf, y)[None], upper=np.where(below, frame["loq"].to_numpy(), y)[None],
    )  # fmt: skip


def fitted(data: JointData, question: Difference = FIVE, **more: Any) -> JointFit:
    return joint_of(
        Asked(data=data, left_out={}, unscored={}), study=study(question), question=question, rng=rng(), **more
    )


def test_the_peers_study_passes_its_gates_and_detected_analytes_keep_their_raw_difference(peer: JointData) -> None:
    fit = fitted(peer, settings=replace(RUN, draws=600))
    assert fit.reason == ""
    assert all(gate.holds for gate in fit.gates.values())
    # TNF, IL6 and IL8 have no undetected well: the raw difference of donors' mean responses, an independent number.
    for name, raw in (("TNF", 0.39714), ("IL6", 0.00309), ("IL8", 0.06029)):
        found = fit.one("p", name, "response")
        assert found.estimate == pytest.approx(raw, abs=0.02)
    tnf = fit.one("p", "TNF", "response")
    assert tnf.sd == pytest.approx(0.1376, abs=0.02)  # lmer's Kenward-Roger standard error of (nearly) the same wells
    assert tnf.positive is not None and tnf.positive > 0.98


def test_the_pooled_variant_draws_analytes_together(peer: JointData) -> None:
    """Stored posterior means of other engines for the pooled model: .321 .256 .053 .082 .067 (their priors differ a little)."""
    settings = Settings(chains=4, warmup=150, draws=400, pooled=("FM", "HC"))
    drawn = differences(peer, sample(peer, priors=Priors(), settings=settings, rng=rng()), "FM", "HC")["response"]
    mean, sd = drawn.mean(axis=(0, 1, 2)), drawn.std(axis=(0, 1, 2))
    assert np.all(np.abs(mean - [0.321, 0.256, 0.053, 0.082, 0.067]) < 0.5 * sd)
    assert 0.1 < mean[0] - mean[2] < 0.36  # unpooled it is .394


# The sampler against dense formulas and against its own prior


def awkward(seed: int = 3) -> JointData:
    """Two cultures a donor on two plates, known errors, errors of one donor and of many, scores with one missing, bounds."""
    wells = wells_of(donors=12, series=2, cultures=2, plates=3)
    number = len(wells.series)
    chance = rng(seed)
    loading = np.zeros((number, 3))
    loading[:, 0] = np.where(wells.series == 0, 0.3 + 0.1 * wells.donor, 0.0)
    loading[:, 1] = np.where(wells.plate == 1, 0.2, 0.0)
    loading[wells.donor == 4, 2] = 0.5
    keep = ~((wells.donor == 2) & (wells.series == 1) & (wells.condition == 0))
    part = {n: getattr(wells, n)[keep] for n in ("series", "condition", "donor", "plate", "culture")}
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


def dense(model: Model, state: State, chain: int) -> tuple[Numbers, Numbers, Numbers]:
    """Precision and linear term of means, plates and keys from whole matrices over wells; and the columns of the wells."""
    design, data = model.design, model.data
    wells, order = data.wells, design.order
    w = {n: getattr(wells, n)[order] for n in ("series", "condition", "donor", "plate", "culture", "sd")}
    pairs = sorted({(int(a), int(p)) for a, p in zip(w["series"], w["plate"], strict=True)})
    j, groups, n = data.dimensions, len(data.groups), len(data.donors)
    scored = [(d, s) for d in range(n) for s in range(len(data.scales)) if not np.isnan(data.score[0, d, s])]
    number = len(w["series"])
    x = np.zeros((number + len(scored), design.structural + design.key.shape[2]))
    z = np.zeros((number + len(scored), n * j))
    cultures = np.zeros((number + len(scored),) * 2)
    for i in range(number):
        dimension = w["series"][i] * 2 + w["condition"][i]
        x[i, dimension * groups + data.group[w["donor"][i]]] = 1
        x[i, design.means + pairs.index((int(w["series"][i]), int(w["plate"][i])))] = 1
        z[i, w["donor"][i] * j + dimension] = 1
        same = np.all([w[k] == w[k][i] for k in ("series", "condition", "donor", "culture")], axis=0)
        cultures[i, :number] = same * state.culture[chain, w["series"][i]]
        x[i, design.structural :] = design.key.reshape(-1, design.key.shape[2])[design.cell_at[design.well_cell[i]]]
    for i, (d, s) in enumerate(scored, number):
        x[i, (len(data.series) * 2 + s) * groups + data.group[d]] = 1
        z[i, d * j + len(data.series) * 2 + s] = 1
    own = np.concatenate([state.well[chain, w["series"]] + w["sd"] ** 2, np.full(len(scored), 1e-10)])
    alone = np.concatenate([wells.loading[order][:, 2], np.zeros(len(scored))])
    whole = (
        z @ np.kron(np.eye(n), state.covariance[chain, 0]) @ z.T + cultures + np.diag(own) + np.outer(alone, alone)
    )
    y = np.concatenate([state.y[chain], [data.score[0, d, s] for d, s in scored]])
    prior = np.zeros((x.shape[1],) * 2)
    prior[: design.means, : design.means] = model.prior[chain]
    plate = [1 / state.plate[chain, a] for a, _ in pairs]
    prior[design.means :, design.means :] = np.diag(plate + [1.0] * design.key.shape[2])
    solved = np.linalg.solve(whole, np.column_stack([x, y]))
    return x.T @ solved[:, :-1] + prior, x.T @ solved[:, -1], y


def test_the_normal_equations_are_those_of_whole_matrices() -> None:
    model, state = begin(awkward(), priors=Priors(), settings=Settings(chains=3, scales=(1.0, 0.5)), rng=rng())
    assert len(model.design.cultured) == 2 and model.design.key.shape[2] == 2
    for _ in range(3):
        sweep(state, model, rng(2))
    mean, error = cell_means(state, model)
    precision, linear = normal_equations(state, model, mean, inverse_covariances(state, model, error))
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
    scored = state.u[:, model.design.score_donor, -1] + groups[:, data.group[model.design.score_donor]]
    assert scored == pytest.approx(model.score, abs=1e-9)


def test_donors_are_drawn_from_their_conditional() -> None:
    """Mean and covariance of many draws of one donor's effects against the formula, everything else held."""
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
    """Parameters drawn from the stated priors (their densities, no code of the sampler), and the wells of 8 donors from them."""
    conditions = int(wells.condition.max()) + 1
    mean = chance.normal(0, priors.level, (conditions, 1)) + chance.normal(0, priors.deviation, (conditions, 2))
    scale = 4 * chance.gamma(
        0.5, priors.donor**2, conditions
    )  # 2 nu / a, with a ~ inverse gamma(1/2, 1/A^2) and nu = 2
    sigma = np.atleast_2d(stats.invwishart.rvs(2 + conditions - 1, np.diag(scale), random_state=chance))
    well, plate = (
        abs(float(stats.t.rvs(2, scale=size, random_state=chance))) for size in (priors.well, priors.plate)
    )
    plates = chance.normal(0, plate, int(wells.plate.max()) + 1)
    u = np.cumsum(chance.multivariate_normal(np.zeros(conditions), sigma, 8), axis=1)  # baseline, baseline + response
    y = mean[wells.condition, wells.donor // 4] + u[wells.donor, wells.condition] + plates[wells.plate]
    y = y + np.sqrt(well**2 + wells.sd**2) * chance.standard_normal(len(y))
    low = y < limit
    data = data_of(wells, y, 8, lower=np.where(low, -np.inf, y)[None], upper=np.where(low, limit, y)[None])
    apart = mean[:, 0] - mean[:, 1]
    told = {"difference": apart[-1] - (apart[0] if conditions == 2 else 0), "well": well, "plate": plate}
    return told | {"baseline": float(sigma[0, 0]) ** 0.5, "last": float(sigma[-1, -1]) ** 0.5}, data


@pytest.mark.calibration
@pytest.mark.parametrize(("conditions", "known"), [(1, 0.5), (2, 0.0)])
def test_ranks_of_the_truth_among_draws_are_uniform(conditions: int, known: float) -> None:
    """Simulation-based calibration (Talts et al. 2018, arXiv 1804.06788): one series, about a third of the wells undetected."""
    priors = Priors(level=1.0, deviation=1.0, donor=0.7, well=0.5, plate=0.5)
    chance = rng(11)
    wells = wells_of(donors=8, conditions=conditions, replicates=2, plates=3)
    wells = replace(wells, sd=np.where(np.arange(len(wells.sd)) % 2 == 0, known, 0.0))
    studies = [prior_study(chance, wells, priors, -0.5) for _ in range(300)]
    lower, upper = (np.concatenate([getattr(data, end) for _, data in studies]) for end in ("lower", "upper"))
    drawn = around_zero(replace(studies[0][1], lower=lower, upper=upper), priors, rng(12))
    for name, draws in drawn.items():
        truth = np.array([told[name] for told, _ in studies])
        ranks = (draws[:, ::9] < truth[:, None]).sum(axis=1)
        counted = np.histogram(ranks, bins=10, range=(0, 101))[0]
        assert stats.chisquare(counted).pvalue > 0.001, (name, counted)


def around_zero(data: JointData, priors: Priors, chance: np.random.Generator) -> dict[str, Numbers]:
    """900 draws of each study, the level's prior around 0 as the truth's is (not around the middle of the data)."""
    model, state = begin(data, priors=priors, settings=Settings(chains=1), rng=chance)
    middle = model.centre[:, 0]
    blind = tuple(
        replace(b, **{end: getattr(b, end) + middle[b.chain[b.well_unit]] for end in ("lower", "upper")})
        for b in model.blind
    )
    ends = {end: getattr(model, end) + middle[model.chain] for end in ("lower", "upper")}
    model = replace(model, blind=blind, **ends)
    state.y += middle[:, None]
    state.eta += middle[:, None]
    kept: dict[str, list[Numbers]] = {name: [] for name in ("difference", "well", "plate", "baseline", "last")}
    for number in range(1050):
        sweep(state, model, chance)
        if number >= 150:
            apart = state.phi[:, 0 : model.design.means : 2] - state.phi[:, 1 : model.design.means : 2]
            u = state.covariance[:, 0]
            last = u[:, 0, 0] if len(data.conditions) == 1 else u[:, 0, 0] + u[:, 1, 1] - 2 * u[:, 0, 1]
            kept["difference"].append(apart[:, -1] - (apart[:, 0] if len(data.conditions) == 2 else 0))
            kept["baseline"].append(np.sqrt(u[:, 0, 0]))
            kept["last"].append(np.sqrt(last))
            kept["well"].append(np.sqrt(state.well[:, 0]))
            kept["plate"].append(np.sqrt(state.plate[:, 0]))
    return {name: np.stack(values, axis=1) for name, values in kept.items()}


# Coverage on studies it did not see

TRUE = np.array([0.6, 0.25, 0.15, 0.0, 0.1])


def virtual(studies: int, chance: np.random.Generator) -> JointData:
    """14 patients and 10 controls, 5 analytes, 3 wells, 4 plates, about 8 % of the wells undetected; no code of the sampler."""
    wells = wells_of(donors=24, series=5, replicates=3, plates=4)
    group = (np.arange(24) >= 14).astype(np.intp)
    both = [
        0.6 * (0.4**0.5 * chance.normal(size=(studies, 24, 1)) + 0.6**0.5 * chance.normal(size=(studies, 24, 5)))
        for _ in "ab"
    ]
    level, response = np.array([5, 3.2, 5.5, 7, 2.9]), np.array([1.3, 0.8, 0.4, 0.3, 0.4])
    a, c, d = wells.series, wells.condition, wells.donor
    y = level[a] + both[0][:, d, a] + c * (response[a] + 0.58 * both[1][:, d, a] + TRUE[a] * (group[d] == 0))
    y = y + 0.25 * chance.normal(size=(studies, 5, 4))[:, a, wells.plate]
    y = y + np.array([0.15, 0.2, 0.15, 0.12, 0.25])[a] * chance.normal(size=y.shape)
    limit = np.array([-9, 3.0, -9, -9, 2.5])[a]
    return data_of(wells, y, 24, group=group, lower=np.where(y < limit, -np.inf, y), upper=np.maximum(y, limit))


@pytest.mark.calibration
def test_intervals_cover_the_truth() -> None:
    chance = rng(21)
    data = virtual(60, chance)
    drawn = differences(
        data,
        sample(data, priors=Priors(), settings=Settings(chains=1, warmup=150, draws=500), rng=chance),
        "FM",
        "HC",
    )
    effects = drawn["response"].reshape(60, -1, 5)
    effects = np.concatenate([effects, effects[..., :1] - effects[..., 1:].mean(axis=-1, keepdims=True)], axis=-1)
    truth = np.append(TRUE, TRUE[0] - TRUE[1:].mean())
    low, high = np.quantile(effects, [0.025, 0.975], axis=1)
    covered = ((low < truth) & (truth < high)).sum(axis=0)
    assert covered.min() >= stats.binom.ppf(0.001, 60, 0.95)
    assert stats.binom.ppf(0.0005, 360, 0.95) < covered.sum() <= 358
    off = (effects.mean(axis=1) - truth) / ((high - low) / 3.92)
    assert np.abs(off.mean(axis=0)).max() < 3.3 / 60**0.5


def test_a_correlation_with_a_score_is_found_and_freed_of_culture_error_where_cultures_tell() -> None:
    """60 donors, true r .7 of the response; culture error as large as the donors' spread halves what one culture shows."""
    chance, n = rng(31), 60
    score = chance.normal(size=n)
    response = 0.5 * (0.7 * score + 0.51**0.5 * chance.normal(size=n))
    culture = 0.354 * chance.normal(size=(n, 2, 2))
    found = {}
    for cultures in (1, 2):
        wells = wells_of(donors=n, cultures=cultures, plates=2)
        y = 5 + wells.condition * (1 + response[wells.donor]) + culture[wells.donor, wells.condition, wells.culture]
        y = y + 0.1 * chance.normal(size=len(y))
        data = data_of(wells, y, n, scales=("VAS",), score=score[None, :, None])
        assert data.several_cultures.tolist() == [cultures == 2]
        drawn = sample(data, priors=Priors(), settings=Settings(chains=4, warmup=150, draws=400), rng=chance)
        found[cultures] = float(drawn.correlation.mean())
    assert found[1] == pytest.approx(0.7 * 0.5**0.5, abs=0.13)  # reliability of one culture: 1/2
    assert found[2] == pytest.approx(0.7, abs=0.12)
    assert found[2] - found[1] > 0.08


def test_the_curve_divides_by_the_root_of_the_reliability() -> None:
    rows = attenuation(0.6, -0.1, 0.9, (0.25, 0.5, 1.0))
    assert rows[0].estimate is None  # .6 / .5 is no correlation
    assert rows[1].estimate == pytest.approx(0.6 / 0.5**0.5)
    assert (rows[0].lower, rows[0].upper) == pytest.approx((-0.2, 1.0))
    assert rows[2].estimate == 0.6


# Parts


def chains(seed: int, number: int, draws: int, rho: float, shift: float = 0.0, *, heavy: bool = False) -> Numbers:
    normal = np.random.default_rng(seed).standard_normal((number, draws))
    x = normal.copy()
    for t in range(1, draws):
        x[:, t] = rho * x[:, t - 1] + np.sqrt(1 - rho * rho) * normal[:, t]
    x[0] += shift
    return np.asarray((np.exp(2 * x) if heavy else x)[..., None])


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (chains(1, 4, 500, 0.0), (1.0051182208183744, 2008.8884428488348, 1952.5744591520352)),
        (chains(3, 3, 400, 0.9, 0.5), (1.0593499322241795, 52.27257448599967, 119.85599209478619)),
        (chains(4, 4, 600, 0.5, heavy=True), (1.0090545507105153, 841.5572948496257, 1432.1353716727183)),
        (chains(5, 2, 250, -0.4), (1.0030072629682494, 903.912242290622, 433.3442351933607)),
    ],
)
def test_arviz_finds_the_same_mixing(made: Numbers, expected: tuple[float, float, float]) -> None:
    """R-hat, bulk size, and the smaller size of the 5 % and 95 % quantiles, from arviz-stats 0.8.0."""
    found = mixing(made)
    assert found.rhat[0] == pytest.approx(expected[0], rel=1e-9)
    assert (found.bulk[0], found.tail[0]) == pytest.approx(expected[1:], rel=0.01)


def test_a_parameter_that_never_moves_does_not_stop_the_others() -> None:
    found = mixing(np.concatenate([np.zeros((4, 50, 1)), chains(1, 4, 50, 0.0)], axis=2))
    assert np.isfinite([found.rhat, found.bulk, found.tail]).all()
    assert found.rhat[0] == 1


@given(low=st.floats(-45, 45), width=st.floats(1e-3, 90), ends=st.sampled_from(["both", "low", "high"]))
def test_truncated_normals_follow_their_distribution(low: float, width: float, ends: str) -> None:
    a = -np.inf if ends == "high" else low
    b = np.inf if ends == "low" else low + width
    drawn = truncated_normal(np.full(400, a), np.full(400, b), rng(9))
    assert np.all((drawn >= a) & (drawn <= b))
    assert stats.kstest(drawn, stats.truncnorm(a, b).cdf).pvalue > 1e-5


# From tables


def table(*, cultures: int = 1, low: dict[str, float] | None = None, **more: Any) -> list[dict[str, Any]]:
    """Six donors a group, TNF and IL6, two wells a condition on two plates; patients respond by 1 more in TNF."""
    chance = rng(41)
    rows = []
    for i, donor in enumerate([f"FM{i:02}" for i in range(6)] + [f"HC{i:02}" for i in range(6)]):
        for analyte in ("TNF", "IL6"):
            level, extra = (
                chance.normal(5, 0.5),
                chance.normal(1, 0.2) + (group_of(donor) == "FM") * (analyte == "TNF"),
            )
            for stimulus in (None, "ATP"):
                for culture in range(cultures):
                    for _ in range(2):
                        value: float | None = level + extra * (stimulus == "ATP") + chance.normal(0, 0.1)
                        given: dict[str, Any] = {"analyte": analyte, "plate": f"P{i % 2}", "culture": f"c{culture}"}
                        if value is not None and value < (low or {}).get(analyte, -np.inf):
                            value, given = None, given | {"censor": "left", "upper": (low or {})[analyte]}
                        rows.append(quantity(donor, stimulus, value, **given | more))
    return rows


SCORES: dict[str, float | None] = {f"{letters}{i:02}": 10.0 * i for letters in ("FM", "HC") for i in range(6)}
RELATED = Association(
    id="r", ask="association", within="FM", assays=("p",), analytes=("TNF",), scales=("VAS",), stimulus="ATP"
)


def asked(rows: list[dict[str, Any]], question: Any = MORE, scores: dict[str, float | None] | None = None) -> Asked:
    return arrays_of(quantities(*rows), clinic(scores or SCORES), study=study(question), question=question)


def test_arrays_hold_every_well_of_the_asked_conditions() -> None:
    shared = [{"key": "E", "loading": 0.3}, {"key": "C", "loading": 0.1}]
    rows = table(low={"IL6": 4.5}, shared=shared)
    rows += [quantity("FM00", "LPS", 3.0), quantity(None, None, 3.0)]
    data = asked(rows).data
    assert data is not None
    assert data.series == (Series("p", "IL6"), Series("p", "TNF")) and data.conditions == ("none", "ATP")
    assert data.lower.shape == (1, 96)
    assert data.keys == ("C", "E") and np.all(data.wells.loading == [0.1, 0.3])
    frame = pl.DataFrame(rows[:96])
    for a, name in enumerate(("IL6", "TNF")):
        for c, stimulus in enumerate((None, "ATP")):
            mine = (data.wells.series == a) & (data.wells.condition == c)
            seen = frame.filter(pl.col("analyte") == name, pl.col("stimulus").eq_missing(stimulus))
            detected = data.lower[0, mine & (data.lower[0] == data.upper[0])]
            assert sorted(detected) == pytest.approx(sorted(seen["value"].drop_nulls().to_list()))
            assert int((data.upper[0, mine] == 4.5).sum()) == seen["value"].null_count()
    assert data.group.tolist() == [0] * 6 + [1] * 6


def test_an_undetected_well_errs_as_the_detected_one_nearest_to_its_bound() -> None:
    rows = table()
    rows[0] |= {"value": None, "censor": "left", "upper": 3.0, "sd": 0.01}
    nearest = min((r for r in rows[1:] if r["analyte"] == "TNF"), key=lambda r: abs(r["value"] - 3.0))
    nearest["sd"] = 0.77
    data = asked(rows).data
    assert data is not None
    assert data.wells.sd[data.lower[0] != data.upper[0]].tolist() == [0.77]


def test_scores_are_those_of_the_asked_group_standardised() -> None:
    data = asked(table(), RELATED).data
    assert data is not None and data.scales == ("VAS",)
    mine = data.score[0, :, 0]
    assert np.isnan(mine[6:]).all()
    assert (mine[:6].mean(), mine[:6].std(ddof=1)) == pytest.approx((0, 1))


def fit(
    rows: list[dict[str, Any]], question: Any = MORE, scores: dict[str, float | None] | None = None, **more: Any
) -> JointFit:
    return joint_of(
        asked(rows, question, scores), study=study(question), question=question, rng=rng(), settings=SHORT, **more
    )


def loose(found: JointFit) -> None:
    """Nothing in a record is NaN, and what is not shown says why."""
    for p in found.found:
        numbers = [p.estimate, p.sd, p.lower, p.upper, p.positive]
        assert all(v is None for v in numbers) == bool(p.reason)
        assert all(v is None or np.isfinite(v) for v in numbers)
    assert bool(found.reason) == all(p.reason for p in found.found)
    assert found.verdict == ("not estimable" if found.reason else "")


def test_a_small_study_is_answered_and_the_same_seed_gives_the_same_numbers() -> None:
    rows = table()
    first, again = (fit(rows) for _ in range(2))
    loose(first)
    assert first.found == again.found
    tnf = first.one("p", "TNF", "response")
    assert tnf.lower is not None and tnf.upper is not None and tnf.lower < 1 < tnf.upper
    contrast = first.one("p", "TNF", "contrast")
    assert contrast.against == (Series("p", "IL6"),)
    assert first.draws is not None and first.draws.mean.shape[1] == 4


def test_specificity_is_held_against_what_it_names() -> None:
    only = Specificity(
        id="s",
        ask="specificity",
        groups=("FM", "HC"),
        assays=("p",),
        analytes=("TNF",),
        against=("IL6",),
        stimulus="ATP",
    )
    found = fit(table(), only).one("p", "TNF", "contrast")
    assert found.reason or (found.estimate is not None and abs(found.estimate - 1) < 4 * (found.sd or 0))


def without(rows: list[dict[str, Any]], **lost: Any) -> list[dict[str, Any]]:
    return [row for row in rows if not all(row[name] == value for name, value in lost.items())]


BAD: dict[str, tuple[list[dict[str, Any]], Any, dict[str, float | None], str]] = {
    "one donor in a group": ([r for r in table() if r["group"] == "FM" or r["donor"] == "HC00"], MORE, SCORES, "1 donors"),
    "all undetected": (table(low={"TNF": 99.0}), MORE, SCORES, "undetected"),
    "no control wells": ([r for r in table() if r["stimulus"]], MORE, SCORES, "no unstimulated well"),
    "no wells": ([], MORE, SCORES, "no result"),
    "constant": ([r | {"value": 5.0} for r in table()], MORE, SCORES, "the same result"),
    "constant score": (table(), RELATED, dict.fromkeys(SCORES, 3.0), "the same score"),
    "no score": (table(), RELATED, {"FM00": 1.0}, "donors with a score"),
    "confounded": ([r | {"plate": r["group"]} for r in table()], MORE, SCORES, "confounded"),
    "other cells": (table(), Change(id="c", ask="change", within="FM", assays=("p",), analytes=("TNF",), visits=("1", "2")), SCORES, "no question of kind"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_input_gives_a_reason(name: str) -> None:
    rows, question, scores, words = BAD[name]
    found = joint(quantities(*rows), clinic(scores), study=study(question), question=question, rng=rng())
    loose(found)
    assert found.verdict == "not estimable"
    assert words in found.reason
    assert [p.reason for p in found.found] and all(words in p.reason for p in found.found)


def test_an_analyte_that_cannot_be_estimated_leaves_the_others() -> None:
    found = fit(table(low={"IL6": 99.0}), replace(MORE, analytes=("TNF", "IL6")))
    loose(found)
    assert "undetected" in found.one("p", "IL6", "response").reason
    assert "undetected" not in found.one("p", "TNF", "response").reason
    assert set(found.left_out) == {Series("p", "IL6")}


def test_a_group_needs_donors_for_a_covariance_of_its_own() -> None:
    small = asked(table())
    assert small.data is not None
    assert own_covariance_identified(small.data)  # 6 donors, 4 dimensions
    few = asked([r for r in table() if r["donor"] not in ("HC00", "HC01")])
    found = joint_of(few, study=study(MORE), question=MORE, rng=rng(), own_covariance=True)
    assert found.verdict == "not estimable" and "covariance" in found.reason
    whole = joint_of(small, study=study(MORE), question=MORE, rng=rng(), own_covariance=True, settings=SHORT)
    loose(whole)


# Gates


def test_chains_that_have_not_met_and_priors_that_decide_are_refused() -> None:
    apart = chains(2, 4, 400, 0.0, 0.6)[..., 0]
    check = checked(Quantity(series=Series("p", "TNF"), what="response", draws=apart), [apart + 0.4])
    assert any("have not met" in reason for reason in check.reasons)
    assert any("the prior decides" in reason for reason in check.reasons)
    good = chains(1, 4, 500, 0.0)[..., 0]
    assert checked(Quantity(series=Series("p", "TNF"), what="response", draws=good), [good + 0.1]).reasons == ()


def test_wells_the_model_cannot_replicate_are_refused() -> None:
    """A few cells with wild wells: the middle cell is far tighter than one common error makes it."""
    wells = wells_of(donors=20, replicates=3)
    chance = rng(51)
    size = np.where((wells.donor % 10 == 0), 3.0, 0.02)
    data = data_of(wells, 5 + chance.normal(size=20)[wells.donor] + size * chance.normal(size=len(size)), 20)
    drawn = sample(
        data, priors=Priors(), settings=Settings(chains=4, warmup=150, draws=300, predictive=50), rng=chance
    )
    (gate,) = gates(data, drawn).values()
    assert any("spread of wells" in reason for reason in gate.reasons)


def test_a_study_of_files_is_answered(tmp_path: Path) -> None:
    """The demo study: written as files, read, quantified, and asked; the truth is a difference of 1 in TNF."""
    from exvivo.quantify import quantify
    from exvivo.run import gather
    from exvivo.simulate import model_study, write

    write(model_study(rng=np.random.default_rng(7)), tmp_path / "study")
    gathered = gather(tmp_path / "study")
    found, _ = quantify(gathered.wells, study=gathered.study)
    question = next(q for q in gathered.study.questions if q.ask == "difference")
    assert isinstance(question, Difference)
    one = replace(question, assays=("protein",))
    held = arrays_of(found, gathered.clinic, study=gathered.study, question=one)
    assert held.data is not None and len(held.data.series) == 5 and held.data.keys
    drawn = sample(held.data, priors=Priors(), settings=Settings(chains=4, warmup=100, draws=150), rng=rng())
    tnf = differences(held.data, drawn, "FM", "HC")["response"][..., held.data.series.index(Series("protein", "TNF"))]
    assert abs(tnf.mean() - 1) < 3 * tnf.std()
    assert mixing(tnf[0][..., None]).rhat[0] < 1.05


def test_the_run_holds_chains_for_halved_and_doubled_priors() -> None:
    assert RUN.chains == len(RUN.scales) and RUN.scales.count(1.0) == CHAINS
