"""One model from wells to claims: all analytes, readouts and conditions of a study, and the scores
of its donors, at once.

What it assumes is in `joint_model`, how it is drawn in `joint_gibbs`. Its numbers stand beside an
answer: a difference between groups that is free of the wells' error and of undetected results, the
probability of its direction, the contrast that alone can speak of specificity, and the correlation
of a donor's response with a score. No number is shown before its gates hold.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl

from exvivo.compare.joint.arrays import Asked, arrays_of
from exvivo.compare.joint.checks import Checked, Gate, checked, gates
from exvivo.compare.joint.model import Draws, JointData, Priors, Series, Settings
from exvivo.compare.joint.sample import sample
from exvivo.compare.joint.summary import Posterior, Quantity, posterior, quantities_of
from exvivo.study import Association, Measured, Study, groups_of

METHOD = (
    "joint Bayesian model of wells, donors and scores; effects of groups unpooled, full covariance of donors "
    "(doi 10.1214/13-BA815), bounds as bounds; block Gibbs sampler"
)
POOLED = "the same with the analytes' differences exchangeable (sceptical: it draws them together)"
CHAINS, SENSITIVE = 6, 2
"""Chains that are summed up, and chains for each of the priors halved and doubled."""
RUN = Settings(
    chains=CHAINS + 2 * SENSITIVE,
    warmup=200,
    draws=1000,
    predictive=50,
    scales=(1.0,) * CHAINS + (0.5,) * SENSITIVE + (2.0,) * SENSITIVE,
)


@dataclass(frozen=True, kw_only=True)
class JointFit:
    """What the joint model says to one question. `reason` is empty where at least one number is
    shown.

    `found` are the posteriors, also of series that could not be estimated (with their reason);
    `gates` by series, `checks` in the order of `found` where there were draws. `draws` are those of
    the stated priors.
    """

    found: tuple[Posterior, ...]
    gates: dict[Series, Gate] = field(default_factory=dict)
    checks: tuple[Checked | None, ...] = ()
    draws: Draws | None = None
    data: JointData | None = None
    reason: str = ""
    left_out: dict[Series, str] = field(default_factory=dict)
    unscored: dict[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    method: str = METHOD
    priors: str = ""

    @property
    def verdict(self) -> str:
        """`not estimable` where no number is shown, else empty."""
        return "not estimable" if self.reason else ""

    def one(self, assay: str, analyte: str, what: str, scale: str | None = None) -> Posterior:
        """The posterior of that name. Raises `StopIteration` where the question has none."""
        return next(
            p
            for p in self.found
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
    return joint_of(
        asked, study=study, question=question, rng=rng, pooled=pooled, priors=priors or Priors()
    )


def joint_of(
    asked: Asked,
    *,
    study: Study,
    question: Measured,
    rng: np.random.Generator,
    pooled: bool = False,
    priors: Priors | None = None,
    own_covariance: bool = False,
    settings: Settings = RUN,
) -> JointFit:
    """The same from arrays. `own_covariance`: each group has its own covariance of donors, where
    its donors can tell it.
    """
    priors = priors or Priors()
    bare = JointFit(
        found=_untold(asked, question),
        left_out=asked.left_out,
        unscored=asked.unscored,
        warnings=asked.warnings,
        method=POOLED if pooled else METHOD,
        priors=priors.words(),
        data=asked.data,
    )
    if asked.data is None:
        return replace(bare, reason=asked.reason)
    if own_covariance and not own_covariance_identified(asked.data):
        return replace(bare, reason="too few donors in a group to tell a covariance of its own")
    groups = groups_of(question)
    settings = replace(
        settings,
        pooled=(groups[0], groups[1]) if pooled and len(groups) == 2 else None,
        covariance_by_group=own_covariance,
    )
    fit = _once(asked.data, bare, question, priors, settings, rng, study.plan.alpha)
    if any(p.reason for p in fit.found[len(bare.found) :]):
        longer = replace(settings, warmup=2 * settings.warmup, draws=2 * settings.draws)
        fit = _once(asked.data, bare, question, priors, longer, rng, study.plan.alpha)
    return fit


def own_covariance_identified(data: JointData) -> bool:
    """Whether every group has more donors than a donor has dimensions (by two), so that data and
    not the prior tell a covariance.
    """
    return bool(np.bincount(data.group, minlength=len(data.groups)).min() >= data.dimensions + 2)


def _once(
    data: JointData,
    bare: JointFit,
    question: Measured,
    priors: Priors,
    settings: Settings,
    rng: np.random.Generator,
    alpha: float,
) -> JointFit:
    drawn = sample(data, priors=priors, settings=settings, rng=rng)
    scales = np.resize(np.array(settings.scales), settings.chains)
    main = _chains(drawn, scales == 1.0)
    others = [_chains(drawn, scales == scale) for scale in sorted(set(scales.tolist()) - {1.0})]
    held = gates(data, main)
    quantities = quantities_of(data, main, question)
    moved = [quantities_of(data, other, question) for other in others]
    checks = [checked(q, [m[i].draws for m in moved]) for i, q in enumerate(quantities)]
    told = [_gated(q, c, held, alpha) for q, c in zip(quantities, checks, strict=True)]
    shown = any(not p.reason for p in told)
    reasons = dict.fromkeys(p.reason for p in told if p.reason)
    return replace(
        bare,
        found=(*bare.found, *told),
        gates=held,
        checks=(*(None for _ in bare.found), *checks),
        draws=main,
        reason="" if shown else "; ".join(reasons),
    )


def _gated(quantity: Quantity, check: Checked, held: dict[Series, Gate], alpha: float) -> Posterior:
    """The posterior, or why it is not shown: its own check, and the gates of every series it rests
    on.
    """
    reasons = [
        *check.reasons,
        *(
            f"{s.analyte} ({s.assay}): {why}"
            for s in (quantity.series, *quantity.against)
            for why in held[s].reasons
        ),
    ]
    full = posterior(quantity, alpha=alpha)
    if not reasons:
        return full
    return replace(
        full,
        estimate=None,
        sd=None,
        lower=None,
        upper=None,
        positive=None,
        curve=(),
        reason="; ".join(reasons),
    )


def _chains(draws: Draws, chosen: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Draws:
    """The draws of some chains."""
    names = (
        "mean",
        "spread",
        "response_spread",
        "correlation",
        "well",
        "plate",
        "culture",
        "pool",
        "replicated",
    )
    return replace(draws, **{name: getattr(draws, name)[:, chosen] for name in names})


def _untold(asked: Asked, question: Measured) -> tuple[Posterior, ...]:
    """A record with its reason for every asked number that the arrays cannot give."""
    scales = question.scales if isinstance(question, Association) else (None,)
    what = (
        "correlation"
        if isinstance(question, Association)
        else "response"
        if question.stimulus
        else "level"
    )
    found = []
    for assay in question.assays:
        for analyte in question.analytes:
            series = Series(assay, analyte)
            for scale in scales:
                reason = (
                    asked.left_out.get(series) or asked.unscored.get(scale or "") or asked.reason
                )
                if reason:
                    unit = "correlation" if scale else "log2 fold"
                    found.append(
                        Posterior(series=series, what=what, unit=unit, scale=scale, reason=reason)
                    )
    return tuple(found)
