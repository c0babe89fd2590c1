"""The ways within a report: anchors of questions, answers, figures, and the links between them.

A link needs no script. From a sentence to its figure, its numbers, the curves or bead clouds and
the plates of its assay, and to the donors; from an assay back to the answers that rest on it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

PEOPLE = "people"
"""The anchor of the section on who took part."""
JOINT_MODEL = "joint-model"
"""The anchor of the figures of the joint model."""
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9_.-]")
_EVIDENCE = {
    "amplification": "curves",
    "standard_curve": "standards",
    "calibration": "calibration curves",
    "beads": "bead clouds",
    "cq_map": "plates",
    "plates": "plates",
}
"""The figures of an assay that show wells and curves, with the words of a link to them."""


@dataclass(frozen=True, slots=True)
class Way:
    """A link within the page."""

    anchor: str
    label: str


def question_anchor(number: int) -> str:
    """The anchor of a question, counted from 1."""
    return f"question-{number}"


def answer_anchor(question: int, number: int) -> str:
    """The anchor of an answer of a question, both counted from 1."""
    return f"answer-{question}-{number}"


def numbers_anchor(question: int, number: int) -> str:
    """The anchor of the numbers of an answer."""
    return f"numbers-{question}-{number}"


def assay_anchor(assay: str) -> str:
    """The anchor of the figures of an assay."""
    return f"assay-{escaped(assay)}"


def donor_anchor(donor: str) -> str:
    """The anchor of a donor in the list of all."""
    return f"donor-{escaped(donor)}"


def escaped(name: str) -> str:
    """A name in an anchor. Different names stay different: what is no plain letter, digit, `_`,
    `-` or `.` stands as its number between two `~`.

    >>> escaped("FM-01"), escaped("FM 01")
    ('FM-01', 'FM~20~01')
    """
    return _NOT_PLAIN.sub(lambda sign: f"~{ord(sign[0]):x}~", name)


def evidence_of(figures: Iterable[str]) -> Iterator[Way]:
    """The links from an answer to the curves and plates of its assay, among the figures of that
    assay.
    """
    drawn = list(figures)
    for kind, label in _EVIDENCE.items():
        yield from (Way(name, label) for name in drawn if name.endswith(f"_{kind}"))
