"""Which answers of a study a clause speaks of: the kind of question that its words ask, and the
answers that have all that it names.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from exvivo.claims.readings import CLAIMS, Clause
from exvivo.findings import Finding
from exvivo.study import Ask, Specificity, Study


@dataclass(frozen=True)
class Matched:
    """The answers that a clause speaks of, and the analytes it names that none of them has."""

    answers: tuple[Finding, ...]
    missing: frozenset[str] = frozenset()


def matched(clause: Clause, study: Study, answers: Collection[Finding]) -> Matched:
    """The answers that a clause speaks of."""
    ask = ask_of(clause, answers)
    fitting = [each for each in answers if each.ask == ask and _fits(each, clause, study)]
    analytes = clause.ids("analyte")
    named = [each for each in fitting if not analytes or each.analyte in analytes]
    named = fitting if ask == "identity" else named
    if ask == "specificity":
        named = _contrasted(named, clause, study)
    missing = analytes - {each.analyte for each in named} if ask != "specificity" else frozenset()
    return Matched(tuple(named), frozenset(missing))


def ask_of(clause: Clause, answers: Collection[Finding]) -> Ask:
    """The kind of question that the words of a clause ask."""
    asked = {each.ask for each in answers}
    scales = clause.ids("scale")
    if clause.has("blocked"):
        return "effect"
    if clause.has("exposure"):
        return "treatment"
    if clause.has("reference") and clause.has("like") and "identity" in asked:
        return "identity"
    if scales and clause.has("mediation") and "mediation" in asked:
        return "mediation"
    if clause.has("change") and not clause.has("at_visit"):
        return "change"
    if scales:
        return "association"
    of_symptoms = clause.has("related", "unrelated") and clause.has("disease")
    if of_symptoms and not clause.has("condition", "group"):
        return "association"
    if _contrasts(clause) and "specificity" in asked:
        return "specificity"
    return "difference"


def _contrasts(clause: Clause) -> bool:
    """Whether two analytes or two kinds of cells are held against each other."""
    if len(clause.own_ids("cell_type")) > 1:
        return clause.has("specific", *CLAIMS)
    if len(clause.own_ids("analyte")) > 1:
        return clause.has("contrast")
    return clause.has("specific") and clause.has("gap")


def _contrasted(found: Collection[Finding], clause: Clause, study: Study) -> list[Finding]:
    """The contrasts that are held against what a clause names: other analytes, or other cells."""
    cells = len(clause.own_ids("cell_type")) > 1
    against = clause.own_ids("cell_type") if cells else clause.own_ids("analyte")
    narrow = [each for each in found if held_against(each, study) & against]
    return narrow or [each for each in found if not cells and _of_analytes(each, study)]


def _of_analytes(finding: Finding, study: Study) -> bool:
    """Whether a contrast is held against other analytes."""
    return bool(held_against(finding, study) & {analyte.id for analyte in study.analytes})


def _fits(finding: Finding, clause: Clause, study: Study) -> bool:
    """Whether an answer has the readout, scale, condition and people that a clause names."""
    readouts = readouts_of(clause, finding.analyte)
    if readouts and finding.readout not in readouts and finding.ask != "identity":
        return False
    scales = clause.ids("scale")
    if finding.ask in {"association", "mediation"} and scales and finding.scale not in scales:
        return False
    if finding.ask == "change" and bool(finding.scale) != bool(clause.own_ids("scale")):
        return False
    return _right_condition(finding, clause) and _right_people(finding, clause)


def readouts_of(clause: Clause, analyte: str) -> frozenset[str]:
    """The readouts that a clause names for an analyte: those in the brackets behind it (IL-6 and
    IL-10 (protein)), else those outside of all brackets.
    """
    names: list[str] = []
    bound: dict[str, set[str]] = {}
    free: set[str] = set()
    depth_before = 0
    for mark in sorted(clause.of("analyte", "readout"), key=lambda each: each.first):
        depth = _depth(clause, mark.first)
        if mark.kind == "analyte":
            names = [mark.id] if depth_before and not depth else [*names, mark.id]
        elif depth and names:
            for name in names:
                bound.setdefault(name, set()).add(mark.id)
        else:
            free.add(mark.id)
        depth_before = depth
    return frozenset(bound.get(analyte, free))


def _depth(clause: Clause, at: int) -> int:
    """How many brackets are open at a word."""
    words = [token.word for token in clause.tokens[clause.first : at]]
    return words.count("(") - words.count(")")


def _right_condition(finding: Finding, clause: Clause) -> bool:
    """A level without a stimulus where the clause speaks of one, else the response to it."""
    if finding.ask == "identity":
        return True
    if finding.ask in {"difference", "specificity"}:
        at_rest = clause.has("baseline", "control_stimulus")
        return at_rest == (finding.stimulus is None and finding.condition is None)
    return True


def _right_people(finding: Finding, clause: Clause) -> bool:
    """An answer within one group is not about another."""
    named, of = clause.own_ids("group"), {count.group for count in finding.n}
    return not (len(of) == 1 and named and not named & of)


def first_group(finding: Finding, study: Study) -> str | None:
    """The group that a positive estimate speaks for."""
    question = next((each for each in study.questions if each.id == finding.question), None)
    groups = getattr(question, "groups", ())
    return groups[0] if groups else None


def held_against(finding: Finding, study: Study) -> frozenset[str]:
    """The analytes and cells that a contrast is held against."""
    for question in study.questions:
        if question.id == finding.question and isinstance(question, Specificity):
            return frozenset((*question.against, question.against_cell_type))
    return frozenset()
