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

from exvivo.arrays import Floats
from exvivo.errors import Mistake, StudyError
from exvivo.simulate.population.model import Latent, Score
from exvivo.study import Agreement, AssumedScore

_LEAST = 1e-9
"""The least eigenvalue that counts as positive."""
_HALVINGS = 40
_WHERE = "study.yaml: assumptions"


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


def factor_of(together: Together) -> Floats:
    """The lower triangle L of the correlations R = L L' of latents, then scores.

    Raises `StudyError` with the smallest change that makes them possible.
    """
    slips = list(_impossible(together))
    if slips:
        raise StudyError(slips)
    own = _of_latents(together.latents, together.agreement)
    beside = _with_scores(together, own)
    whole = _joined(own, beside, together)
    if np.linalg.eigvalsh(whole).min(initial=1.0) < -_LEAST:
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
    """Factors that no people can have: k numbers cannot all disagree by more than 1 / (k - 1)."""
    agreement, latents = together.agreement, together.latents
    sizes = {
        "cell_types": len({latent.cell_type for latent in latents}),
        "visits": len({latent.visit for latent in latents}),
        "readouts": len({latent.assay for latent in latents}),
        "analytes": len({latent.analyte for latent in latents}),
    }
    for name, size in sizes.items():
        value, least = getattr(agreement, name), -1.0 / max(size - 1, 1)
        if value < least - _LEAST:
            yield _too_low(name, value, least, f"{size} that all correlate by it")
    stimuli = len({latent.stimulus for latent in latents} - {None})
    kinds = _of_kinds(agreement, stimuli)
    if np.linalg.eigvalsh(kinds).min() < -_LEAST:
        finding = f"level_and_response {agreement.level_and_response:g} with stimuli "
        yield Mistake(
            f"{_WHERE}: agreement",
            finding + f"{agreement.stimuli:g}, of {stimuli} responses",
            "correlations that one donor's level and responses can have together",
            "bring level_and_response nearer to 0, or raise stimuli",
        )


def _too_low(name: str, value: float, least: float, why: str) -> Mistake:
    return Mistake(
        f"{_WHERE}: agreement: {name}",
        f"{value:g}, which no people can have: {why}",
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
    by_field = {
        "cell_type": agreement.cell_types,
        "visit": agreement.visits,
        "assay": agreement.readouts,
        "analyte": agreement.analytes,
    }
    whole = np.ones((len(latents), len(latents)))
    for name, value in by_field.items():
        words = np.array([str(getattr(latent, name)) for latent in latents])
        whole *= np.where(words[:, None] == words, 1.0, value)
    return whole * _kinds(latents, agreement)


def _kinds(latents: Sequence[Latent], agreement: Agreement) -> Floats:
    """What level and responses make of the correlations."""
    names = np.array([latent.stimulus or "" for latent in latents])
    level = names == ""
    mixed = np.where(level[:, None] != level, agreement.level_and_response, agreement.stimuli)
    return np.where(names[:, None] == names, 1.0, mixed)


def _with_scores(together: Together, own: Floats) -> Floats:
    """The correlations of every score with every latent (scores, latents)."""
    beside = np.zeros((len(together.scores), len(together.latents)))
    for row, score in enumerate(together.scores):
        beside[row] = _of_score(score, together, own)
    return beside


def _of_score(score: Score, together: Together, own: Floats) -> Floats:
    """Those of one score: as stated of the named analytes, else as these carry it."""
    stated = _stated(score, together.stated)
    latents = together.latents
    named = [
        place
        for place, latent in enumerate(latents)
        if latent.analyte in stated
        and latent.visit == score.visit
        and bool(latent.stimulus) in together.kinds_of(score.scale, latent.analyte)
    ]
    if not named:
        return np.zeros(len(latents))
    given = np.array([stated[latents[place].analyte] for place in named])
    weights = np.linalg.lstsq(own[np.ix_(named, named)], given, rcond=None)[0]
    carried = own[:, named] @ weights
    carried[named] = given
    return np.asarray(carried)


def _stated(score: Score, lines: Sequence[AssumedScore]) -> Mapping[str, float]:
    """The stated correlations of a score by analyte; a later line goes before an earlier one."""
    stated: dict[str, float] = {}
    for line in lines:
        if line.scale == score.scale and line.visit in ("", score.visit):
            stated |= line.correlation
    return stated


def _joined(own: Floats, beside: Floats, together: Together) -> Floats:
    """The whole matrix: latents, then scores."""
    signs = np.array([-1.0 if one.scale in together.better else 1.0 for one in together.scores])
    scores = together.agreement.scores * np.outer(signs, signs)
    np.fill_diagonal(scores, 1.0)
    return np.block([[own, beside.T], [beside, scores]]) if len(beside) else own


def _no_people(own: Floats, beside: Floats, together: Together) -> Mistake:
    """Why the stated correlations of scores cannot be, and by how much they are too large."""
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        least = np.linalg.eigvalsh(_joined(own, middle * beside, together)).min()
        low, high = (middle, high) if least >= 0 else (low, middle)
    names = sorted({line.scale for line in together.stated if line.correlation})
    strongest = max(abs(value) for line in together.stated for value in line.correlation.values())
    return Mistake(
        f"{_WHERE}: scores",
        f"correlations of {', '.join(names)} with responses that no people can have at once",
        "a matrix of correlations that can exist, beside those of `agreement`",
        f"multiply them by {np.floor(100 * low) / 100:g} (the largest, {strongest:g}, becomes "
        f"{np.floor(100 * low * strongest) / 100:g}), or raise `scores` or `analytes` of "
        "`agreement`",
    )
