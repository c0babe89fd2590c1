"""The methods section: how each number was made, from the methods the tables carry."""

from __future__ import annotations

from typing import assert_never

from exvivo.study import Assay, Beads, CellType, Immunoassay, Plan, Qpcr, Results, Stimulus, Study
from exvivo.study.run_days import run_days
from exvivo.tell import words
from exvivo.tell.asks import ASKS
from exvivo.tell.declared import declared_words
from exvivo.tell.families import families_of, whole_study_words
from exvivo.tell.phrases.terms import TERMS, held_words
from exvivo.tell.provenance import Provenance
from exvivo.tell.tables import Tables, answers_of

_RECORD = (
    "The record of the run names the packages and the kind of machine: they are no part of this "
    "page, which is the same with others."
)
_RESULTS = {
    "curve": "concentrations read off the standards of each plate",
    "vendor": (
        "concentrations of the instrument's own software with its marks for results below and "
        "above its range"
    ),
    "signal": "the signal itself without a curve",
}
"""What the result of an immunoassay is."""
_SIGNAL_BESIDE = (
    "The signal without a curve is kept beside every answer: it shows what the answer owes to the "
    "curve."
)
_BEYOND = (
    "A well has no value below the limit of detection, between it and the limit of quantification, "
    "and above the highest amount its curve can report."
)
_BOUNDS_LEVEL = "A well without a value bounds the mean; it is never replaced by a number."
_BOUNDS_RESPONSE = "A well without a value bounds the result; it is never replaced by a number."
_SHARED = (
    "Errors that wells share (an efficiency, a calibration curve) are carried as shared and cancel "
    "where both sides share them."
)
_DESIGN = (
    "What results share beside what is asked (plates, batches, operators, days, sites) is held in "
    "every answer as fixed columns beside it, so that adding a constant to all of a plate changes "
    "no difference."
)
_STIMULATED = (
    "In a response the plate itself cancels, as its unstimulated wells bear it too; what a plate "
    "does to stimulated wells alone does not, and is a term of its own."
)
_NEVER_DROPPED = (
    "Which terms matter is told by the layout, never by the results; the method named with each "
    "answer says what it holds."
)
_ROBUSTNESS = (
    "Every estimate was made again without each donor, and differences by every other choice that "
    "was computed; none of these is an answer."
)


def methods(study: Study, tables: Tables, provenance: Provenance) -> list[str]:
    """The paragraphs of the methods section, in the order of the work."""
    return [
        _design(study, tables),
        *([_cells(study)] if study.cell_types else []),
        *_assays(study, tables),
        *([response_words(study)] if study.assays else []),
        *_held(tables),
        *_questions(study, tables),
        *_declared(study, provenance),
        f"Made with {provenance.software}. {_RECORD}",
    ]


def _declared(study: Study, provenance: Provenance) -> list[str]:
    """What the study states of the day its questions were declared."""
    days = run_days(header for _, header in provenance.headers)
    return list(filter(None, [declared_words(study.plan.declared, days)]))


def _design(study: Study, tables: Tables) -> str:
    donors = dict(study.donors["group"].value_counts().iter_rows())
    people = words.listed(f"{donors.get(group.id, 0)} {group.name}" for group in study.groups)
    if not study.plates:
        return f"Donors: {people}. The donor is the unit of every analysis."
    wells = words.counted(tables.wells.select("plate", "well").n_unique(), "well")
    return (
        f"Donors: {people}. {words.capital(wells)} on {words.counted(len(study.plates), 'plate')} "
        "were read. The donor is the unit of every analysis: wells are averaged within a donor "
        "before groups are compared."
    )


def _cells(study: Study) -> str:
    return " ".join([*map(_cell, study.cell_types), *map(_stimulus, study.stimuli)])


def _cell(cell: CellType) -> str:
    name = words.capital(cell.name)
    return f"{name}: {cell.protocol}." if cell.protocol else f"{name}."


def _stimulus(stimulus: Stimulus) -> str:
    role = "the condition the others are compared with" if stimulus.control else "stimulus"
    return f"{words.capital(stimulus.name)}{_dose_and_time(stimulus)}: {role}."


def _dose_and_time(stimulus: Stimulus) -> str:
    """` (1 mM, 4 h)`, as far as they are stated."""
    details = ", ".join(filter(None, (stimulus.dose, stimulus.time)))
    return f" ({details})" if details else ""


