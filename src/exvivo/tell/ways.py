"""The ways within a report: anchors of questions, answers, figures, and the links between them.

A link needs no script. From a sentence to its figure, its numbers, the curves or bead clouds and
the plates of its assay, and to the donors; from an assay back to the answers that rest on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from exvivo.study import Study

PEOPLE = "people"
"""The anchor of the section on who took part."""
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


def file_name(name: str) -> str:
    """An id as part of a file name or an anchor."""
    return "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in name)


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
    return f"assay-{file_name(assay)}"


def donor_anchor(donor: str) -> str:
    """The anchor of a donor in the list of all."""
    return f"donor-{file_name(donor)}"


def evidence_of(assay: str, figures: Iterable[str]) -> Iterator[Way]:
    """The links from an answer to the curves and plates of its assay, as far as they are drawn."""
    drawn = set(figures)
    for kind, label in _EVIDENCE.items():
        name = f"{_figures_of(assay)}{kind}"
        if name in drawn:
            yield Way(name, label)


def _figures_of(assay: str) -> str:
    """How the names of an assay's figures begin."""
    return f"assay_{file_name(assay)}_"


def assay_of(figures: Iterable[str], study: Study) -> str | None:
    """The assay whose figures these are, by their names; None for what belongs to no assay."""
    first = next(iter(figures), "")
    owners = [assay.id for assay in study.assays if first.startswith(_figures_of(assay.id))]
    return max(owners, key=len, default=None)
