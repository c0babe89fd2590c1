"""What a supported answer is worth: what its study could have found, how far claims of this size
and spread go wrong, and whether a next study would claim it again.

The estimate of a study like this one is taken as A + s T, T of Student's t with df degrees of
freedom (Gelman and Carlin 2014, doi 10.1177/1745691614551642); with λ = A / s > 0, F and f the
distribution and density of T, c = t(1 - α/2) and G(x) = ∫_x^∞ t f = ν / (ν - 1) f(x) (1 + x² / ν):

    power         P = 1 - F(c - λ) + F(-c - λ)
    wrong sign    F(-c - λ) / P
    exaggeration  (λ (1 - F(c - λ)) - λ F(-c - λ) + G(c - λ) + G(c + λ)) / (λ P)

This is no power of the result that was seen: A is never the estimate. It is half of it, since
replications came to half of what had been published (Open Science Collaboration 2015, doi
10.1126/science.aac4716), and what is found with 80 % power is told without any A.

A next study with m times the donors has the estimate b + s √(1 + 1 / m) T if nothing was known
before (a flat prior; Goodman 1992, doi 10.1002/sim.4780110705), and claims in the same direction
with the probability

    F((|b| / s - c / √m) / √(1 + 1 / m))

When not to use: as a reason to believe or to doubt an answer that the interval does not give. The
probability of replication is too high where many results were looked at and this one was picked.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from exvivo.compare.estimate import emptied
from exvivo.compare.judge.standard_error import Located, located
from exvivo.compare.methods.intervals import critical_t
from exvivo.findings import Estimand, EstimandCode, Facts, Finding
from exvivo.methods import DESIGN_ANALYSIS, NEXT_STUDY
from exvivo.units import SHARE

POWER = 0.8
"""The power with which a difference counts as one that a study could find."""
ASSUMED = 0.5
"""The share of the estimate that is assumed true where exaggeration is told."""


@dataclass(frozen=True)
class Claims:
    """What studies of one size and spread claim if the truth is as assumed: how often (`power`),
    how many of the claims point the wrong way (`wrong_sign`), and how many times too large they are
    (`exaggeration`).
    """

    power: float
    wrong_sign: float
    exaggeration: float


def claims(truth: float, error: float, df: float, *, alpha: float) -> Claims:
    """The claims of studies of a true effect above 0, with its standard error."""
    from scipy.special import stdtr

    effect, critical = truth / error, critical_t(df, alpha)
    right = float(stdtr(df, effect - critical))
    wrong = float(stdtr(df, -effect - critical))
    beyond = _beyond(critical - effect, df) + _beyond(critical + effect, df)
    power = right + wrong
    claimed = (effect * (right - wrong) + beyond) / power
    return Claims(power, wrong / power, claimed / effect)


def _beyond(x: float, df: float) -> float:
    """G(x), the mean of T beyond x times its probability."""
    from scipy.special import gammaln

    # log f(x) of Student's t.
    constant = gammaln((df + 1) / 2) - gammaln(df / 2) - math.log(df * math.pi) / 2
    density = math.exp(constant - (df + 1) / 2 * math.log1p(x * x / df))
    return df / (df - 1) * density * (1 + x * x / df)


def detectable(error: float, df: float, *, alpha: float, power: float = POWER) -> float:
    """The true effect that a study claims in its direction with some power: t(1 - α/2) + t(power)
    standard errors.
    """
    return (critical_t(df, alpha) + critical_t(df, 2 * (1 - power))) * error


def replication(t: float, df: float, *, alpha: float, times: float = 1.0) -> float:
    """The probability that a next study with `times` the donors claims an effect of t standard
    errors in the same direction, with a flat prior.
    """
    from scipy.special import stdtr

    ahead = t - critical_t(df, alpha) / times**0.5
    return float(stdtr(df, ahead / (1 + 1 / times) ** 0.5))


def with_worth(findings: Sequence[Finding]) -> list[Finding]:
    """The findings, what each supported answer is worth behind all that stands beside it."""
    families: dict[str, list[float]] = {}
    for finding in findings:
        if finding.part == "answer" and finding.p is not None:
            families.setdefault(finding.family, []).append(finding.p)
    extended: list[Finding] = []
    worth: list[Finding] = []
    for finding in findings:
        if finding.part == "answer":
            extended += worth
            worth = _of_answer(finding, families.get(finding.family, []))
        extended.append(finding)
    return extended + worth


def _of_answer(answer: Finding, p: Sequence[float]) -> list[Finding]:
    """What an answer is worth if it is supported; `p` are the p values of its family."""
    if answer.verdict != "supported" or answer.p is None:
        return []
    return worth_of(answer, tests=sum(other >= answer.p for other in p))


def worth_of(answer: Finding, *, tests: int = 1) -> list[Finding]:
    """Beside a supported answer: what its study could have found, claims if half of it were true,
    and the next study. Nothing where its interval shows no standard error.

    `tests` are those that Holm's correction divides the level by when it comes to this answer.
    """
    where = located(answer)
    return list(_worth(answer, where, tests)) if where else []


def _worth(answer: Finding, where: Located, tests: int) -> Iterator[Finding]:
    alpha = 1 - answer.level
    blank = replace(emptied(answer), part="robustness", method=DESIGN_ANALYSIS, method_facts={})
    smallest = detectable(where.error, where.df, alpha=alpha / tests)
    yield _number(blank, where.in_unit(smallest), "detectable", {"power": POWER})
    yield _half_true(blank, where, alpha / tests)
    yield _next_study(blank, where, alpha)


def _half_true(blank: Finding, where: Located, alpha: float) -> Finding:
    """What studies like this one claim if the share `ASSUMED` of the estimate is true."""
    truth = ASSUMED * abs(where.estimate)
    of_half = claims(truth, where.error, where.df, alpha=alpha)
    facts: Facts = {
        "power": of_half.power,
        "exaggeration": of_half.exaggeration,
        "wrong_sign": of_half.wrong_sign,
        "claimed": where.in_unit(of_half.exaggeration * truth),
        "unit": blank.unit.id,
    }
    return _number(blank, where.in_unit(truth), "half_true", facts)


def _next_study(blank: Finding, where: Located, alpha: float) -> Finding:
    """The chance that a next study of the same size claims it again, and one of twice the size."""
    again, twice = (replication(where.t, where.df, alpha=alpha, times=times) for times in (1, 2))
    next_study = replace(blank, unit=SHARE, method=NEXT_STUDY)
    return _number(next_study, again, "replication", {"twice": twice})


def _number(blank: Finding, estimate: float, code: EstimandCode, facts: Facts) -> Finding:
    return replace(blank, estimate=estimate, estimand=Estimand(code, facts))
