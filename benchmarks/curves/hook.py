"""Samples at several dilutions, some of them with a hook: how many are found, and how many honest
ones are marked.

The simulator shares nothing with the package. A well holds the amount x; antibody that is used up
makes the signal fall again,

    signal = 0.05 + 3.2 u / (1 + u) / (1 + (x / x_hook)^2),    u = (x / 500)^1.15

with x_hook far above the standards (15.6 to 1000). Every step of a dilution series errs by itself
and hands its error on to the thinner ones, as series are pipetted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from benchmarks.row import Row
from exvivo.arrays import Bools, Floats
from exvivo.quantify.concentrations import concentrations
from exvivo.study import Analyte, Group, Immunoassay, Plate, Study
from exvivo.tables import WELLS

_ASSAY = Immunoassay(id="elisa", kind="immunoassay", analyte="TNF")
_STANDARDS = (0.0, 15.6, 31.25, 62.5, 125.0, 250.0, 500.0, 1000.0)
_SAMPLES = 12
"""Samples a plate."""
_STUDY_PLATES = 40
"""Simulated plates of each setting."""


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One way to run a plate: dilutions, wells of each, noise of a well, error of a pipetting step
    (both CV).
    """

    dilutions: tuple[float, ...] = (2.0, 8.0, 32.0, 128.0)
    wells: int = 2
    noise: float = 0.04
    step: float = 0.05


SETTINGS = (
    Setting(),
    Setting(noise=0.10, step=0.10),
    Setting(wells=1, noise=0.08, step=0.05),
    Setting(dilutions=(1.0, 10.0), wells=2),
    Setting(dilutions=(10.0, 20.0, 40.0, 80.0, 160.0), wells=2, step=0.07),
    Setting(wells=1, noise=0.15, step=0.10),
)
_MIDDLE = 250.0
"""Amounts below lie inside the range of every plate, however noisy: a quarter of the highest."""
_HOOKS = (3_000.0, 8_000.0, 20_000.0)
"""Amounts in a well at which the signal has fallen by half."""


def signal(amount: Floats, hook: float) -> Floats:
    """What a reader gives for the amounts in wells."""
    u = (amount / 500.0) ** 1.15
    return 0.05 + 3.2 * u / (1 + u) / (1 + (amount / hook) ** 2)


def plates(
    rng: np.random.Generator, setting: Setting, *, count: int, hook: float
) -> tuple[pl.DataFrame, Floats]:
    """The wells of simulated plates, and the true amounts of their samples (plates, samples)."""
    low, high = setting.dilutions[0] * 20.0, setting.dilutions[-1] * 900.0
    truth = np.exp(rng.uniform(np.log(low), np.log(high), (count, _SAMPLES)))
    rows: list[dict[str, object]] = []
    for place in range(count):
        known: list[tuple[dict[str, object], float]] = [
            ({"role": "standard" if x else "blank", "nominal": x or None}, x)
            for x in _STANDARDS
            for _ in range(2)
        ]
        wells = known + _samples(rng, setting, truth[place])
        amounts = np.array([x for _, x in wells])
        bright = signal(amounts, hook) * np.exp(setting.noise * rng.standard_normal(len(wells)))
        for at, ((facts, _), value) in enumerate(zip(wells, bright.tolist(), strict=True)):
            rows.append(_WELL | facts | {"plate": f"P{place}", "well": f"W{at}", "value": value})
    return WELLS.frame(rows).with_columns(reading=pl.col("value"), se=pl.lit(0.0)), truth


_WELL: dict[str, object] = {
    "source": "f",
    "sha256": "0",
    "block": "b",
    "channel": "TNF",
    "kind": "signal",
    "censor": "none",
    "unit": "OD",
    "assay": "elisa",
    "readout": "protein",
    "analyte": "TNF",
    "dilution": 1.0,
}


def _samples(
    rng: np.random.Generator, setting: Setting, truth: Floats
) -> list[tuple[dict[str, object], float]]:
    wells: list[tuple[dict[str, object], float]] = []
    for sample, amount in enumerate(truth.tolist()):
        steps = np.cumsum(setting.step * rng.standard_normal(len(setting.dilutions)))
        for dilution, error in zip(setting.dilutions, steps.tolist(), strict=True):
            facts = {"role": "sample", "donor": f"D{sample}", "dilution": dilution}
            wells += [(facts, amount / dilution * float(np.exp(error)))] * setting.wells
    return wells


@dataclass(frozen=True)
class Outcome:
    """Of simulated samples (plates, samples): those that are marked, and those whose result is a
    value more than twofold off, or a bound that lies beyond the truth by as much.
    """

    marked: Bools
    wrong: Bools


