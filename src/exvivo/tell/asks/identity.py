"""Which cells do the cultured cells resemble?"""

from __future__ import annotations

from collections.abc import Sequence

from exvivo import catalog
from exvivo.findings import Finding
from exvivo.study import Identity, Study
from exvivo.tell import words
from exvivo.tell.asks.ask import Ask
from exvivo.tell.asks.numbers import CORRECTED, end, points_up, rest
from exvivo.tell.asks.parts import common_notes, not_estimable
from exvivo.tell.asks.plain import donors, otherwise
from exvivo.tell.figures import similarity
from exvivo.tell.figures.chart import Figure
from exvivo.tell.names import analyte_of
from exvivo.tell.tables import Shown, Tables

_SCALES = {"log2": "log2 expression", "counts": "counts of reads, taken as log2(CPM + 1)"}


def _words(question: Identity, study: Study) -> str:
    cells, like = study.name_of(question.cell_type), study.name_of(question.like)
    return f"Do the {cells} resemble {like} more than other cells?"


def _sentence(finding: Finding, question: Identity, study: Study) -> str:
    """Resemblance is a matter of degree: no sentence says what the cells are."""
    cells, like = study.name_of(question.cell_type), study.name_of(question.like)
    other = analyte_of(finding, study)
    whether = f"Whether the {cells} resemble {like} more than"
    if finding.verdict == "not estimable":
        others = other if other != like else "other cells"
        return not_estimable(f"{whether} {others} or less", finding, study)
    size = f"difference in correlation {rest(finding, study)}"
    if finding.verdict == "supported":
        more, less = (like, other) if points_up(finding) else (other, like)
        return (
            f"{words.capital(cells)} resemble {more} more than {less} in the genes compared: "
            f"{size}. Resemblance is a matter of degree and does not say what the cells are."
        )
    low, high = end(finding.lower, finding), end(finding.upper, finding)
    possible = (
        CORRECTED
        if finding.excludes_null or finding.lower is None
        else f"Anything from {low} (nearer {other}) to {high} (nearer {like}) remains possible."
    )
    return f"{whether} {other} or less is not resolved: {size}. {possible}"


def _notes(question: Identity, study: Study) -> list[str]:
    return common_notes(
        question,
        study,
        f"The study declares that the cells resemble {study.name_of(question.like)}.",
        f"Asked of {_genes(question)}, as {_SCALES[question.scale]}.",
    )


def _genes(question: Identity) -> str:
    if not question.markers:
        return "all genes that both tables hold"
    panel = catalog.panel_named(question.markers)
    if panel is None:
        return f"the genes of {question.markers}"
    sources = ", ".join(f"doi {doi}" for doi in panel.sources)
    return f"the {len(panel.genes)} genes of the panel {panel.name} ({sources})"


def _plain(finding: Finding, question: Identity, study: Study) -> str:
    cells, like = study.name_of(question.cell_type), study.name_of(question.like)
    other = analyte_of(finding, study)
    if finding.verdict == "supported":
        more, less = (like, other) if points_up(finding) else (other, like)
        behind = f" ({donors(finding)})" if finding.n else ""
        compared = f"resemble {more} more than {less}{behind}"
        return f"In the genes that were compared, the {cells} {compared}."
    return otherwise(finding, other, f"whether the {cells} are nearer {like}")


def _figure(
    question: Identity, answers: Sequence[Shown], tables: Tables, study: Study, name: str
) -> Figure | None:
    beside = tables.of_question(question.id, "beside")
    return similarity.figure(question, answers, beside, study=study, name=name)


IDENTITY = Ask(
    kind="identity",
    record=Identity,
    heading="Resemblance of cells",
    page="identity.md",
    limits=(
        "That cells resemble others in the genes compared does not say what they are, or that they "
        "act alike. Where the two were measured in different ways, that is part of every likeness."
    ),
    words=_words,
    sentence=_sentence,
    notes=_notes,
    plain=_plain,
    figure=_figure,
)
