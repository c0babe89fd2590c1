"""What the parts of a study must agree on: names that refer to something, numbers that do not
contradict one another.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from datetime import date
from itertools import pairwise
from math import inf
from typing import Any, assert_never

from exvivo.bounds import LONGEST_TITLE
from exvivo.errors import Mistake
from exvivo.study.assumption_checks import assumption_mistakes, planned_mistakes
from exvivo.study.bead_checks import bead_mistakes
from exvivo.study.clinic_records import Scale
from exvivo.study.colours import full_hex
from exvivo.study.entry import Entry, Ids, Mistakes
from exvivo.study.ids import id_mistakes, ids
from exvivo.study.name_patterns import pattern_trouble
from exvivo.study.reasons import is_reason
from exvivo.study.records import (
    CQ_COLUMNS,
    IMMUNOASSAY_COLUMNS,
    Beads,
    Efficiency,
    Immunoassay,
    Limit,
    Plan,
    Plate,
    Qpcr,
    Results,
    Study,
)
from exvivo.study.result_units import UnitKind, unit_kind
from exvivo.study.sample_names import PLACES

_MOST_PERMUTATIONS = 1_000_000
_LARGEST_MARGIN = 3.0
"""log2; a reference gene that moves 8-fold is none."""
_LARGEST_EFFICIENCY = 2.2
_LARGEST_EFFICIENCY_SD = 0.5


def reference_mistakes(study: Study, entry: Entry) -> Mistakes:
    """Ids given twice, names that refer to nothing, and numbers that contradict one another."""
    yield from _version_mistakes(study, entry)
    if len(study.title) > LONGEST_TITLE:
        finding = f"a title of {len(study.title):,} signs"
        yield entry.mistake(finding, f"at most {LONGEST_TITLE}", "shorten it", field="title")
    yield from id_mistakes(study, entry)
    yield from _colour_mistakes(study, entry)
    yield from _control_mistakes(study, entry)
    yield from _plate_mistakes(study, entry)
    yield from _scale_mistakes(study, entry)
    yield from _assay_mistakes(study, entry)
    yield from _plan_mistakes(study.plan, entry.at("plan"))
    yield from planned_mistakes(study.plan, entry.at("plan"))
    yield from assumption_mistakes(study, entry)
    yield from _accept_mistakes(study, entry)


def _accept_mistakes(study: Study, entry: Entry) -> Mistakes:
    """Contradictions accepted without a reason, or twice."""
    names = [accepted.flag for accepted in study.accept]
    for i, accepted in enumerate(study.accept):
        at = entry.at("accept", i)
        if not is_reason(accepted.reason):
            expected, cure = "why it may stand, in words", "write who looked, and what was seen"
            yield at.mistake(f"reason {accepted.reason!r}", expected, cure, field="reason")
        if accepted.flag in names[:i]:
            yield at.mistake(
                f"flag {accepted.flag} a second time", "each flag once", "remove one", field="flag"
            )


def _version_mistakes(study: Study, entry: Entry) -> Mistakes:
    if study.exvivo != 1:
        yield entry.mistake(
            f"version {study.exvivo}",
            "version 1 of the study grammar",
            "write `exvivo: 1`, or install the exvivo that wrote this study",
            field="exvivo",
        )


def _plate_mistakes(study: Study, entry: Entry) -> Mistakes:
    assays, analytes = ids(study.assays), ids(study.analytes)
    of_signals = {assay.id for assay in study.assays if isinstance(assay, Immunoassay)}
    for i, plate in enumerate(study.plates):
        at = entry.at("plates", i)
        yield from at.undeclared("assay", (plate.assay,), assays, "assay")
        if plate.analyte:
            yield from at.undeclared("analyte", (plate.analyte,), analytes, "analyte")
            yield from _no_signals(plate, of_signals, at)
        yield from _naming_mistakes(plate, at)


def _naming_mistakes(plate: Plate, entry: Entry) -> Mistakes:
    """A plate whose wells nothing names, and a pattern of names that cannot be used."""
    if not plate.layout and not plate.samples:
        yield entry.mistake(
            f"plate {plate.id} without a layout",
            "`layout: plates/FILE.csv`, or `samples: ...` where its file names every sample",
            "say which well held whose cells; `{donor} {stimulus}` splits names such as RA01 LPS",
        )
    if plate.samples and (why := pattern_trouble(plate.samples)):
        yield entry.mistake(
            f"{plate.samples!r}: {why}",
            "a pattern with `{donor}` in it, of: " + ", ".join(map("{{{}}}".format, PLACES)),
            "write how a sample name is made: `{donor} {stimulus}[ {replicate}]`",
            field="samples",
        )
    if plate.samples and not plate.file:
        yield entry.mistake(
            "`samples` without `file`",
            "the instrument file whose names are split",
            "name the file, or write a layout: one file a well needs one",
            field="samples",
        )


def _no_signals(plate: Plate, of_signals: Container[str], entry: Entry) -> Mistakes:
    """An analyte for a plate whose file names its own."""
    if plate.assay not in of_signals:
        yield entry.mistake(
            f"`analyte` for a plate of {plate.assay}",
            "an assay of the kind immunoassay",
            "remove the line: the files of this assay name their analytes",
            field="analyte",
        )


def _control_mistakes(study: Study, entry: Entry) -> Mistakes:
    controls = sum(stimulus.control for stimulus in study.stimuli)
    if "stimuli" in entry.unsound:
        return
    if len(study.stimuli) > 1 and controls != 1:
        yield entry.mistake(
            f"{controls} stimuli with `control: true`",
            "exactly one: the unstimulated wells",
            "mark the condition the others are compared with",
            field="stimuli",
        )


def _colour_mistakes(study: Study, entry: Entry) -> Mistakes:
    for i, group in enumerate(study.groups):
        if group.color and full_hex(group.color) is None:
            yield entry.at("groups", i).mistake(
                f"color `{group.color}`",
                "a colour of six hexadecimal digits",
                'write it as "#0072B2", in quotes, or leave it out',
                field="color",
            )


def _scale_mistakes(study: Study, entry: Entry) -> Mistakes:
    for i, scale in enumerate(study.scales):
        if scale.lowest >= scale.highest:
            yield _without_range(scale, entry.at("scales", i))


def _without_range(scale: Scale, entry: Entry) -> Mistake:
    """The mistake of a scale whose ends are one, or the wrong way round."""
    return entry.mistake(
        f"{scale.id} from {scale.lowest:g} to {scale.highest:g}",
        "lowest below highest",
        "swap or correct the two; `higher_is` says which end is worse",
    )


_Rule = tuple[str, Callable[[Any], bool], str, str]
_PLAN: tuple[_Rule, ...] = (
    ("alpha", lambda alpha: 0 < alpha < 0.5, "between 0 and 0.5", "0.05 is usual"),
    ("seed", lambda seed: seed >= 0, "0 or a larger whole number", "1 is usual"),
    (
        "permutations",
        lambda count: 0 <= count <= _MOST_PERMUTATIONS,
        f"from 0 to {_MOST_PERMUTATIONS}",
        "9999 is usual",
    ),
)
"""Numbers of the plan: whether one can be used, what is expected, and the cure."""


def _plan_mistakes(plan: Plan, entry: Entry) -> Mistakes:
    for field, is_usable, expected, cure in _PLAN:
        value = getattr(plan, field)
        if not is_usable(value):
            yield entry.mistake(f"{field} {value}", expected, cure, field=field)
    yield from _declared_mistakes(plan, entry)


def _declared_mistakes(plan: Plan, entry: Entry) -> Mistakes:
    """A day of declaration that is none."""
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


def _assay_mistakes(study: Study, entry: Entry) -> Mistakes:
    analytes = ids(study.analytes)
    for i, assay in enumerate(study.assays):
        at = entry.at("assays", i)
        match assay:
            case Qpcr():
                yield from _qpcr_mistakes(assay, analytes, at)
                yield from _efficiency_mistakes(assay, at)
            case Beads():
                yield from bead_mistakes(assay, analytes, at)
                yield from _amount_mistakes(assay, ids(study.stimuli), at)
            case Immunoassay():
                yield from _immunoassay_mistakes(assay, analytes, at)
                yield from _amount_mistakes(assay, ids(study.stimuli), at)
            case Results():
                yield from _results_mistakes(assay, analytes, at)
            case _:
                assert_never(assay)


def _qpcr_mistakes(assay: Qpcr, analytes: Ids, entry: Entry) -> Mistakes:
    yield from entry.undeclared("targets", assay.targets.values(), analytes, "analyte")
    yield from entry.undeclared("columns", assay.columns, CQ_COLUMNS, "column")
    yield from _reference_gene_mistakes(assay, entry)


def _reference_gene_mistakes(assay: Qpcr, entry: Entry) -> Mistakes:
    if not assay.references:
        yield entry.mistake(
            "no reference gene",
            "at least one target of the instrument file",
            "relative expression needs a reference: name the targets measured for it",
            field="references",
        )
    if not 0 < assay.reference_margin <= _LARGEST_MARGIN:
        yield entry.mistake(
            f"{assay.reference_margin:g}",
            "log2 above 0 and up to 3",
            "0.5 lets a reference gene move 1.4-fold; 3 would be 8-fold",
            field="reference_margin",
        )


def _efficiency_mistakes(assay: Qpcr, entry: Entry) -> Mistakes:
    efficiencies = assay.efficiency | {"default": assay.default_efficiency}
    for name, efficiency in efficiencies.items():
        if not _is_possible(efficiency):
            yield _impossible_efficiency(efficiency, name, entry.at("efficiency"))


def _impossible_efficiency(efficiency: Efficiency, name: str, entry: Entry) -> Mistake:
    """The mistake of an efficiency that no reaction has."""
    return entry.mistake(
        f"{efficiency.value:g} with sd {efficiency.sd:g}",
        "a value above 1 and up to 2.2 (2 is doubling), and its standard error",
        "a percentage E becomes 1 + E/100",
        field=name,
    )


def _is_possible(efficiency: Efficiency) -> bool:
    value, sd = efficiency.value, efficiency.sd
    return 1 < value <= _LARGEST_EFFICIENCY and 0 <= sd < _LARGEST_EFFICIENCY_SD


def _immunoassay_mistakes(assay: Immunoassay, analytes: Ids, entry: Entry) -> Mistakes:
    yield from entry.undeclared("channels", assay.channels.values(), analytes, "analyte")
    if assay.analyte:
        yield from entry.undeclared("analyte", (assay.analyte,), analytes, "analyte")
    yield from entry.undeclared("columns", assay.columns, IMMUNOASSAY_COLUMNS, "column")


def _amount_mistakes(assay: Beads | Immunoassay, stimuli: Ids, entry: Entry) -> Mistakes:
    """Amounts of standards and dilutions that cannot be."""
    yield from entry.undeclared("dilutions", assay.dilutions, stimuli, "stimulus")
    cure = "write the number: 0 for a standard without the analyte, 2 for a dilution of 1:2"
    for field, numbers, lowest in (
        ("standards", assay.standards, 0.0),
        ("dilutions", assay.dilutions, 1.0),
    ):
        for name, number in numbers.items():
            if not lowest <= number < inf:
                expected = f"a number of {lowest:g} or more"
                yield entry.at(field).mistake(f"{name}: {number:g}", expected, cure, field=name)


def _results_mistakes(assay: Results, analytes: Ids, entry: Entry) -> Mistakes:
    yield from entry.undeclared("channels", assay.channels.values(), analytes, "analyte")
    yield from entry.undeclared("limits", assay.limits, analytes, "analyte")
    yield from _limit_mistakes(assay, entry)
    yield from _unit_mistakes(assay, entry)
    if bool(assay.analyte) != bool(assay.result):
        given, lacking = ("analyte", "result") if assay.analyte else ("result", "analyte")
        finding = f"`{given}` without `{lacking}`"
        expected = "both for a long table, neither for a wide one"
        cure = f"add `{lacking}: ...`, the column's name, or remove `{given}`"
        yield entry.mistake(finding, expected, cure, field=given)


def _unit_mistakes(assay: Results, entry: Entry) -> Mistakes:
    """A unit that is not that of an amount, where no scale is declared or another one."""
    kind = unit_kind(assay.unit)
    if kind is not None and assay.scale is None:
        yield _scale_asked(assay, kind, entry)
    elif kind is not None and assay.scale not in kind.scales:
        yield _scale_contradicted(assay, kind, entry)


def _scale_asked(assay: Results, kind: UnitKind, entry: Entry) -> Mistake:
    return entry.mistake(
        f"unit `{assay.unit}`: {kind.words}; no `scale` says how assay {assay.id} is compared",
        "amounts, or a declared `scale`: linear, log2, log10 or ln",
        f"in the assay {assay.id}, {kind.cure}",
        field="unit",
    )


def _scale_contradicted(assay: Results, kind: UnitKind, entry: Entry) -> Mistake:
    scales = " or ".join(f"`scale: {scale}`" for scale in kind.scales)
    return entry.mistake(
        f"`scale: {assay.scale}` of assay {assay.id}, and unit `{assay.unit}`: {kind.words}",
        scales or "numbers that are amounts, or logarithms of amounts",
        f"{kind.cure}, or correct the unit",
        field="scale",
    )


def _limit_mistakes(assay: Results, entry: Entry) -> Mistakes:
    above = "" if assay.logged else " above 0"
    expected = f"a lower limit{above}, and an upper one above it"
    cure = "correct the limits; leave out the one the laboratory does not state"
    for name, limit in assay.limits.items():
        if not _in_order(limit, lowest=-inf if assay.logged else 0.0):
            yield entry.at("limits").mistake(_limits_as_words(limit), expected, cure, field=name)


def _in_order(limit: Limit, *, lowest: float) -> bool:
    """Whether limits follow one another, above `lowest`; those that are not given are in order."""
    given = [end for end in (limit.lower, limit.upper) if end is not None]
    return all(low < high for low, high in pairwise([lowest, *given]))


def _limits_as_words(limit: Limit) -> str:
    ends = (("lower", limit.lower), ("upper", limit.upper))
    return ", ".join(f"{end} {value:g}" for end, value in ends if value is not None)
