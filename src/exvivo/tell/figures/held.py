"""The panel of the checks: at a glance, what held of an answer of identity and what did not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal

from exvivo.catalog import panel_named
from exvivo.findings import EstimandCode, Finding, WarningCode
from exvivo.study import Identity
from exvivo.tell.figures.axes import TURNED, named_columns, roomy_rows
from exvivo.tell.figures.chart import COLOURS, MUTED, Findings, Names, Panel, Spec, cell, grouped
from exvivo.tell.figures.shapes import TIMES, Plane, dot, point

Sign = Literal["held", "did not hold", "could not be asked"]
"""How a check ended."""


@dataclass(frozen=True, slots=True)
class Check:
    """A check by the name of its column: the warnings with which it did not hold, those with which
    it could not be asked, and the number that shows that it was; none where it always is.
    """

    name: str
    against: frozenset[WarningCode]
    unasked: frozenset[WarningCode] = frozenset()
    number: EstimandCode | None = None


CHECKS = (
    Check(
        "such cells",
        frozenset({"gate_failed_by_donors", "gate_of_several", "reference_fails_gate"}),
        frozenset({"gate_not_possible"}),
    ),
    Check("near", frozenset({"nearer_not_alike"})),
    Check("donors", frozenset({"one_donor_a_class"})),
    Check("panel fits", frozenset({"panel_outside_its_range"})),
    Check("all genes", frozenset({"panel_against_all_genes"}), number="all_genes"),
    Check("the two alone", frozenset({"pair_axis_against"}), number="pair_axis"),
    Check("no kind decides", frozenset({"class_decides"}), number="without_class"),
    Check(
        "no batch decides",
        frozenset({"batch_decides", "batch_of_cells"}),
        frozenset({"batch_is_class"}),
        number="without_batch",
    ),
    Check("no programme", frozenset({"programme_without_reference", "shared_programme"})),
)
"""The checks in the order of their columns."""
_OF_PANELS = ("panel fits", "all genes")
"""Checks of a panel: without one, all genes are what was compared."""
_COLUMN, _ROW = 24, 24
_MARKS: dict[Sign, Spec] = {
    "held": dot(COLOURS[1], 42, firm=True, stroke=1),
    "did not hold": point(TIMES, COLOURS[0], 60, filled=False, strokeWidth=2.2),
    "could not be asked": dot(MUTED, 18, firm=False, stroke=1),
}


def sign(answer: Finding, check: Check, beside: Findings) -> Sign:
    """How a check of an answer ended; `beside` are the numbers behind the answers."""
    if answer.like_none:
        return "did not hold" if check is CHECKS[0] else "could not be asked"
    codes = {warning.code for warning in answer.warnings}
    if codes & check.against:
        return "did not hold"
    asked = check.number is None or any(_is_of(each, answer, check) for each in beside)
    return "held" if asked and not codes & check.unasked else "could not be asked"


def _is_of(number: Finding, answer: Finding, check: Check) -> bool:
    """Whether a number is that of the check of an answer."""
    against = number.estimand.facts.get("against")
    return number.estimand.code == check.number and against == answer.estimand.facts["against"]


def panel(answers: Findings, beside: Findings, question: Identity, names: Names) -> Panel:
    """A row for each answer, by its name, and a column for each check."""
    checks = _asked(question)
    columns = [check.name for check in checks]
    plane = Plane(named_columns(columns, **TURNED), roomy_rows(names, most=240))
    signs = _signs(answers, beside, checks)
    layers = [plane.layer(_MARKS[kind], places) for kind, places in _placed(signs).items()]
    alt = "; ".join(f"{name}: {_alt(row, columns, signs)}" for row, name in enumerate(names))
    size = (_COLUMN * len(columns), _ROW * len(names))
    return Panel("What held", f"What held of each answer. {alt}.", cell(*size, layers))


def _signs(
    answers: Findings, beside: Findings, checks: Sequence[Check]
) -> dict[tuple[int, int], Sign]:
    """The sign of every check by its column, and row."""
    pairs = product(enumerate(checks), enumerate(answers))
    return {(x, y): sign(answer, check, beside) for (x, check), (y, answer) in pairs}


def _placed(signs: dict[tuple[int, int], Sign]) -> dict[Sign, list[Spec]]:
    """Where each sign stands."""
    return grouped((kind, {"x": x, "y": y}) for (x, y), kind in signs.items())


def _asked(question: Identity) -> tuple[Check, ...]:
    """The checks of a question: whether a panel fits is known of those of the catalog."""
    never = () if question.markers else _OF_PANELS
    unknown = () if panel_named(question.markers) else ("panel fits",)
    return tuple(each for each in CHECKS if each.name not in (*never, *unknown))


def _alt(row: int, columns: Names, signs: dict[tuple[int, int], Sign]) -> str:
    """The signs of one answer in words."""
    return ", ".join(f"{name} {signs[column, row]}" for column, name in enumerate(columns))


def rows_of(answers: Findings, beside: Findings, question: Identity) -> Sequence[dict[str, object]]:
    """The signs as rows of the figure's data."""
    return [
        {
            "question": answer.question,
            "part": "check",
            "analyte": answer.analyte,
            "estimand": check.name,
            "verdict": sign(answer, check, beside),
        }
        for answer, check in product(answers, _asked(question))
    ]
