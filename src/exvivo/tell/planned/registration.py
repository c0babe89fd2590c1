"""The answers that a registry of studies asks for, from what was locked: hypotheses, variables,
conditions, analyses, exclusions, sample size.

The registries' questions are told in words of our own. Nothing is made up: what study.yaml does not
say is left to the person who registers, and marked so. No donor is named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from exvivo.past import Locked
from exvivo.study import Study
from exvivo.tell import words
from exvivo.tell.locked import before_what, earlier_lock
from exvivo.tell.methods import measurement, response_words
from exvivo.tell.planned.analyses import (
    analysis_words,
    asked_words,
    criteria_words,
    family_words,
)
from exvivo.tell.planned.assumed import assumed_words
from exvivo.visible import one_line

Registry = Literal["aspredicted", "osf"]
YOURS = "**Yours to write:**"
"""What stands before something that no file of the study says."""


@dataclass(frozen=True)
class Registered:
    """What is registered: a study, its last lock, how many lines of exclusions stood in it, the
    version of exvivo, and the `earlier` locks.
    """

    study: Study
    lock: Locked
    exclusions: int
    version: str
    earlier: tuple[Locked, ...] = ()


@dataclass(frozen=True)
class Section:
    """What a registry asks, in our own words, and the answer in paragraphs."""

    asked: str
    paragraphs: tuple[str, ...]


_Words = Callable[[Registered], Iterable[str]]


def sections(registry: Registry, registered: Registered) -> tuple[Section, ...]:
    """The answers to all that a registry asks, in its order."""
    return tuple(
        Section(asked, tuple(map(one_line, say(registered))))
        for asked, say in _REGISTRIES[registry].items()
    )


def registration_page(registry: Registry, registered: Registered) -> str:
    """The answers as Markdown, to be copied part by part."""
    lines = [f"# {one_line(registered.study.title)}", "", _lead(registry, registered.lock), ""]
    for number, section in enumerate(sections(registry, registered), 1):
        lines += [f"## {number}. {section.asked}", ""]
        lines += [*_spaced(section.paragraphs), ""]
    return "\n".join(lines).rstrip() + "\n"


def _spaced(paragraphs: Sequence[str]) -> Iterator[str]:
    """Paragraphs with a line between them, but for those of a list."""
    for before, text in zip(("", *paragraphs), paragraphs, strict=False):
        if before and not (before.startswith(_ITEM) and text.startswith(_ITEM)):
            yield ""
        yield text


_ITEM = "- "
_NAMES: Mapping[Registry, str] = {"aspredicted": "AsPredicted", "osf": "OSF"}


def _lead(registry: Registry, lock: Locked) -> str:
    return (
        f"Answers for {_NAMES[registry]}, made by exvivo from the files of the study as they were "
        f"locked: row {lock.row} of its record, {words.clock(lock.recorded)} by that computer's "
        f"clock, sha256 {lock.hash}. The headings are exvivo's own words for what is asked there. "
        f"{YOURS} marks what no file of the study says."
    )


def _title(registered: Registered) -> Iterator[str]:
    yield registered.study.title


def _data_so_far(registered: Registered) -> Iterator[str]:
    lock = registered.lock
    yield "No." if lock.before_data else "Some: see below. Say which, and who has seen them."
    yield (
        f"The study was locked {before_what(lock)} (row {lock.row} of its record, "
        f"{words.clock(lock.recorded)} by that computer's clock; the sha256 of that row is "
        f"{lock.hash}). This is what the record of one study folder shows: it cannot show what was "
        "measured or looked at elsewhere."
    )
    yield from (earlier_lock(each) for each in registered.earlier if not each.intact)


def _hypotheses(registered: Registered) -> Iterator[str]:
    yield from _listed(asked_words(registered.study))


def _listed(texts: Iterable[str]) -> Iterator[str]:
    yield from (f"{_ITEM}{text}" for text in texts)


def _measured(registered: Registered) -> Iterator[str]:
    study = registered.study
    for assay in study.assays:
        analytes = _analytes_of(study, assay.id)
        yield f"- {words.capital(assay.readout)} (`{assay.id}`): {measurement(assay)}{analytes}."
    yield f"- {response_words(study)}"
    yield from _scales(registered)


def _analytes_of(study: Study, assay: str) -> str:
    """The analytes that questions ask of an assay."""
    asked = (each for each in study.questions if assay in getattr(each, "assays", ()))
    ids = dict.fromkeys(analyte for each in asked for analyte in getattr(each, "analytes", ()))
    return f"; asked of {words.listed(map(study.name_of, ids))}" if ids else "; not asked about"


def _scales(registered: Registered) -> Iterator[str]:
    study = registered.study
    sources = {key.id: key.sources for key in study.scoring_keys}
    for scale in study.scales:
        scored = sources.get(scale.questionnaire, ())
        by = f", scored as published ({', '.join(scored)})" if scored else ""
        yield (
            f"- {words.capital(scale.name)} (`{scale.id}`): {scale.lowest:g} to {scale.highest:g}, "
            f"higher is {scale.higher_is}{by}."
        )


def _conditions(registered: Registered) -> Iterator[str]:
    study = registered.study
    yield (
        f"{words.counted(len(study.groups), 'group')} of people, observed and not assigned: "
        f"{words.listed(group.name for group in study.groups)}."
    )
    if study.cell_types:
        cells = [_with_details(each.name, each.protocol) for each in study.cell_types]
        yield f"Cells of each donor: {words.listed(cells)}."
    yield from _stimuli(study)
    if study.visits:
        yield f"Visits: {words.listed(study.visits)}."


def _stimuli(study: Study) -> Iterator[str]:
    if not study.stimuli:
        return
    named = [
        _with_details(each.name, each.dose, each.time, _COMPARED_WITH if each.control else "")
        for each in study.stimuli
    ]
    yield f"Each donor's cells under every condition: {words.listed(named)}."


_COMPARED_WITH = "the condition compared with"


def _with_details(name: str, *details: str) -> str:
    """`extracellular ATP (1 mM, 4 h)`."""
    told = ", ".join(filter(None, details))
    return f"{name} ({told})" if told else name


def _kind_of_study(registered: Registered) -> Iterator[str]:
    yield (
        "Observational between groups of people. A difference between groups, or a relation with a "
        "score, is no cause."
    )
    if registered.study.stimuli:
        yield (
            "An experiment on the cells of each donor: they get every condition. What a condition "
            "does is causal in the culture only."
        )


def _analyses(registered: Registered) -> Iterator[str]:
    study = registered.study
    yield (
        "The donor is the unit: wells are averaged within a donor, on the log2 scale. What results "
        "share beside what is asked (plates, batches, days, operators, sites) is held wherever the "
        "layout makes it matter. Where a method needs what the data do not have, the next one "
        "answers:"
    )
    yield from _listed(analysis_words(study))
    yield from family_words(study)
    yield from criteria_words(study)
    yield f"Made with exvivo {registered.version}; its record names the version of every later run."


def _outliers(registered: Registered) -> Iterator[str]:
    n = registered.exclusions
    yield (
        "No value is left out for being far from others. Wells are flagged by rules that look at "
        "the measurement alone (replicates apart, curves without a rise, few beads, results beyond "
        "a limit), and flagged wells stay. A well or donor is left out by a named person only, "
        "with a reason and whether the groups were hidden; each such decision stands on the "
        "record, and the report gives every answer with and without them. Every answer is made "
        "again without each donor in turn."
    )
    yield (
        f"Rules that stand already: {words.counted(n, 'line')} of exclusions.csv, locked."
        if n
        else "No line of exclusions.csv stood when the study was locked."
    )
    yield f"{YOURS} which people are not taken into the study."


def _missing(registered: Registered) -> Iterator[str]:
    yield (
        "A result beyond a limit of detection is a bound and is never replaced by a number. A "
        "donor without a result or score is in no answer that needs it, and is listed there with "
        "the reason. Answers of questionnaires that were not given are filled only where the "
        "published rule of the questionnaire does."
    )


def _size(registered: Registered) -> Iterator[str]:
    study = registered.study
    planned = [(group.name, group.n) for group in study.groups if group.n is not None]
    if planned:
        total = sum(n for _, n in planned)
        donors = words.listed(f"{n} {name}" for name, n in planned)
        yield f"{donors}: {total} donors, as planned and locked."
    else:
        yield f"{YOURS} how many donors of each group (`groups: n` of study.yaml does not say)."
    yield from _wells(study)
    if study.assumptions.dropouts:
        yield f"Expected to be lost: {words.percent(study.assumptions.dropouts)} of donors."


def _wells(study: Study) -> Iterator[str]:
    plan = study.plan
    each = [
        words.counted(n, word)
        for n, word in ((plan.cultures, "culture"), (plan.wells, "well"))
        if n is not None
    ]
    if each:
        yield f"Of each donor and condition: {', each with '.join(each)}."


def _reasons_for_size(registered: Registered) -> Iterator[str]:
    assumed = list(assumed_words(registered.study))
    if not assumed:
        yield f"{YOURS} why so many (no assumptions stand in study.yaml)."
        return
    yield "What was assumed for the plan, as locked:"
    yield from _listed(assumed)


def _stopping(registered: Registered) -> Iterator[str]:
    plan, looks = registered.study.plan, registered.lock.looks
    if plan.stopping:
        yield f"No more donors are taken in {plan.stopping}."
    else:
        yield f"{YOURS} when no more donors are taken in (`plan: stopping` does not say)."
    if looks:
        yield (
            f"Results are looked at with {words.listed(map(str, looks))} donors in all; intervals "
            "are wider at each look, so that over all of them the error rate holds (Lan and "
            "DeMets, doi 10.1093/biomet/70.3.659)."
        )
    else:
        yield "No look at the results before is declared."


def _size_and_stopping(registered: Registered) -> Iterator[str]:
    yield from _size(registered)
    yield from _stopping(registered)
    yield from _reasons_for_size(registered)


def _layout(registered: Registered) -> Iterator[str]:
    study = registered.study
    laid_out = [plate for plate in study.plates if plate.layout]
    yield (
        f"{words.counted(len(laid_out), 'plate layout')} of "
        f"{words.counted(len(study.plates), 'plate')} locked with the questions, by their hashes."
        if study.plates
        else "No plate layout is locked."
    )


def _exploratory(registered: Registered) -> Iterator[str]:
    yield (
        "Whatever the report shows beside the answers (other coefficients, ranks, every other "
        "choice of analysis, single donors left out) is told as such and is no answer. Questions "
        "that come later are told as not locked."
    )


def _other(registered: Registered) -> Iterator[str]:
    yield from _layout(registered)
    yield from _exploratory(registered)
    yield from _missing(registered)


def _blinding(registered: Registered) -> Iterator[str]:
    yield f"{YOURS} who knows the group of a donor while cells are cultured, read and looked at."


def _randomisation(registered: Registered) -> Iterator[str]:
    yield f"{YOURS} how wells were given to donors and conditions, where a layout was drawn."
    yield from _layout(registered)


def _existing(registered: Registered) -> Iterator[str]:
    yield from _data_so_far(registered)


def _collected(registered: Registered) -> Iterator[str]:
    yield f"{YOURS} where and how the people are asked, and who may take part."


def _manipulated(registered: Registered) -> Iterator[str]:
    stimuli = list(_stimuli(registered.study))
    yield from stimuli or ["None."]


def _indices(registered: Registered) -> Iterator[str]:
    yield response_words(registered.study)
    yield from _scales(registered)


def _transformations(registered: Registered) -> Iterator[str]:
    yield (
        "Amounts and counts on the log2 scale; fractions as log odds; scores as they are (ranks "
        "for Spearman's rho)."
    )


def _criteria(registered: Registered) -> Iterator[str]:
    yield from family_words(registered.study)
    yield from criteria_words(registered.study)


def _models(registered: Registered) -> Iterator[str]:
    yield from _listed(analysis_words(registered.study))


_ASPREDICTED: Mapping[str, _Words] = {
    "Has anything been measured already?": _data_so_far,
    "What is asked, and what is expected?": _hypotheses,
    "What is measured, and how?": _measured,
    "Which conditions are compared?": _conditions,
    "Which analyses answer it?": _analyses,
    "What counts as an outlier, and what is left out?": _outliers,
    "How many donors, and what decides it?": _size_and_stopping,
    "What else belongs here?": _other,
    "What is the study called?": _title,
    "What kind of study is it?": _kind_of_study,
}
_OSF: Mapping[str, _Words] = {
    "Title": _title,
    "Hypotheses": _hypotheses,
    "Kind of study": _kind_of_study,
    "Blinding": _blinding,
    "Design": _conditions,
    "Randomisation": _randomisation,
    "Data that exist already": _existing,
    "How data are collected": _collected,
    "Sample size": _size,
    "Why that many": _reasons_for_size,
    "When to stop": _stopping,
    "What is manipulated": _manipulated,
    "What is measured": _measured,
    "How numbers are put together": _indices,
    "Models": _models,
    "Transformations": _transformations,
    "What may be inferred": _criteria,
    "Data that are left out": _outliers,
    "Data that are missing": _missing,
    "Exploratory analyses": _exploratory,
}
_REGISTRIES: Mapping[Registry, Mapping[str, _Words]] = {"aspredicted": _ASPREDICTED, "osf": _OSF}
