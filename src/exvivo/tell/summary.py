"""The result in plain language: what was done, with whom, what was found, how sure it is, and what
it does not show.

Every sentence is made from the study's declarations and the findings; nothing is added by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from exvivo.study import Study
from exvivo.tell import words
from exvivo.tell.asks import ASKS
from exvivo.tell.asks.parts import TOO_MANY

Row = dict[str, Any]


def summary(study: Study, *, findings: pl.DataFrame) -> list[str]:
    """The paragraphs of the plain-language summary."""
    answers = findings.filter(pl.col("part") == "answer").rows(named=True)
    if not answers:
        return [_done(study, []), "No question was declared, so nothing was answered."]
    told = [_done(study, answers)]
    for question in study.questions:
        mine = [row for row in answers if row["question"] == question.id]
        told.append(ASKS[question.ask].summary(question, mine, study))
    return [*told, _sure(study, answers), _limits(study, answers)]


def _done(study: Study, answers: Sequence[Row]) -> str:
    people = words.listed(f"{n} {study.name_of(group)}" for group, n in _donors(study, answers))
    readouts = words.listed(dict.fromkeys(assay.readout for assay in study.assays))
    named = [study.name_of(analyte.id) for analyte in study.analytes]
    what = words.listed(named) if len(named) <= TOO_MANY else f"{len(named)} analytes"
    start = "In this simulated study, cells" if study.simulated else "Cells"
    if not study.cell_types:
        start = "In this simulated study, samples" if study.simulated else "Samples"
        return f"{start} of {people} were measured: {what}, as {readouts}."
    cells = words.listed(cell.name for cell in study.cell_types)
    given = words.listed(stimulus.name for stimulus in study.stimuli if not stimulus.control)
    stimulated = f" and given {given}" if given else ""
    compared = (
        ", each donor's own untreated cells serving as the comparison"
        if given and study.control_stimulus()
        else ""
    )
    return f"{start} of {people} were made into {cells}{stimulated}{compared}. What was measured: {what}, as {readouts}."


def _donors(study: Study, answers: Sequence[Row]) -> list[tuple[str, int]]:
    """The most donors of each group that any answer rests on."""
    most: dict[str, int] = {}
    for row in answers:
        for count in row["n"]:
            most[count["group"]] = max(most.get(count["group"], 0), int(count["n"]))
    known = most or dict(study.donors["group"].value_counts(sort=True).iter_rows())
    return [(group.id, known[group.id]) for group in study.groups if group.id in known]


def _sure(study: Study, answers: Sequence[Row]) -> str:
    counts = {
        verdict: sum(row["verdict"] == verdict for row in answers)
        for verdict in ("supported", "equivalent")
    }
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
    told += [ASKS[ask].limits for ask in dict.fromkeys(row["ask"] for row in answers)]
    if study.cell_types:
        told.append(
            "Cells in a dish are a model of cells in the body, and stand in for them only as far as that was shown elsewhere."
        )
    if any(row["verdict"] == "not resolved" for row in answers):
        told.append(
            "An open question is not an answer of no: larger or repeated studies may settle it either way."
        )
    if study.simulated:
        told.append("And these data are simulated: nothing here is about real people.")
    return " ".join(told)
