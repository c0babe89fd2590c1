"""One model from wells to claims: all analytes, readouts and conditions of a study, and the scores
of its donors, at once.

What it assumes is in `model`, how it is drawn in `gibbs`. Its numbers stand beside an
answer: a difference between groups that is free of the wells' error and of undetected results, the
probability of its direction, the contrast that alone can speak of specificity, and the correlation
of a donor's response with a score. No number is shown before its gates hold.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from itertools import islice, product

import numpy as np
import polars as pl

from exvivo.arrays import Bools, Floats
from exvivo.compare.joint.arrays import Asked, arrays_of
from exvivo.compare.joint.checks import Checked, Gate, checked, gates, has_met
from exvivo.compare.joint.model import Draws, JointData, Priors, Series, Settings
from exvivo.compare.joint.sample import in_rounds
from exvivo.compare.joint.summary import (
    Posterior,
    Quantity,
    What,
    posterior,
    quantities_of,
    unit_of,
)
from exvivo.study import Association, Measured, Study, groups_of

CHAINS, SENSITIVE = 4, 1
"""Chains that are summed up, and chains for each of the priors halved and doubled."""
ROUNDS = 4
"""Rounds of draws at most: there is no further one once all chains have met."""
RUN = Settings(
    chains=CHAINS + 2 * SENSITIVE,
    warmup=200,
    draws=800,
    predictive=200,
    scales=(1.0,) * CHAINS + (0.5,) * SENSITIVE + (2.0,) * SENSITIVE,
)


@dataclass(frozen=True, kw_only=True)
class JointFit:
    """What the joint model says to one question. `reason` is empty where at least one number is
    shown.

    `posteriors` are there also for series that could not be estimated (with their reason); `gates`
    by series, `checks` in the order of `posteriors` where there were draws. `draws` are those of
    the stated priors.
    """

    posteriors: tuple[Posterior, ...]
    gates: dict[Series, Gate] = field(default_factory=dict)
    checks: tuple[Checked | None, ...] = ()
    draws: Draws | None = None
    data: JointData | None = None
    reason: str = ""
    left_out: dict[Series, str] = field(default_factory=dict)
    unscored: dict[str, str] = field(default_factory=dict)

    @property
    def verdict(self) -> str:
        """`not estimable` where no number is shown, else empty."""
        return "not estimable" if self.reason else ""

    def one(self, assay: str, analyte: str, what: str, scale: str | None = None) -> Posterior:
        """The posterior of that name. Raises `StopIteration` where the question has none."""
        return next(
            p
            for p in self.posteriors
            if (p.series, p.what, p.scale) == (Series(assay, analyte), what, scale)
        )


def joint(
    quantities: pl.DataFrame,
    clinic: pl.DataFrame,
    *,
    study: Study,
    question: Measured,
    rng: np.random.Generator,
    pooled: bool = False,
    priors: Priors | None = None,
) -> JointFit:
    """Answer a question of difference, specificity or association from QUANTITIES and CLINIC.

    `pooled` gives the sensitivity analysis with exchangeable analytes. The same generator state
    gives the same numbers. Bad input gives a record with its reason, never an error.
    """
    asked = arrays_of(quantities, clinic, study=study, question=question)
    return joint_of(asked, study=study, question=question, rng=rng, pooled=pooled, priors=priors)


def joint_of(
    asked: Asked,
    *,
    study: Study,
    question: Measured,
    rng: np.random.Generator,
    pooled: bool = False,
    priors: Priors | None = None,
    settings: Settings = RUN,
) -> JointFit:
    """The same from arrays."""
    priors = priors or Priors()
    bare = JointFit(
        posteriors=_unanswered(asked, question),
        left_out=asked.left_out,
        unscored=asked.unscored,
        data=asked.data,
    )
    if asked.data is None:
        return replace(bare, reason=asked.reason)
    groups = groups_of(question)
    settings = replace(
        settings,
        pooled=(groups[0], groups[1]) if pooled and len(groups) == 2 else None,
    )
    run = _Run(asked.data, question, priors, study.plan.alpha)
    return run.fitted(bare, settings, rng)


@dataclass(frozen=True)
class _Run:
    """What stays the same while the chains run on."""

    data: JointData
    question: Measured
    priors: Priors
    alpha: float

    def fitted(self, bare: JointFit, settings: Settings, rng: np.random.Generator) -> JointFit:
        """The numbers after as many rounds as it takes until chains have met, at most `ROUNDS`."""
        scales = np.resize(np.array(settings.scales), settings.chains)
        rounds = in_rounds(self.data, priors=self.priors, settings=settings, rng=rng)
        for drawn in islice(rounds, ROUNDS):
            fit = self._judged(bare, drawn, scales)
            if all(has_met(check) for check in (*fit.gates.values(), *fit.checks) if check):
                break
        return fit

    def _judged(self, bare: JointFit, drawn: Draws, scales: Floats) -> JointFit:
        """The numbers of these draws, with their checks."""
        main = _chains(drawn, scales == 1.0)
        series = gates(self.data, main)
        quantities = quantities_of(self.data, main, self.question)
        checks = list(self._checks(quantities, drawn, scales))
        posteriors = [
            _gated(quantity, check, series, self.alpha)
            for quantity, check in zip(quantities, checks, strict=True)
        ]
        shown = any(not p.reason for p in posteriors)
        reasons = dict.fromkeys(p.reason for p in posteriors if p.reason)
        return replace(
            bare,
            posteriors=(*bare.posteriors, *posteriors),
            gates=series,
            checks=(*(None for _ in bare.posteriors), *checks),
            draws=main,
            reason="" if shown else "; ".join(reasons),
        )

    def _checks(
        self, quantities: list[Quantity], drawn: Draws, scales: Floats
    ) -> Iterator[Checked]:
        """The check of each number, against the chains with other scales of the priors."""
        others = [
            quantities_of(self.data, _chains(drawn, scales == scale), self.question)
            for scale in sorted(set(scales.tolist()) - {1.0})
        ]
        for i, quantity in enumerate(quantities):
            yield checked(quantity, [moved[i].draws for moved in others])


def _gated(
    quantity: Quantity, check: Checked, series: dict[Series, Gate], alpha: float
) -> Posterior:
    """The posterior, or why it is not shown: its own check, and the gates of every series it rests
    on.
    """
    reasons = list(check.reasons)
    for s in (quantity.series, *quantity.against):
        reasons += [f"{s.analyte} ({s.assay}): {why}" for why in series[s].reasons]
    full = posterior(quantity, alpha=alpha)
    if not reasons:
        return full
    return Posterior(
        series=full.series,
        what=full.what,
        unit=full.unit,
        against=full.against,
        scale=full.scale,
        corrected=full.corrected,
        reason="; ".join(reasons),
    )


def _chains(draws: Draws, chosen: Bools) -> Draws:
    """The draws of some chains."""
    names = {part.name for part in fields(draws)} - {"plated", "cultured"}
    return replace(draws, **{name: getattr(draws, name)[:, chosen] for name in names})


def _unanswered(asked: Asked, question: Measured) -> tuple[Posterior, ...]:
    """A record with its reason for every asked number that the arrays cannot give."""
    scales: tuple[str | None, ...] = (None,)
    what: What = "response" if question.stimulus else "level"
    if isinstance(question, Association):
        scales, what = question.scales, "correlation"
    rows: list[Posterior] = []
    for assay, analyte, scale in product(question.assays, question.analytes, scales):
        series = Series(assay, analyte)
        reason = asked.left_out.get(series) or asked.unscored.get(scale or "") or asked.reason
        if reason:
            unit = unit_of(what)
            rows.append(Posterior(series=series, what=what, unit=unit, scale=scale, reason=reason))
    return tuple(rows)
