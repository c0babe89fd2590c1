"""The words of a plain summary that a reader may not know, each explained in a sentence.

Only words that occur in the text are explained, and only those whose meaning is known here: what
nobody can look up (the name of a group, an unknown drug) is not guessed at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from exvivo import catalog
from exvivo.study import Study
from exvivo.tell import words


@dataclass(frozen=True, slots=True)
class Term:
    """A word and what it means."""

    name: str
    meaning: str


_CYTOKINE = re.compile(
    r"(IL\d+[A-Z]?|TNF|LTA|TNFSF\d+\w?|IFN[ABGL]\d*|CSF[123]|CX?CL\d+|CX3CL1|XCL\d|TGFB\d)$"
)
"""HGNC symbols of cytokines themselves; receptors and antagonists have longer ones."""
_CYTOKINES = (
    "small proteins by which cells send word to one another, for example to start or to calm an "
    "inflammation"
)
_WORDS = {
    "mRNA": "the message that a gene sends out so that its protein can be made",
    "protein": "what cells build after the plan that a gene holds",
    "inflammation": "how the body fights germs and clears up damage",
    "LPS": "a part of the wall of bacteria; defence cells react to it strongly",
    "ATP": "it carries energy inside cells; outside of them it is a sign of damage",
    "poly(I:C)": "a copy of what viruses carry; defence cells react to it",
    "PHA": "a plant protein that makes certain defence cells divide",
    "PMA": "a substance that switches on many cells",
    "microglia": "defence cells of the brain",
    "macrophages": "defence cells that take up germs and what is left of dead cells",
    "monocytes": "defence cells of the blood",
    "T cell": "a defence cell of the blood that is no kin of microglia, monocytes and macrophages",
    "expression": "how much of each gene's message there is in the cells",
    "panel": "a list of genes that was chosen beforehand to tell kinds of cells apart",
    "reference": "cells of which it is known what they are",
    "response": "how much a donor's cells that were given something differ from the same donor's "
    "cells that were not",
    "level": "how much was measured",
    "donor": "a person who gave cells or a sample for the study",
    "score": "a number that stands for what a person feels or what a doctor finds, as of a "
    "questionnaire",
    "fits the data": "a range made so that it holds the true value in 95 of 100 studies like this "
    "one",
    "odds": "how often something is found for each time that it is not",
    "comparison": "one question about one thing that was measured",
    "simulated": "made by a computer, with no person behind it",
}
"""Words in the order in which they are explained."""
_FORMS = {
    "protein": "proteins?",
    "donor": "donors?",
    "comparison": "comparisons?",
    "score": "scores?",
    "macrophages": "macrophages?",
    "monocytes": "monocytes?",
    "T cell": "T cells?",
    "panel": "panels?",
    "reference": "references?",
}


def glossary(study: Study, text: str) -> tuple[Term, ...]:
    """The words that occur in a text, with their meaning; the study's cytokines as one entry.

    The range in the plain text has the level that the study plans with.
    """
    cytokines = list(_cytokines(study, text))
    whole = " ".join([text, *(term.meaning for term in cytokines)])
    terms = (Term(*each) for each in _WORDS.items())
    return (*cytokines, *(_of_study(term, study) for term in terms if _occurs(term, whole)))


def _cytokines(study: Study, text: str) -> Iterator[Term]:
    names = [name for name in _cytokine_names(study) if _word(name).search(text)]
    if names:
        yield Term(words.listed(names), _CYTOKINES)


def _cytokine_names(study: Study) -> list[str]:
    """The names of the study's cytokines."""
    return [study.name_of(a.id) for a in study.analytes if _is_cytokine(a.id, study)]


def _is_cytokine(analyte: str, study: Study) -> bool:
    """Whether the catalog knows an analyte, by its id or its name, as a cytokine."""
    symbols = (catalog.known_as(name) for name in (analyte, study.name_of(analyte)))
    return any(symbol and _CYTOKINE.fullmatch(symbol) for symbol in symbols)


def _occurs(term: Term, text: str) -> bool:
    return bool(_word(term.name).search(text))


def _word(name: str) -> re.Pattern[str]:
    """A pattern for a word that stands alone; plurals where a word has one."""
    pattern = _FORMS.get(name, re.escape(name))
    return re.compile(rf"(?<![A-Za-z0-9]){pattern}(?![A-Za-z0-9])")


def _of_study(term: Term, study: Study) -> Term:
    """A term whose meaning holds a number of the plan."""
    if term.name != "fits the data":
        return term
    holds = f"{100 * (1 - study.plan.alpha):.3g} of 100"
    return Term(term.name, term.meaning.replace("95 of 100", holds))
