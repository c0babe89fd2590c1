"""The result in plain language: what was done, with whom, what was found, how sure it is, and what it does not show.

Every sentence is made from the study's declarations and the findings; nothing is added by hand.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import polars as pl

from exvivo.study import Association, Difference, Study
from exvivo.tell import words
from exvivo.tell.names import level_words, short_scale, target_of

Row = dict[str, Any]
_FULLY_TOLD = 4
"""Differences up to which each gets a sentence with its interval."""
_TOO_MANY = 8
"""Names a sentence lists before it counts them."""


def summary(study: Study, *, findings: pl.DataFrame) -> list[str]:
    """The paragraphs of the plain-language summary."""
    answers = findings.filter(pl.col("part") == "answer").rows(named=True)
    if not answers:
        return [_done(study, []), "No question was declared, so nothing was answered."]
    told = [_done(study, answers)]
    for question in study.questions:
        mine = [row for row in answers if row["question"] == question.id]
        if isinstance(question, Difference):
            told.append(_differences(question, mine, study))
        else:
            told.append(_associations(question, mine, study))
    return [*told, _sure(study, answers), _limits(study, answers)]


def _done(study: Study, answers: Sequence[Row]) -> str:
    people = words.listed(f"{n} {study.name_of(group)}" for group, n in _donors(study, answers))
    readouts = words.listed(dict.fromkeys(assay.readout for assay in study.assays))
    named = [study.name_of(analyte.id) for analyte in study.analytes]
    what = words.listed(named) if len(named) <= _TOO_MANY else f"{len(named)} analytes"
    start = "In this simulated study, cells" if study.simulated else "Cells"
    if not study.cell_types:
        start = "In this simulated study, samples" if study.simulated else "Samples"
        return f"{start} of {people} were measured: {what}, as {readouts}."
    cells = words.listed(cell.name for cell in study.cell_types)
    given = words.listed(stimulus.name for stimulus in study.stimuli if not stimulus.control)
    stimulated = f" and given {given}" if given else ""
    compared = (
        ", each donor's own untreated cells serving as the comparison" if given and study.control_stimulus() else ""
    )
    return (
        f"{start} of {people} were made into {cells}{stimulated}{compared}. What was measured: {what}, as {readouts}."
    )


def _donors(study: Study, answers: Sequence[Row]) -> list[tuple[str, int]]:
    """The most donors of each group that any answer rests on."""
    most: dict[str, int] = {}
    for row in answers:
        for count in row["n"]:
            most[count["group"]] = max(most.get(count["group"], 0), int(count["n"]))
    known = most or dict(study.donors["group"].value_counts(sort=True).iter_rows())
    return [(group.id, known[group.id]) for group in study.groups if group.id in known]


def _differences(question: Difference, answers: Sequence[Row], study: Study) -> str:
    first, second = (study.name_of(group) for group in question.groups)
    what = f"the response to {study.name_of(question.stimulus)}" if question.stimulus else f"the {level_words(study)}"
    analytes = words.listed(study.name_of(analyte) for analyte in question.analytes)
    named = analytes if len(question.analytes) <= _TOO_MANY else f"{len(question.analytes)} analytes"
    told = [f"The study asked whether {first} and {second} differ in {what}: {named}."]
    found = [row for row in answers if row["verdict"] == "supported"]
    if len(found) > _FULLY_TOLD:
        told += _briefly(found, f"in {first} than in {second}", study)
    else:
        told += [f"{_measured(row, study)} is {_times(row, f'in {first} than in {second}')}." for row in found]
    same = _names(answers, "equivalent", study)
    if same and question.margin is not None:
        told.append(
            f"For {same}, {what} differs by less than {2**question.margin:.3g}-fold, which had been declared too small to "
            "matter."
        )
    told += _open(answers, study, "whether the groups differ")
    return " ".join(told)


def _measured(row: Row, study: Study) -> str:
    """What a difference is of: `The response of TNF mRNA`, or `TNF mRNA` where nothing was given."""
    target = target_of(row, study)
    return f"The response of {target}" if row["stimulus"] else target


def _briefly(found: Sequence[Row], who: str, study: Study) -> list[str]:
    """Many differences in a sentence for each direction, each with its size."""
    told = []
    for word, sign in (("higher", 1), ("lower", -1)):
        named = [f"{target_of(row, study)} ({_size(row)})" for row in found if _direction(row) == sign]
        if named:
            told.append(f"{word.capitalize()} {who}: {words.listed(named)}.")
    return told


def _direction(row: Row) -> int:
    even = 0.0 if words.is_log2(row["unit"]) else 0.5
    return 1 if (row["lower"] if row["lower"] is not None else -math.inf) >= even else -1


def _size(row: Row) -> str:
    if row["estimate"] is None:
        return "size open"
    if words.is_log2(row["unit"]):
        return f"{words.fold(row['estimate'])} times as high"
    return f"in {words.number(row['estimate'])} of pairs"


def _times(row: Row, who: str) -> str:
    """`higher in ... than in ...: 1.9 times as high (anything from 1.4 to 2.6 times fits the data)`."""
    estimate, lower, upper = row["estimate"], row["lower"], row["upper"]
    if not words.is_log2(row["unit"]):
        word = "higher" if _direction(row) > 0 else "lower"
        return f"{word} {who} more often than not (the first is higher in {words.number(estimate)} of all pairs of donors)"
    word = "higher" if _direction(row) > 0 else "lower"
    size = f": {words.fold(estimate)} times as high" if estimate is not None else ""
    fits = f"anything from {words.fold(lower)} to {words.fold(upper)} times fits the data"
    return f"{word} {who}{size} ({fits})"


def _associations(question: Association, answers: Sequence[Row], study: Study) -> str:
    who = study.name_of(question.within)
    what = f"response to {study.name_of(question.stimulus)}" if question.stimulus else level_words(study)
    told = [f"Within {who}, the {what} was compared with clinical scores."]
    for row in answers:
        if row["verdict"] == "supported":
            higher = next(scale.higher_is for scale in study.scales if scale.id == row["scale"])
            direction = "higher" if row["estimate"] > 0 else "lower"
            state = higher if row["estimate"] > 0 else {"worse": "better", "better": "worse"}[higher]
            told.append(
                f"A higher {what} of {target_of(row, study)} goes with a {direction} score of {short_scale(row, study)}, "
                f"that is, with {state} symptoms (coefficient {words.number(row['estimate'])}; anything from "
                f"{words.number(row['lower'])} to {words.number(row['upper'])} fits the data)."
            )
    told += _open(answers, study, "whether they are related")
    return " ".join(told)


def _open(answers: Sequence[Row], study: Study, what: str) -> list[str]:
    """What could not be resolved or not be estimated, by name."""
    told = []
    unknown = _names(answers, "not estimable", study)
    for hidden, why in (
        (False, "its donors are too few for the spread between them"),
        (True, "too many of its results lie below what the assay can detect"),
    ):
        mine = [row for row in answers if _mostly_hidden(row) == hidden]
        if unresolved := _names(mine, "not resolved", study, among=len(answers)):
            told.append(f"For {unresolved}, this study cannot tell {what}: {why}.")
    if unknown:
        reasons = words.listed(
            dict.fromkeys(str(row["reason"]) for row in answers if row["verdict"] == "not estimable")
        )
        told.append(f"For {unknown}, no answer can be given: {reasons}.")
    return told


def _mostly_hidden(row: Row) -> bool:
    """Whether more than half of a group is known only by bounds."""
    return any(count["undetected"] > 0.5 * count["n"] for count in row["n"])


def _names(answers: Sequence[Row], verdict: str, study: Study, *, among: int | None = None) -> str:
    """The analytes (and scales) with a verdict: by name if they are few, else counted."""
    mine = [row for row in answers if row["verdict"] == verdict]
    named = [
        target_of(row, study) + (f" and {short_scale(row, study)}" if row["scale"] else "") for row in mine
    ]  # fmt: skip
    if len(named) > _TOO_MANY:
        return f"{len(named)} of the {among or len(answers)} comparisons"
    return words.listed(named)


def _sure(study: Study, answers: Sequence[Row]) -> str:
    counts = {verdict: sum(row["verdict"] == verdict for row in answers) for verdict in ("supported", "equivalent")}
    families = len({row["family"] for row in answers})
    alpha = study.plan.alpha
    told = {
        "found a difference or relation": counts["supported"],
        "found none large enough to matter": counts["equivalent"],
        "stayed open": sum(row["verdict"] == "not resolved" for row in answers),
        "could not be estimated": sum(row["verdict"] == "not estimable" for row in answers),
    }
    ended = words.listed(f"{number} {what}" for what, number in told.items() if number)
    said = (
        f"How sure is this? {words.capital(words.counted(len(answers), 'comparison'))} had been declared: {ended}. "
        f"The rules were chosen so that, if nothing at all were different, at most one study in {round(1 / alpha)} would "
        f"claim a difference or relation within {'a' if families > 1 else 'its'} set of comparisons."
    )
    if study.plan.declared:
        said += f" The questions were written down on {study.plan.declared}, before the results were looked at."
    return said


def _limits(study: Study, answers: Sequence[Row]) -> str:
    told = ["What this does not show:"]
    asked = {row["ask"] for row in answers}
    if "difference" in asked:
        told.append(
            "The groups may differ in more than their diagnosis (age, treatment, sleep, how samples were handled), and a difference "
            "between them does not say which of these it comes from."
        )
    if "association" in asked:
        told.append(
            "A relation between a result and a score does not say which came first, or whether either acts on the other."
        )
    if study.cell_types:
        told.append(
            "Cells in a dish are a model of cells in the body, and stand in for them only as far as that was shown elsewhere."
        )
    if any(row["verdict"] == "not resolved" for row in answers):
        told.append("An open question is not an answer of no: larger or repeated studies may settle it either way.")
    if study.simulated:
        told.append("And these data are simulated: nothing here is about real people.")
    return " ".join(told)
