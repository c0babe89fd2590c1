"""The result in plain language: what was done, with whom, what was found, how sure it is, and what
it does not show.

Every sentence is made from the study's declarations and the findings; nothing is added by hand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain

from exvivo.findings import Finding
from exvivo.study import Identity, Question, Study
from exvivo.tell import words
from exvivo.tell.asks import ASKS
from exvivo.tell.asks.parts import TOO_MANY, analytes_or_count, names
from exvivo.tell.asks.plain import donors
from exvivo.tell.families import families_of, whole_study_words
from exvivo.tell.glossary import Term, glossary
from exvivo.tell.phrases import tempered
from exvivo.tell.tables import Shown
from exvivo.tell.visits import visit_sentence

_ENDINGS = {
    "supported": "found a difference or a link",
    "equivalent": "found none large enough to matter",
    "not resolved": "stayed open",
    "not estimable": "could not be answered",
}
_LIKENESS = "found that the cells resemble one kind more than another"
_LIKE_NONE = "found cells that are like none of the references"
_CLAIMS = ("supported", "equivalent")
_MODEL_OF_CELLS = (
    "Cells in a dish are a model of cells in the body. They stand in for them only as far as that "
    "was shown elsewhere."
)
_OPEN = "An open question is not a no: more people, or another study, may settle it either way."
_CAPPED = (
    "Where something stands against a likeness, that must be settled first: more people alone may "
    "not do it."
)
_SIMULATED = "And these data are simulated: nothing here is about real people."
_RECORD = "Which runs there were before this one stands in its record (`record.html`)."
_NOT_SHOWN = "What this does not show:"


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of one question: the question, a sentence for each answer, and cautions."""

    question: Question
    asked: str
    sentences: tuple[str, ...]
    cautions: tuple[str, ...]

    @property
    def paragraph(self) -> str:
        """All of it as one text."""
        return " ".join([self.asked, *self.sentences, *self.cautions])


@dataclass(frozen=True, slots=True)
class Plain:
    """The plain-language part of a report: what was done, what was found, how sure that is, what it
    does not show, and the words that a reader may not know.
    """

    done: str
    told: tuple[Told, ...]
    sure: str
    limits: tuple[str, ...]
    terms: tuple[Term, ...]

    @property
    def paragraphs(self) -> list[str]:
        """Everything but the explained words, as paragraphs."""
        limits = [" ".join([_NOT_SHOWN, *self.limits])] if self.limits else []
        return [self.done, *(told.paragraph for told in self.told), self.sure, *limits]


def summary(study: Study, *, findings: Sequence[Shown], run_days: Sequence[date] = ()) -> list[str]:
    """The paragraphs of the plain-language summary; `run_days` are those that the instrument files
    state.
    """
    return plain(study, findings=findings, run_days=run_days).paragraphs


_NOT_ASKED = "No question was declared, so nothing was answered."
_NOT_TOLD = "A question was declared, but no answer to it can be told here."


def plain(study: Study, *, findings: Sequence[Shown], run_days: Sequence[date] = ()) -> Plain:
    """The plain-language part of a report, of the findings alone."""
    answers = [shown for shown in findings if shown.finding.part == "answer"]
    done = _done(study, answers)
    if not answers:
        nothing = _NOT_TOLD if study.questions else _NOT_ASKED
        return Plain(done, (), nothing, (), glossary(study, done))
    told = tuple(_told(question, answers, study) for question in study.questions)
    sure, limits = _how_sure(study, answers, run_days), tuple(_limits(study, answers))
    text = " ".join([done, *(each.paragraph for each in told), sure, *limits])
    return Plain(done, told, sure, limits, glossary(study, text))


def _told(question: Question, answers: Sequence[Shown], study: Study) -> Told:
    its_own = [shown.finding for shown in answers if shown.finding.question == question.id]
    return Told(
        question,
        ASKS[question.ask].words(question, study),
        tuple(_sentences(question, its_own, study)),
        tuple(_beside(its_own, study)),
    )


def _beside(findings: Sequence[Finding], study: Study) -> Iterator[str]:
    """What stands behind the answers of a question: who is in them, at which visit, cautions."""
    yield from _who(findings, study)
    yield from _visit(findings, study)
    yield from _cautions(findings, study)


def _visit(findings: Sequence[Finding], study: Study) -> Iterator[str]:
    """At which visit, where there are several."""
    yield from filter(None, [visit_sentence(findings, study)])


def _sentences(question: Question, findings: Sequence[Finding], study: Study) -> Iterator[str]:
    """A sentence for each answer, none twice; answers that stayed open are counted where they are
    many.
    """
    say = ASKS[question.ask].plain
    rest = [finding for finding in findings if not _answers(finding)]
    told = (say(finding, question, study) for finding in findings if finding not in rest)
    yield from dict.fromkeys(told)
    if len(rest) <= TOO_MANY:
        yield from (say(finding, question, study) for finding in rest)
    else:
        yield _counted(rest, len(findings))


def _answers(finding: Finding) -> bool:
    """Whether a finding says something of its question."""
    return finding.verdict in _CLAIMS or finding.like_none


def _ending(finding: Finding) -> str:
    """How a comparison ended."""
    if finding.ask == "identity" and finding.verdict == "supported":
        return _LIKENESS
    return _LIKE_NONE if finding.like_none else _ENDINGS[finding.verdict or "not estimable"]


def _counted(rest: Sequence[Finding], among: int) -> str:
    """How many answers stayed open, and in how few and how many donors."""
    verdicts = [finding.verdict for finding in rest]
    open_, unknown = verdicts.count("not resolved"), verdicts.count("not estimable")
    parts = [f"{open_} stayed open"] if open_ else []
    parts += [f"{unknown} could not be answered"] if unknown else []
    totals = [sum(count.n for count in finding.n) for finding in rest]
    return (
        f"Of all {among} comparisons, {words.listed(parts)} (from {min(totals)} to {max(totals)} "
        "donors in each)."
    )


