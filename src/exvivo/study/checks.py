"""What the parts of a study must agree on: names that refer to something, numbers that do not
contradict one another.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import assert_never

from exvivo.errors import Mistake
from exvivo.study.bead_checks import bead_mistakes
from exvivo.study.entry import Entry
from exvivo.study.ids import id_mistakes, ids
from exvivo.study.records import (
    CQ_COLUMNS,
    IMMUNOASSAY_COLUMNS,
    Beads,
    Efficiency,
    Immunoassay,
    Limit,
    Plan,
    Qpcr,
    Results,
    Study,
)

_MOST_PERMUTATIONS = 1_000_000
_LARGEST_MARGIN = 3.0
"""log2; a reference gene that moves 8-fold is none."""
_LARGEST_EFFICIENCY = 2.2
_LARGEST_EFFICIENCY_SD = 0.5


def reference_mistakes(study: Study, entry: Entry) -> Iterator[Mistake]:
    """Ids given twice, names that refer to nothing, and numbers that contradict one another."""
    if study.exvivo != 1:
        yield entry.mistake(
            f"version {study.exvivo}",
            "version 1 of the study grammar",
            "write `exvivo: 1`, or install the exvivo that wrote this study",
            field="exvivo",
        )
    yield from id_mistakes(study, entry)
    yield from _control_mistakes(study, entry)
    for i, plate in enumerate(study.plates):
        assays = ids(study.assays)
        yield from entry.at("plates", i).undeclared("assay", (plate.assay,), assays, "assay")
    yield from _scale_mistakes(study, entry)
    yield from _assay_mistakes(study, entry)
    yield from _plan_mistakes(study.plan, entry.at("plan"))


def _control_mistakes(study: Study, entry: Entry) -> Iterator[Mistake]:
    controls = [stimulus.id for stimulus in study.stimuli if stimulus.control]
    if len(study.stimuli) > 1 and len(controls) != 1:
        yield entry.mistake(
            f"{len(controls)} stimuli with `control: true`",
            "exactly one: the unstimulated wells",
            "mark the condition the others are compared with",
            field="stimuli",
        )


def _scale_mistakes(study: Study, entry: Entry) -> Iterator[Mistake]:
    for i, scale in enumerate(study.scales):
        if scale.lowest >= scale.highest:
            yield entry.at("scales", i).mistake(
                f"{scale.id} from {scale.lowest:g} to {scale.highest:g}",
                "lowest below highest",
                "swap or correct the two; `higher_is` says which end is worse",
            )


def _plan_mistakes(plan: Plan, entry: Entry) -> Iterator[Mistake]:
    if not 0 < plan.alpha < 0.5:
        yield entry.mistake(f"{plan.alpha:g}", "between 0 and 0.5", "0.05 is usual", field="alpha")
    if plan.seed < 0:
        expected = "0 or a larger whole number"
        yield entry.mistake(f"seed {plan.seed}", expected, "1 is usual", field="seed")
    if not 0 <= plan.permutations <= _MOST_PERMUTATIONS:
        found, expected = f"{plan.permutations} permutations", f"from 0 to {_MOST_PERMUTATIONS}"
        yield entry.mistake(found, expected, "9999 is usual", field="permutations")
    if plan.declared and not _is_date(plan.declared):
        yield entry.mistake(
            repr(plan.declared),
            "a date: year-month-day, as in 2026-03-01",
            "write the day on which the questions were written down, or remove the line",
            field="declared",
        )


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _assay_mistakes(study: Study, entry: Entry) -> Iterator[Mistake]:
    analytes = ids(study.analytes)
    for i, assay in enumerate(study.assays):
        at = entry.at("assays", i)
        match assay:
            case Qpcr():
                yield from _qpcr_mistakes(assay, analytes, at)
            case Beads():
                yield from bead_mistakes(assay, analytes, at)
            case Immunoassay():
                yield from _immunoassay_mistakes(assay, analytes, at)
            case Results():
                yield from _results_mistakes(assay, analytes, at)
            case _:
                assert_never(assay)


def _qpcr_mistakes(assay: Qpcr, analytes: list[str], entry: Entry) -> Iterator[Mistake]:
    if not assay.references:
        yield entry.mistake(
            "no reference gene",
            "at least one target of the instrument file",
            "relative expression needs a reference: name the targets measured for it",
            field="references",
        )
    yield from entry.undeclared("targets", assay.targets.values(), analytes, "analyte")
    yield from entry.undeclared("columns", assay.columns, list(CQ_COLUMNS), "column")
    if not 0 < assay.reference_margin <= _LARGEST_MARGIN:
        yield entry.mistake(
            f"{assay.reference_margin:g}",
            "log2 above 0 and up to 3",
            "0.5 lets a reference gene move 1.4-fold; 3 would be 8-fold",
            field="reference_margin",
        )
    efficiencies = [*assay.efficiency.items(), ("default", assay.default_efficiency)]
    for name, efficiency in efficiencies:
        if not _is_possible(efficiency):
            yield entry.at("efficiency").mistake(
                f"{efficiency.value:g} with sd {efficiency.sd:g}",
                "a value above 1 and up to 2.2 (2 is doubling), and its standard error",
                "a percentage E becomes 1 + E/100",
                field=name,
            )


def _is_possible(efficiency: Efficiency) -> bool:
    value, sd = efficiency.value, efficiency.sd
    return 1 < value <= _LARGEST_EFFICIENCY and 0 <= sd < _LARGEST_EFFICIENCY_SD


def _immunoassay_mistakes(
    assay: Immunoassay, analytes: list[str], entry: Entry
) -> Iterator[Mistake]:
    yield from entry.undeclared("channels", assay.channels.values(), analytes, "analyte")
    if assay.analyte:
        yield from entry.undeclared("analyte", (assay.analyte,), analytes, "analyte")
    yield from entry.undeclared("columns", assay.columns, list(IMMUNOASSAY_COLUMNS), "column")


def _results_mistakes(assay: Results, analytes: list[str], entry: Entry) -> Iterator[Mistake]:
    yield from entry.undeclared("channels", assay.channels.values(), analytes, "analyte")
    yield from entry.undeclared("limits", assay.limits, analytes, "analyte")
    if bool(assay.analyte) != bool(assay.result):
        given, lacking = ("analyte", "result") if assay.analyte else ("result", "analyte")
        yield entry.mistake(
            f"`{given}` without `{lacking}`",
            "both for a long table, neither for a wide one",
            f"add `{lacking}: ...`, the column's name, or remove `{given}`",
            field=given,
        )
    for name, limit in assay.limits.items():
        if not _in_order(limit):
            yield entry.at("limits").mistake(
                _limits_as_words(limit),
                "a lower limit above 0, and an upper one above it",
                "correct the limits; leave out the one the laboratory does not state",
                field=name,
            )


def _in_order(limit: Limit) -> bool:
    if limit.lower is not None and limit.lower <= 0:
        return False
    return limit.upper is None or limit.upper > (limit.lower or 0)


def _limits_as_words(limit: Limit) -> str:
    ends = (("lower", limit.lower), ("upper", limit.upper))
    return ", ".join(f"{end} {value:g}" for end, value in ends if value is not None)