def outcome(wells: pl.DataFrame, truth: Floats) -> Outcome:
    """What the package makes of plates."""
    names = wells["plate"].unique(maintain_order=True).to_list()
    made, rows = concentrations(wells, study=_study(names), assay=_ASSAY, method="m")
    figures = [each for row in rows if row["kind"] == "control" for each in row["figures"]]  # type: ignore[attr-defined]
    refuted = pl.DataFrame(
        [(each["plate"], each["of"]) for each in figures if each["name"] == "refuted"],
        schema={"plate": pl.String, "well": pl.String},
        orient="row",
    )
    marked, wrong = (np.zeros(truth.shape, dtype=np.bool_) for _ in range(2))
    at = {name: place for place, name in enumerate(names)}
    whose = wells.join(refuted, on=["plate", "well"], how="semi").select("plate", "donor").unique()
    for plate, donor in whose.iter_rows():
        marked[at[plate], int(donor[1:])] = True
    own = made.filter(on="amount").group_by("plate", "donor", maintain_order=True)
    for (plate, donor), results in own:
        place = at[str(plate)], int(str(donor)[1:])
        wrong[place] = _is_off(results, float(np.log2(truth[place])))
    return Outcome(marked, wrong)


def _is_off(results: pl.DataFrame, truth: float) -> bool:
    """Whether a sample's results say something that is more than twofold from the truth."""
    values = results["value"].drop_nulls().to_numpy()
    if len(values):
        return bool(abs(values.mean() - truth) > 1.0)
    lower, upper = (results[name].drop_nulls().to_list() for name in ("lower", "upper"))
    return max(lower, default=-np.inf) > truth + 1 or min(upper, default=np.inf) < truth - 1


def _study(plates_: list[str]) -> Study:
    return Study(
        exvivo=1,
        title="simulated",
        groups=(Group(id="a", name="a"),),
        analytes=(Analyte(id="TNF"),),
        assays=(_ASSAY,),
        plates=tuple(Plate(id=each, assay="elisa", layout="l", file="f") for each in plates_),
    )


def hooked(truth: Floats, setting: Setting, hook: float) -> Bools:
    """The samples of which a dilution falls back into the middle of the range (`_MIDDLE`) and shows
    less than half of what is there, and a thinner one lies where the signal still rises.
    """
    ladder = np.geomspace(1e-3, _STANDARDS[-1], 4000)
    top = signal(np.array([_STANDARDS[-1]]), hook)[0]
    in_wells = truth[..., None] / np.array(setting.dilutions)
    seen = signal(in_wells, hook)
    shown = np.interp(seen, signal(ladder, hook), ladder)
    inside = (seen < top) & (shown > _STANDARDS[1])
    false = inside & (shown < np.minimum(in_wells / 2, _MIDDLE))
    right = inside & (np.abs(shown / in_wells - 1) < 0.05)
    thinner = np.cumsum(right[..., ::-1], axis=-1)[..., ::-1] > 0
    return np.asarray((false & thinner).any(axis=-1))


def rows() -> list[Row]:
    """Marks of honest samples and of samples with a hook, over all settings."""
    honest = [_run(setting, hook=1e12, seed=place) for place, setting in enumerate(SETTINGS)]
    false = np.concatenate([each.marked.ravel() for each, _ in honest])
    worst = max(float(each.marked.mean()) for each, _ in honest)
    runs = [
        _run(setting, hook=hook, seed=100 + place)
        for hook in _HOOKS
        for place, setting in enumerate(SETTINGS)
    ]
    is_hooked = np.concatenate([hook.ravel() for _, hook in runs])
    found = np.concatenate([each.marked.ravel() for each, _ in runs])[is_hooked]
    wrong = np.concatenate([each.wrong.ravel() for each, _ in runs])[is_hooked]
    n = f"{len(false):,} samples"
    return [
        _share(f"hook: honest samples marked ({n})", false, "<= 2"),
        Row(what="hook: the same, worst setting", value=100 * worst, unit="%", bar="<= 2"),
        _share(f"hook: samples with a hook found ({is_hooked.sum():,})", found, ">= 95"),
        _share("hook: their results more than twofold off", wrong, "<= 2"),
    ]


def _share(what: str, which: Bools, bar: str) -> Row:
    return Row(what=what, value=100 * float(which.mean()), unit="%", bar=bar)


def _run(setting: Setting, *, hook: float, seed: int) -> tuple[Outcome, Bools]:
    rng = np.random.default_rng(seed)
    wells, truth = plates(rng, setting, count=_STUDY_PLATES, hook=hook)
    return outcome(wells, truth), hooked(truth, setting, hook)