def _cautions(findings: Sequence[Finding], study: Study) -> Iterator[str]:
    """What tempers the claims of a question, each caution once with what it is about."""
    claims = [finding for finding in findings if finding.verdict in _CLAIMS]
    cautions: dict[str, list[Finding]] = {}
    for finding in claims:
        cautions.setdefault(tempered(finding, study), []).append(finding)
    cautions.pop("", None)
    for clause, about in cautions.items():
        named = f" for {names(about, len(claims), study)}" if len(claims) > 1 else ""
        yield f"A caution{named}: {clause}."


def _done(study: Study, answers: Sequence[Shown]) -> str:
    people = words.listed(f"{n} {study.name_of(group)}" for group, n in _donors(study, answers))
    if not study.plates:
        of = f"{'in this simulated study, ' if study.simulated else ''}there are {people}"
        start = f"{words.capital(of)}. " if people else ""
        return f"{start}{_without_plates(study, answers)}"
    readouts = words.listed(dict.fromkeys(assay.readout for assay in study.assays))
    analytes = analytes_or_count([analyte.id for analyte in study.analytes], study)
    of = f"{'cells' if study.cell_types else 'samples'} of {people}"
    start = words.capital(f"{'in this simulated study, ' if study.simulated else ''}{of}")
    measured = f"measured: {analytes}, as {readouts}.{_not_all(answers)}"
    if not study.cell_types:
        return f"{start} were {measured}"
    return f"{start} {_cultured(study)} This was {measured}"


def _without_plates(study: Study, answers: Sequence[Shown]) -> str:
    """What was measured in a study without plates: the expression of genes, or nothing yet."""
    asked = any(isinstance(each, Identity) for each in study.questions)
    if study.assays or not asked:
        return "No plate was measured yet."
    cells = words.listed(cell.name for cell in study.cell_types)
    made = f"The expression of genes in their {cells} was compared with that of other cells."
    return f"{made}{_not_all(answers)}"


def _not_all(answers: Sequence[Shown]) -> str:
    """That answers differ in their donors, where they do."""
    counts = {donors(shown.finding) for shown in answers if len(shown.finding.n) > 1}
    return " Not every answer has all of them; how many are in it stands behind it." * (
        len(counts) > 1
    )


def _cultured(study: Study) -> str:
    """What the cells were made into, and what they were given."""
    cells = words.listed(cell.name for cell in study.cell_types)
    given = _given(study)
    if not given:
        return f"were made into {cells}."
    untreated = "Some cells of each donor were left untreated, to compare with."
    compared = f" {untreated}" if study.control_stimulus() else ""
    return f"were made into {cells} and given {given}.{compared}"


def _given(study: Study) -> str:
    """What cells were given, beside the control."""
    names = [stimulus.name for stimulus in study.stimuli if not stimulus.control]
    return words.listed(names, last="or")


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


def _who(findings: Sequence[Finding], study: Study) -> Iterator[str]:
    """How many people the answers of a question rest on, of how many it asks about, where somebody
    is not in one; answers of the same number in one sentence.
    """
    given = [finding for finding in findings if finding.verdict != "not estimable"]
    sizes = Counter(_groups(study).values())
    alike: dict[str, list[Finding]] = {}
    for finding in given:
        if any(count.n < sizes[count.group] for count in finding.n):
            alike.setdefault(_people(finding, study), []).append(finding)
    for people, partly in alike.items():
        yield f"{_which(partly, findings, study)} on {people}."


def _which(partly: Sequence[Finding], asked: Sequence[Finding], study: Study) -> str:
    """The answers that a sentence is about: `For IL-6 protein, the answer rests`."""
    if len(partly) < len(asked):
        return f"For {names(partly, len(asked), study)}, the answer rests"
    return "This answer rests" if len(asked) == 1 else "These answers rest"


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
    ends = Counter(_ending(shown.finding) for shown in answers)
    order = [*_ENDINGS.values(), _LIKENESS, _LIKE_NONE]
    ended = words.listed(f"{ends[ending]} {ending}" for ending in order if ends[ending])
    asked = words.capital(words.counted(len(answers), "comparison"))
    level = whole_study_words(study.plan, families_of(answers))
    verb = "was" if len(answers) == 1 else "were"
    sure = (
        f"How sure is this? {asked} {verb} asked for: {ended}. Chance alone can make groups look "
        f"different. The rules were chosen so that, if nothing at all were different, {level}"
    )
    declared = declared_words(study.plan.declared, run_days)
    record = f"{declared} {_RECORD}" if declared else ""
    return " ".join(filter(None, [sure, record]))


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


def _any_open(answers: Sequence[Shown]) -> bool:
    """Whether an answer is open that more people might settle: not one that its references or
    genes keep open.
    """
    findings = (shown.finding for shown in answers)
    return any(each.verdict == "not resolved" and not each.caps for each in findings)


def _any_capped(answers: Sequence[Shown]) -> bool:
    """Whether an answer is kept open by more than its numbers."""
    findings = (shown.finding for shown in answers)
    return any(each.verdict == "not resolved" and each.caps for each in findings)


def _limits(study: Study, answers: Sequence[Shown]) -> Iterator[str]:
    kinds = dict.fromkeys(shown.finding.ask for shown in answers)
    yield from (ASKS[kind].limits for kind in kinds)
    if study.cell_types:
        yield _MODEL_OF_CELLS
    if _any_capped(answers):
        yield _CAPPED
    if _any_open(answers):
        yield _OPEN
    if study.simulated:
        yield _SIMULATED
