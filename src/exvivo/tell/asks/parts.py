"""What the questions, notes and plain-language paragraphs of all kinds are made of."""

from __future__ import annotations

from collections.abc import Sequence

from exvivo.findings import Finding
from exvivo.study import Measured, Question, Study
from exvivo.study.question_records import condition_of, groups_of
from exvivo.tell import words
from exvivo.tell.asks.numbers import higher, points_up
from exvivo.tell.names import level_words, scale_of, target_of
from exvivo.tell.phrases import reason_words
from exvivo.tell.visits import at_visit

TOO_MANY = 8
"""Names a sentence lists before it counts them."""


def people(question: Question, study: Study) -> list[str]:
    """The groups a question is about, in words."""
    return [study.name_of(group) for group in groups_of(question)]


def condition(question: Measured, study: Study) -> str:
    """`the response to extracellular ATP`, or `the level` where no stimulus is asked about."""
    if question.stimulus:
        return f"the response to {study.name_of(question.stimulus)}"
    if level_under := condition_of(question):
        return f"the level under {study.name_of(level_under)}"
    return f"the {level_words(study)}"


def analytes(question: Measured, study: Study) -> str:
    """The analytes asked about, by name."""
    return words.listed(study.name_of(analyte) for analyte in question.analytes)


def analytes_or_count(names: Sequence[str], study: Study) -> str:
    """Analytes by name, or how many they are."""
    if len(names) > TOO_MANY:
        return f"{len(names)} analytes"
    return words.listed(study.name_of(name) for name in names)


def scales_asked(scales: Sequence[str], study: Study) -> str:
    """The scales asked about by their short names: `pain or anxiety`."""
    return words.listed((study.name_of(scale).split(",")[0] for scale in scales), last="or")


def where(question: Measured, study: Study) -> str:
    """` in induced microglia-like cells`, where a study has several kinds of cells."""
    return _in_cells(question.cell_type, study)


def subject(question: Measured, study: Study) -> str:
    """What a question is about: `the response to ATP of TNF and IL-6`, with the cells."""
    return f"{condition(question, study)} of {analytes(question, study)}{where(question, study)}"


def _in_cells(cell_type: str | None, study: Study) -> str:
    return f" in {study.name_of(cell_type)}" if cell_type and len(study.cell_types) > 1 else ""


def measured(finding: Finding, study: Study) -> str:
    """What was measured: `TNF mRNA response to ATP`, with the cells and the visit where
    there are several.
    """
    cells = _in_cells(finding.cell_type, study) + at_visit(finding, study)
    target = target_of(finding, study)
    if finding.stimulus:
        return f"{target} response to {study.name_of(finding.stimulus)}{cells}"
    if finding.condition:
        return f"{target} level under {study.name_of(finding.condition)}{cells}"
    return f"{'unstimulated ' if study.control_stimulus() else ''}{target} level{cells}"


def not_estimable(whether: str, finding: Finding, study: Study) -> str:
    """The sentence where there is no answer, with the reason."""
    return f"{whether} cannot be estimated: {reason_words(finding, study)}."


def fold_margin(margin: float | None) -> str:
    """A declared margin in words: `2-fold`."""
    return f"{2 ** (margin or 0.0):.3g}-fold"


def points_to_worse(finding: Finding, study: Study) -> bool:
    """Whether a higher result goes with a worse score."""
    higher_is = next(scale.higher_is for scale in study.scales if scale.id == finding.scale)
    return (higher_is == "worse") == points_up(finding)


def score(finding: Finding, study: Study) -> str:
    """The score a higher result goes with: `a lower score of quality of life (lower is worse)`."""
    way, meaning = higher(finding), "worse" if points_to_worse(finding, study) else "better"
    return f"a {way} score of {scale_of(finding, study)} ({way} is {meaning})"


def common_notes(question: Question, study: Study, *own: str) -> list[str]:
    """The assays asked, what the kind of question adds, and the family it is corrected in."""
    notes = [_readouts(question, study), *own, _margin(question), _adjusted(question)]
    family = question.family or question.id
    together = [
        asked.id
        for asked in study.questions
        if asked is not question and (asked.family or asked.id) == family
    ]
    if together:
        notes.append(f"Corrected together with: {words.listed(together)}.")
    return [note for note in notes if note]


def _readouts(question: Question, study: Study) -> str:
    if not isinstance(question, Measured):
        return ""
    readouts = dict.fromkeys(study.assay(assay).readout for assay in question.assays)
    return f"Asked of {words.listed(readouts)}."


def _margin(question: Question) -> str:
    margin: float | None = getattr(question, "margin", None)
    if margin is None:
        return ""
    why = _margin_reason(question)
    return f"A difference of less than {fold_margin(margin)} was declared too small to matter{why}."


def _margin_reason(question: Question) -> str:
    """The reason of a margin behind a colon; empty where none is stated."""
    reason: str = getattr(question, "margin_reason", "").strip().rstrip(".")
    return f": {reason}" if reason else ""


def _adjusted(question: Question) -> str:
    adjust = getattr(question, "adjust", ())
    if not adjust:
        return ""
    beside = " beside the answer" if question.ask in ("difference", "association") else ""
    return f"Adjusted for {words.listed(adjust)}{beside}."
