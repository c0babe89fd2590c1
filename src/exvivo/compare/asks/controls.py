"""What controls that should hold nothing bear on an answer: warnings, with how many wells and
donors are concerned and what the controls show.

Of the wells behind an answer some may be bounds at a control, carry the share that may be the
control's, or lie no earlier than one of which too few amplify (`tables.NEAR_CONTROL`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

import polars as pl

from exvivo.compare.asks.specificity import compared_with
from exvivo.compare.estimate import warned
from exvivo.compare.evidence import Evidence
from exvivo.compare.sample import NearControl, Sample
from exvivo.findings import Caveat, CaveatCode, Fact, Facts, Finding
from exvivo.study import Association, Change, Measured, Question, Specificity, groups_of
from exvivo.study.question_records import Identity

_CODES: Mapping[str, CaveatCode] = {
    "bound": "bounded_by_control",
    "share": "share_of_control",
    "doubt": "control_in_doubt",
}
"""The warning of each thing that a control bears."""
Concerned = tuple[str, NearControl]
"""A donor with the controls of one of its wells."""


def with_controls(
    questions: Sequence[Question], by_question: list[list[Finding]], evidence: Evidence
) -> list[list[Finding]]:
    """The findings of each question, its answers with what controls bear on their wells."""
    if not any(map(_any_near, evidence.responses.values())):
        return by_question
    pairs = zip(questions, by_question, strict=True)
    return [[_warned(one, question, evidence) for one in found] for question, found in pairs]


def _any_near(responses: pl.DataFrame) -> bool:
    """Whether any well of some responses has a control near."""
    near = responses["each_well"].explode().struct.field("near_control")
    return bool(near.struct.field("bears").is_not_null().any())


def _warned(finding: Finding, question: Question, evidence: Evidence) -> Finding:
    if finding.part != "answer" or isinstance(question, Identity):
        return finding
    samples = _samples(question, finding, evidence)
    return warned(finding, *caveats_of(samples))


def _samples(question: Measured, answer: Finding, evidence: Evidence) -> Iterator[Sample]:
    """The donors behind an answer, with the wells of everything that is compared."""
    own = (answer.assay, answer.analyte)
    whole = [evidence.sample(question, *own)]
    if isinstance(question, Specificity):
        whole += compared_with(question, answer, evidence)
    elif isinstance(question, Change):
        whole = [evidence.sample(question, *own, visit=visit) for visit in question.visits]
    if isinstance(question, Association) and question.answer == "across groups":
        yield from whole
    else:
        yield from (sample.of(*groups_of(question)) for sample in whole)


def caveats_of(samples: Iterable[Sample]) -> Iterator[Caveat]:
    """The warnings of the wells of some donors, by role of the controls and what they bear."""

    def kind(concerned: Concerned) -> tuple[str, str]:
        return concerned[1].bears, concerned[1].role

    order = list(_CODES)
    wells = sorted(_concerned(samples), key=lambda one: (order.index(one[1].bears), kind(one)))
    for (bears, role), concerned in groupby(wells, key=kind):
        yield Caveat(_CODES[bears], _facts(role, list(concerned)))


def _concerned(samples: Iterable[Sample]) -> Iterator[Concerned]:
    for sample in samples:
        for donor, wells in zip(sample.donors, sample.wells, strict=False):
            yield from ((donor, well.near_control) for well in wells if well.near_control)


def _facts(role: str, concerned: Sequence[Concerned]) -> Facts:
    """What a reader must know of some wells: how many, of how many donors, and what the controls
    show: the earliest Cq, or the highest signal.
    """
    near = [one for _, one in concerned]
    shows = [one.shows for one in near if one.shows is not None]
    shares = [one.share for one in near if one.share is not None]
    facts: dict[str, Fact] = {
        "role": role,
        "wells": len(near),
        "donors": len({donor for donor, _ in concerned}),
        "shows": (max if role == "blank" else min)(shows),
    }
    return facts | ({"share": max(shares)} if shares else {})
