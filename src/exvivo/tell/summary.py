"""The result in plain language: what was done, with whom, what was found, how sure it is, and what
it does not show.

Every sentence is made from the study's declarations and the findings; nothing is added by hand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import chain

from exvivo.findings import Finding
from exvivo.study import Study
from exvivo.tell import words
from exvivo.tell.asks import ASKS
from exvivo.tell.asks.parts import analytes_or_count, names
from exvivo.tell.families import families_of, whole_study_words
from exvivo.tell.phrases import tempered
from exvivo.tell.tables import Shown
from exvivo.tell.visits import visit_sentence

_ENDINGS = {
    "supported": "found a difference or relation",
    "equivalent": "found none large enough to matter",
    "not resolved": "stayed open",
    "not estimable": "could not be estimated",
}
_MODEL_OF_CELLS = (
    "Cells in a dish are a model of cells in the body, and stand in for them only as far as that "
    "was shown elsewhere."
)
_OPEN = (
    "An open question is not an answer of no: larger or repeated studies may settle it either way."
)
_SIMULATED = "And these data are simulated: nothing here is about real people."


def summary(study: Study, *, findings: Sequence[Shown], run_days: Sequence[date] = ()) -> list[str]:
    """The paragraphs of the plain-language summary; `run_days` are those that the instrument files
    state.
    """
    answers = [shown for shown in findings if shown.finding.part == "answer"]
    if not answers:
        return [_done(study, []), "No question was declared, so nothing was answered."]
    paragraphs = [_done(study, answers)]
    for question in study.questions:
        its_answers = [shown for shown in answers if shown.finding.question == question.id]
        paragraph = ASKS[question.ask].summary(question, its_answers, study)
        visit = visit_sentence((shown.finding for shown in its_answers), study)
        rest = [*_who(its_answers, study), *filter(None, [visit]), *_cautions(its_answers, study)]
        paragraphs.append(" ".join([paragraph, *rest]))
    return [*paragraphs, _how_sure(study, answers, run_days), _limits(study, answers)]


def _cautions(answers: Sequence[Shown], study: Study) -> Iterator[str]:
    """What tempers the claims of a question, each caution once with what it is about."""
    claims = [
        shown.finding for shown in answers if shown.finding.verdict in ("supported", "equivalent")
    ]
    cautions: dict[str, list[Finding]] = {}
    for finding in claims:
        cautions.setdefault(tempered(finding, study), []).append(finding)
    cautions.pop("", None)
    for clause, findings in cautions.items():
        about = f" for {names(findings, len(claims), study)}" if len(claims) > 1 else ""
        yield f"A caution{about}: {clause}."


def _done(study: Study, answers: Sequence[Shown]) -> str:
    people = words.listed(f"{n} {study.name_of(group)}" for group, n in _donors(study, answers))
    readouts = words.listed(dict.fromkeys(assay.readout for assay in study.assays))
    analytes = analytes_or_count([analyte.id for analyte in study.analytes], study)
    of = f"{'cells' if study.cell_types else 'samples'} of {people}"
    start = words.capital(f"{'in this simulated study, ' if study.simulated else ''}{of}")
    if not study.cell_types:
        return f"{start} were measured: {analytes}, as {readouts}."
    return f"{start} {_cultured(study)}. What was measured: {analytes}, as {readouts}."


def _cultured(study: Study) -> str:
    """What the cells were made into, and what they were given."""
    cells = words.listed(cell.name for cell in study.cell_types)
    given = words.listed(stimulus.name for stimulus in study.stimuli if not stimulus.control)
    if not given:
        return f"were made into {cells}"
    untreated = "each donor's own untreated cells serving as the comparison"
    compared = f", {untreated}" if study.control_stimulus() else ""
    return f"were made into {cells} and given {given}{compared}"


def _donors(study: Study, answers: Sequence[Shown]) -> list[tuple[str, int]]:
    """How many different people of each group are in any answer."""
    inside = set(chain.from_iterable(shown.finding.donors for shown in answers))
    groups = Counter(
        group for donor, group in _groups(study).items() if donor in inside or not inside
    )
    return [(group.id, groups[group.id]) for group in study.groups if groups[group.id]]


def _groups(study: Study) -> dict[str, str]:
    """The group of each donor; of nobody where no donor is known."""
    known = "donor" in study.donors.columns
    return dict(study.donors.select("donor", "group").iter_rows()) if known else {}


def _who(answers: Sequence[Shown], study: Study) -> Iterator[str]:
    """How many people each answer of a question rests on, of how many it asks about; answers of the
    same number in one sentence.
    """
    given = [shown.finding for shown in answers if shown.finding.verdict != "not estimable"]
    alike: dict[str, list[Finding]] = {}
    for finding in given:
        alike.setdefault(_people(finding, study), []).append(finding)
    alike.pop("", None)
    for people, findings in alike.items():
        which = "This answer rests" if len(given) == 1 else "These answers rest"
        if len(alike) > 1:
            which = f"For {names(findings, len(given), study)}, the answer rests"
        yield f"{which} on {people}."


def _people(finding: Finding, study: Study) -> str:
    """`8 of 9 people with arthritis and 8 healthy people`."""
    sizes = Counter(_groups(study).values())
    return words.listed(
        f"{_of(count.n, sizes[count.group])} {study.name_of(count.group)}" for count in finding.n
    )


def _of(n: int, whole: int) -> str:
    """`8 of 9`; `9` where it is all of them."""
    return f"{n} of {whole}" if n < whole else f"{n}"


def _how_sure(study: Study, answers: Sequence[Shown], run_days: Sequence[date]) -> str:
    verdicts = [shown.finding.verdict for shown in answers]
    ended = words.listed(
        f"{verdicts.count(verdict)} {ending}"
        for verdict, ending in _ENDINGS.items()
        if verdict in verdicts
    )
    asked = words.capital(words.counted(len(answers), "comparison"))
    level = whole_study_words(study.plan, families_of(answers))
    sure = (
        f"How sure is this? {asked} had been declared: {ended}. The rules were chosen so that, if "
        f"nothing at all were different, {level}"
    )
    return " ".join(filter(None, [sure, declared_words(study.plan.declared, run_days)]))


def declared_words(declared: str, run_days: Sequence[date]) -> str:
    """What the study states of the day its questions were declared, held against the days of the
    runs; empty where it states none.
    """
    if not declared:
        return ""
    stated = f"The study states that its questions were declared on {declared}"
    if not run_days:
        return f"{stated}; no instrument file states a date to hold that against."
    first, last = run_days[0], run_days[-1]
    day = date.fromisoformat(declared)
    if day < first:
        return f"{stated}, before the first run that an instrument file dates ({first})."
    if day > last:
        return (
            f"{stated}, after the last run that an instrument file dates ({last}): the results "
            "could be known by then."
        )
    return (
        f"{stated}; instrument files date their runs from {first} to {last}, so some results could "
        "be known by then."
    )


def _limits(study: Study, answers: Sequence[Shown]) -> str:
    kinds = dict.fromkeys(shown.finding.ask for shown in answers)
    unresolved = any(shown.finding.verdict == "not resolved" for shown in answers)
    return " ".join(
        [
            "What this does not show:",
            *(ASKS[kind].limits for kind in kinds),
            *([_MODEL_OF_CELLS] if study.cell_types else []),
            *([_OPEN] if unresolved else []),
            *([_SIMULATED] if study.simulated else []),
        ]
    )
