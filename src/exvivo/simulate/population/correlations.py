"""How the numbers of one donor go together: one matrix of correlations, or why none can exist.

Of cell types C, visits V, assays R, analytes A and kinds K (level, response to each stimulus) the
latents have the correlation of their places in the Kronecker product C ⊗ V ⊗ R ⊗ A ⊗ K, each factor
one number off its diagonal (in K, the level with a response and one response with another), so the
whole is positive where every factor is. A score has the stated correlation with the response (or
the level, where questions ask for that) of the analytes that are named; with those that are not,
what follows if they go together through the named ones alone: c_b = R_bS R_SS⁻¹ c_S. Two scales of
which one is better and one worse when it is high have the correlation of scores with the other
sign. A matrix that is not positive belongs to no people.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from exvivo.arrays import Bools, Floats
from exvivo.errors import Mistake, StudyError
from exvivo.simulate.population.model import Latent, Score
from exvivo.study import Agreement, AssumedScore

_LEAST = 1e-9
"""The least eigenvalue that counts as positive."""
_HALVINGS = 40
_WHERE = "study.yaml: assumptions"
_FACTORS = {
    "cell_types": "cell_type",
    "visits": "visit",
    "readouts": "assay",
    "analytes": "analyte",
}
"""What latents differ in, by the name that its correlation has in `agreement`."""


@dataclass(frozen=True)
class Together:
    """What correlates in the people of one group: latents and scores, with what is `stated` of
    that group's scores; `better` are the scales of which a high score is good. `asked` are the
    kinds of result that questions relate to a scale, by scale and analyte: the response (True), the
    level (False), or both.
    """

    latents: Sequence[Latent]
    scores: Sequence[Score]
    better: Container[str]
    stated: Sequence[AssumedScore]
    agreement: Agreement
    asked: Mapping[tuple[str, str], frozenset[bool]] = field(default_factory=dict)

    def kinds_of(self, scale: str, analyte: str) -> frozenset[bool]:
        """The kinds of result that a stated correlation is of: those that are asked, else the
        response where anything is stimulated.
        """
        stimulated = any(latent.stimulus for latent in self.latents)
        return self.asked.get((scale, analyte), frozenset({stimulated}))

    def is_told(self, score: Score, latent: Latent) -> bool:
        """Whether a stated correlation of a score can be of a latent."""
        kinds = self.kinds_of(score.scale, latent.analyte)
        return latent.visit == score.visit and bool(latent.stimulus) in kinds


def factor_of(together: Together) -> Floats:
    """The lower triangle L of the correlations R = L L' of latents, then scores.

    Raises `StudyError` with the smallest change that makes them possible.
    """
    if slips := list(_impossible(together)):
        raise StudyError(slips)
    own = _of_latents(together.latents, together.agreement)
    beside = _with_scores(together, own)
    whole = _joined(own, beside, together)
    if _least(whole) < -_LEAST:
        raise StudyError(_no_people(own, beside, together))
    return _triangle(whole)


def _triangle(whole: Floats) -> Floats:
    """A triangle of a matrix that may be singular: a correlation of 1 is one."""
    sizes, vectors = np.linalg.eigh(whole)
    root = vectors * np.sqrt(np.maximum(sizes, 0.0))
    _, upper = np.linalg.qr(root.T)
    signs = np.where(np.diag(upper) < 0, -1.0, 1.0)
    return np.asarray((upper * signs[:, None]).T)


def _impossible(together: Together) -> Iterator[Mistake]:
    """Factors that no people can have."""
    agreement = together.agreement
    for name, part in _FACTORS.items():
        yield from _too_low(name, getattr(agreement, name), _several(together, part))
    stimuli = len({latent.stimulus for latent in together.latents} - {None})
    if _least(_of_kinds(agreement, stimuli)) < -_LEAST:
        yield _no_kinds(agreement, stimuli)


def _several(together: Together, part: str) -> int:
    """How many of something the latents have."""
    return len({getattr(latent, part) for latent in together.latents})


def _no_kinds(agreement: Agreement, stimuli: int) -> Mistake:
    """Correlations that a level and so many responses cannot have."""
    finding = f"level_and_response {agreement.level_and_response:g} with stimuli "
    return Mistake(
        f"{_WHERE}: agreement",
        finding + f"{agreement.stimuli:g}, of {stimuli} responses",
        "correlations that one donor's level and responses can have together",
        "bring level_and_response nearer to 0, or raise stimuli",
    )


def _too_low(name: str, value: float, size: int) -> Iterator[Mistake]:
    """A factor that is too low: k numbers cannot all disagree by more than 1 / (k - 1)."""
    least = -1.0 / max(size - 1, 1)
    if value < least - _LEAST:
        yield Mistake(
            f"{_WHERE}: agreement: {name}",
            f"{value:g}, which no people can have: {size} that all correlate by it",
            f"at least {least:.3g}",
            f"write {least:.3g} or more",
        )


def _of_kinds(agreement: Agreement, stimuli: int) -> Floats:
    """Level, then the response to each stimulus."""
    kinds = np.full((stimuli + 1, stimuli + 1), agreement.stimuli)
    kinds[0] = kinds[:, 0] = agreement.level_and_response
    np.fill_diagonal(kinds, 1.0)
    return kinds


def _of_latents(latents: Sequence[Latent], agreement: Agreement) -> Floats:
    """The correlations of latents: products over what two of them differ in."""
    whole = np.ones((len(latents), len(latents)))
    for name, part in _FACTORS.items():
        whole *= np.where(_is_alike(latents, part), 1.0, getattr(agreement, name))
    return whole * _kinds(latents, agreement)


def _is_alike(latents: Sequence[Latent], part: str) -> Bools:
    """Which two latents are alike in something (latents, latents)."""
    words = np.array([str(getattr(latent, part) or "") for latent in latents])
    return np.asarray(words[:, None] == words)


def _kinds(latents: Sequence[Latent], agreement: Agreement) -> Floats:
    """What level and responses make of the correlations."""
    level = np.array([not latent.stimulus for latent in latents])
    mixed = np.where(level[:, None] != level, agreement.level_and_response, agreement.stimuli)
    return np.where(_is_alike(latents, "stimulus"), 1.0, mixed)


def _with_scores(together: Together, own: Floats) -> Floats:
    """The correlations of every score with every latent (scores, latents)."""
    beside = np.zeros((len(together.scores), len(together.latents)))
    for row, score in enumerate(together.scores):
        beside[row] = _of_score(score, together, own)
    return beside


def _of_score(score: Score, together: Together, own: Floats) -> Floats:
    """Those of one score: as stated of the named analytes, else as these carry it."""
    stated, told = _stated(score, together.stated), list(_told_of(score, together))
    named = [place for place, analyte in enumerate(told) if analyte in stated]
    if not named:
        return np.zeros(len(told))
    return _carried(own, named, np.array([stated[told[place]] for place in named]))


def _carried(own: Floats, named: list[int], given: Floats) -> Floats:
    """The correlations of all latents with a score of which those of some are given."""
    weights = np.linalg.lstsq(own[np.ix_(named, named)], given, rcond=None)[0]
    carried = own[:, named] @ weights
    carried[named] = given
    return np.asarray(carried)


def _told_of(score: Score, together: Together) -> Iterator[str]:
    """The analyte of each latent that correlations of a score may be of; empty for the others."""
    for latent in together.latents:
        yield latent.analyte if together.is_told(score, latent) else ""


def is_meant(line: AssumedScore, score: Score) -> bool:
    """Whether a line of scores is of a score: of its scale, and of its visit or of all."""
    return line.scale == score.scale and line.visit in ("", score.visit)


def _stated(score: Score, lines: Sequence[AssumedScore]) -> Mapping[str, float]:
    """The stated correlations of a score by analyte; a later line goes before an earlier one."""
    stated: dict[str, float] = {}
    for line in lines:
        if is_meant(line, score):
            stated |= line.correlation
    return stated


def _joined(own: Floats, beside: Floats, together: Together) -> Floats:
    """The whole matrix: latents, then scores."""
    return np.block([[own, beside.T], [beside, _of_scores(together)]]) if len(beside) else own


def _of_scores(together: Together) -> Floats:
    """The correlations of scores with one another."""
    signs = _signs(together)
    scores = together.agreement.scores * np.outer(signs, signs)
    np.fill_diagonal(scores, 1.0)
    return np.asarray(scores)


def _signs(together: Together) -> Floats:
    """-1 for scores of which a high one is good, 1 for the others (scores,)."""
    return np.array([-1.0 if one.scale in together.better else 1.0 for one in together.scores])


def _no_people(own: Floats, beside: Floats, together: Together) -> Mistake:
    """Why the stated correlations of scores cannot be, and by how much they are too large."""
    share = _possible_share(own, beside, together)
    names = ", ".join(_scales(together))
    return Mistake(
        f"{_WHERE}: scores",
        f"correlations of {names} with responses that no people can have at once",
        "a matrix of correlations that can exist, beside those of `agreement`",
        _smaller(share, _strongest(together)),
    )


def _scales(together: Together) -> list[str]:
    """The scales of which correlations are stated."""
    return sorted({line.scale for line in together.stated if line.correlation})


def _strongest(together: Together) -> float:
    """The largest stated correlation of a score, without its sign."""
    return max(abs(value) for line in together.stated for value in line.correlation.values())


def _smaller(share: float, strongest: float) -> str:
    """How to make the correlations of scores possible."""
    return (
        f"multiply them by {np.floor(100 * share) / 100:g} (the largest, {strongest:g}, becomes "
        f"{np.floor(100 * share * strongest) / 100:g}), or raise `scores` or `analytes` of "
        "`agreement`"
    )


def _possible_share(own: Floats, beside: Floats, together: Together) -> float:
    """The largest share of the correlations of scores that people can have, from below."""
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        is_possible = _least(_joined(own, middle * beside, together)) >= 0
        low, high = (middle, high) if is_possible else (low, middle)
    return low


def _least(whole: Floats) -> float:
    """The least eigenvalue; 1 of a matrix without rows."""
    return float(np.linalg.eigvalsh(whole).min(initial=1.0))
