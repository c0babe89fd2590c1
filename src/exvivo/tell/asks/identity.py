"""Which cells do the cultured cells resemble?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from exvivo import catalog
from exvivo.catalog.cells import cell_named
from exvivo.catalog.lineages import lineages
from exvivo.findings import Finding
from exvivo.study import Identity, Study
from exvivo.tell import words
from exvivo.tell.asks.ask import Ask
from exvivo.tell.asks.numbers import CORRECTED, end, points_up, rest
from exvivo.tell.asks.parts import common_notes, not_estimable
from exvivo.tell.figures import similarity
from exvivo.tell.figures.chart import Figure
from exvivo.tell.names import analyte_of
from exvivo.tell.phrases import clauses
from exvivo.tell.phrases.likeness import lineages_of, percentile, stands_at
from exvivo.tell.phrases.statement import Statement
from exvivo.tell.tables import Shown, Tables

_SCALES = {"log2": "log2 expression", "counts": "counts of reads, taken as log2(CPM + 1)"}


def _words(question: Identity, study: Study) -> str:
    cells, like = study.name_of(question.cell_type), study.name_of(question.like)
    return f"Do the {cells} resemble {like} more than other cells?"


def _sentence(finding: Finding, question: Identity, study: Study) -> str:
    """Resemblance is a matter of degree: no sentence says what the cells are."""
    if finding.verdict == "not estimable":
        return _no_answer(finding, question, study)
    if finding.verdict != "supported":
        return _open(finding, question, study)
    nearer, farther = _nearer(finding, question, study)
    return (
        f"{words.capital(study.name_of(question.cell_type))} resemble {nearer} more than {farther} "
        f"in the genes compared: {_number(finding, study)}. Resemblance is a matter of degree and "
        "does not say what the cells are."
    )


def _number(finding: Finding, study: Study) -> str:
    """The contrast with its interval, whose it is and what tempers it."""
    return f"difference in correlation (scale -2 to 2) {rest(finding, study)}"


def _nearer(finding: Finding, question: Identity, study: Study) -> tuple[str, str]:
    """The cells that an answer points to, and those that it points away from."""
    like, other = study.name_of(question.like), analyte_of(finding, study)
    return (like, other) if points_up(finding) else (other, like)


def _whether(other: str, question: Identity, study: Study) -> str:
    cells, like = study.name_of(question.cell_type), study.name_of(question.like)
    return f"Whether the {cells} resemble {like} more than {other} or less"


def _no_answer(finding: Finding, question: Identity, study: Study) -> str:
    other, like = analyte_of(finding, study), study.name_of(question.like)
    if finding.reason and finding.like_none:
        return _like_none(Statement(finding.reason.facts, study), question, other)
    others = other if other != like else "other cells"
    return not_estimable(_whether(others, question, study), finding, study)


def _like_none(facts: Statement, question: Identity, other: str) -> str:
    """That the cells are like none of the references is an answer: it says what they are not."""
    cells, like = facts.study.name_of(question.cell_type), facts.study.name_of(question.like)
    lineages = lineages_of(facts)
    which = f"the {lineages} references" if facts.texts("passed") else "the references"
    return (
        f"{words.capital(cells)} are like none of {which}, neither {like} nor {other}: they are no "
        f"{lineages} cells. {stands_at(facts)}. Nearer to one than to another says nothing then: "
        "any cell is nearer to one of two."
    )


def _open(finding: Finding, question: Identity, study: Study) -> str:
    """Why it is not resolved: first what stands against it, then the number."""
    whether = _whether(analyte_of(finding, study), question, study)
    against = "; ".join(clauses(finding.caps, finding, study))
    if not against:
        number = _number(finding, study)
        return f"{whether} is not resolved: {number}. {_possible(finding, question, study)}"
    told = replace(finding, warnings=tuple(w for w in finding.warnings if w not in finding.caps))
    number = f"{_number(told, study)}. {_alone(finding, question, study)}"
    return f"{whether} is not resolved: {against}. The number itself: {number}"


def _alone(finding: Finding, question: Identity, study: Study) -> str:
    """What the number would say if nothing stood against it."""
    if not _points(finding):
        return _possible(finding, question, study)
    nearer, _ = _nearer(finding, question, study)
    return f"Alone it would point to {nearer}, which is not enough."


def _points(finding: Finding) -> bool:
    """Whether the number alone would be supported."""
    adjusted = finding.p_adjusted
    return finding.excludes_null and (adjusted is None or adjusted <= 1 - finding.level + 1e-9)


def _possible(finding: Finding, question: Identity, study: Study) -> str:
    if finding.excludes_null or finding.lower is None:
        return CORRECTED
    other, like = analyte_of(finding, study), study.name_of(question.like)
    low, high = end(finding.lower, finding), end(finding.upper, finding)
    return f"Anything from {low} (nearer {other}) to {high} (nearer {like}) remains possible."


def _notes(question: Identity, study: Study) -> list[str]:
    return common_notes(
        question,
        study,
        f"The study declares that the cells resemble {study.name_of(question.like)}.",
        f"Asked of {_genes(question)}, as {_SCALES[question.scale]}.",
        _doubtful(question),
        _gate(question),
        _condition(question),
        _batches(question),
    )


def _doubtful(question: Identity) -> str:
    """The genes of a panel that do not tell every kind of cell apart that it may meet."""
    panel = catalog.panel_named(question.markers)
    doubtful = len(panel.doubtful) if panel else 0
    if panel is None or not doubtful:
        return ""
    genes = words.counted(len(panel.genes), "gene")
    return (
        f"Of the {genes} of the panel, {doubtful} do not tell all kinds of cells apart: each tells "
        "some apart and not others, so that only all of them together count."
    )


def _gate(question: Identity) -> str:
    """Which gate is asked first, where the catalog knows the cells by their name."""
    first = "Before any likeness it is asked whether the cells are of the lineage at all"
    kind = cell_named(question.like)
    gate = lineages().get(kind.lineage) if kind else None
    if gate is None:
        return f"{first}: of the one that the reference samples are of by their own genes."
    sources = ", ".join(f"doi {doi}" for doi in gate.sources)
    at = f"at percentile {percentile(gate.cut)} or higher of what is measured"
    return f"{first}: {gate.name} cells have {words.listed(gate.genes)} {at} ({sources})."


def _condition(question: Identity) -> str:
    if not question.condition:
        return "No condition of the cells is declared, so they count as not stimulated."
    return f"The cells were in this condition, as declared: {question.condition}."


def _batches(question: Identity) -> str:
    """Where batches of the references could be said."""
    if question.samples:
        return f"Who gave a sample, its batch and its condition are as {question.samples} says."
    return "No batches of the references are declared: what a batch does cannot be seen."


def _genes(question: Identity) -> str:
    if not question.markers:
        return "all genes that both tables hold"
    panel = catalog.panel_named(question.markers)
    if panel is None:
        return f"the genes of {question.markers}"
    sources = words.counted(len(panel.sources), "source")
    return f"the {len(panel.genes)} genes of the panel {panel.name} ({sources})"


def _figure(
    question: Identity, answers: Sequence[Shown], tables: Tables, study: Study, name: str
) -> Figure | None:
    beside = [
        *tables.of_question(question.id, "beside"),
        *tables.of_question(question.id, "robustness"),
    ]
    return similarity.figure(question, answers, beside, study=study, name=name)


IDENTITY = Ask(
    kind="identity",
    record=Identity,
    heading="Resemblance of cells",
    page="identity.md",
    words=_words,
    sentence=_sentence,
    notes=_notes,
    figure=_figure,
)