def _assays(study: Study, tables: Tables) -> list[str]:
    """A paragraph for each way of measuring, with the assays that share it."""
    alike: dict[tuple[str, str], list[str]] = {}
    for assay in study.assays:
        alike.setdefault((assay.readout, _how(assay, tables)), []).append(assay.id)
    return [
        f"{words.capital(readout)} ({_named(ids)}): {how}" for (readout, how), ids in alike.items()
    ]


def _named(ids: list[str]) -> str:
    """`assay mrna`, `assays a and b`."""
    return f"{'assay' if len(ids) == 1 else 'assays'} {words.listed(ids)}"


def _how(assay: Assay, tables: Tables) -> str:
    """How an assay measures and how its numbers are made."""
    quantities = tables.quantities.filter(assay=assay.id)
    amounts, fits = quantities.filter(on="amount"), tables.assays.filter(assay=assay.id)
    how = dict.fromkeys([*amounts["method"], *fits["method"]])
    sentences = [f"{measurement(assay)}.", *(f"{words.capital(method)}." for method in how)]
    if not quantities.filter(on="signal").is_empty():
        sentences.append(_SIGNAL_BESIDE)
    return " ".join(sentences)


def measurement(assay: Assay) -> str:
    """What an assay is."""
    match assay:
        case Qpcr():
            return f"real-time PCR relative to {words.listed(assay.references)}"
        case Beads():
            return f"bead array read on a flow cytometer, reporter channel {assay.reporter}"
        case Immunoassay():
            return f"immunoassay, {_RESULTS[assay.result]}"
        case Results():
            given = f", given as {assay.scale}" if assay.logged else ""
            return f"results as delivered by the laboratory{given}"
    assert_never(assay)


def response_words(study: Study) -> str:
    """What the number of a donor is."""
    control = study.control_stimulus()
    curves = any(isinstance(assay, Beads | Immunoassay) for assay in study.assays)
    beyond = f" {_BEYOND}" if curves else ""
    if control is None:
        mean = "Levels are means over a donor's wells on log2 scale."
        return f"{mean} {_BOUNDS_LEVEL}{beyond}"
    return (
        f"Responses are log2 folds: a donor's stimulated wells minus the same donor's "
        f"{study.name_of(control)} wells, paired within a plate wherever a plate holds both. "
        f"{_BOUNDS_RESPONSE}{beyond} {_SHARED}"
    )


def _held(tables: Tables) -> list[str]:
    """What answers hold of the design, where any holds something."""
    held = {term: None for shown in tables.findings for term in shown.finding.held}
    if not held:
        return []
    stimulated = f" {_STIMULATED}" if any(term not in TERMS for term in held) else ""
    return [f"{_DESIGN} In these answers: {held_words(held)}.{stimulated} {_NEVER_DROPPED}"]


def _questions(study: Study, tables: Tables) -> list[str]:
    """The methods of each kind of question that has an answer, and the rules of all answers."""
    paragraphs = []
    for kind, ask in ASKS.items():
        used = _methods_of(kind, tables)
        if used:
            paragraphs.append(f"{ask.heading}: {'; '.join(used)}.")
    if not paragraphs:
        return []
    if any(shown.finding.part == "robustness" for shown in tables.findings):
        paragraphs.append(_ROBUSTNESS)
    return [*paragraphs, _rules(study, tables)]


def _methods_of(kind: str, tables: Tables) -> list[str]:
    """The methods of a kind of question, each once, robustness left out."""
    methods = (
        shown.method
        for shown in tables.findings
        if shown.finding.ask == kind
        and shown.finding.part != "robustness"
        and shown.finding.reason is None
    )
    return list(dict.fromkeys(methods))


def _rules(study: Study, tables: Tables) -> str:
    plan, families = study.plan, families_of(answers_of(tables.findings))
    return (
        f"Intervals have level {words.percent(1 - plan.alpha)}. The p values of each declared "
        "family are corrected together: differences whose donors are all detected by drawing whole "
        "donors (step-down max T, doi 10.1007/BF02595811), other families by Holm's method, "
        "declared screens by Benjamini and Hochberg's. An answer is supported when its interval "
        f"leaves out equality and its corrected p value is at most {plan.alpha:g}. It is "
        "equivalent when its interval lies within the declared margin and the two one-sided tests "
        "hold after Holm's correction over its family. If nothing at all were different, "
        f"{whole_study_words(plan, families)}{_permutations(plan)}"
    )


def _permutations(plan: Plan) -> str:
    if not plan.permutations:
        return ""
    return (
        " Permutation p values stand beside them: all rearrangements of up to 32 donors, else "
        f"{plan.permutations} random ones (seed {plan.seed})."
    )
