"""What the parts of a study must agree on: names that refer to something, numbers that do not
contradict one another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from exvivo.errors import Mistake
from exvivo.study.bead_checks import bead_mistakes
from exvivo.study.ids import id_mistakes
from exvivo.study.nodes import Where
from exvivo.study.records import CQ_COLUMNS, IMMUNOASSAY_COLUMNS, Beads, Plan, Qpcr, Results, Study

_MOST_PERMUTATIONS = 1_000_000


def reference_mistakes(study: Study, where: Where) -> Iterator[Mistake]:
    """Ids given twice, names that refer to nothing, and numbers that contradict one another."""
    if study.exvivo != 1:
        yield Mistake(
            where(("exvivo",)),
            f"version {study.exvivo}",
            "version 1 of the study grammar",
            "write `exvivo: 1`, or install the exvivo that wrote this study",
        )
    yield from id_mistakes(study, where)
    controls = [stimulus.id for stimulus in study.stimuli if stimulus.control]
    if len(study.stimuli) > 1 and len(controls) != 1:
        yield Mistake(
            where(("stimuli",)),
            f"{len(controls)} stimuli with `control: true`",
            "exactly one: the unstimulated wells",
            "mark the condition the others are compared with",
        )
    for i, plate in enumerate(study.plates):
        yield from unknown(
            (plate.assay,), [a.id for a in study.assays], where(("plates", i, "assay")), "assay"
        )
    for i, scale in enumerate(study.scales):
        if scale.lowest >= scale.highest:
            yield Mistake(
                where(("scales", i)),
                f"{scale.id} from {scale.lowest:g} to {scale.highest:g}",
                "lowest below highest",
                "swap or correct the two; `higher_is` says which end is worse",
            )
    yield from _assay_mistakes(study, where)
    yield from _plan_mistakes(study.plan, where)


def _plan_mistakes(plan: Plan, where: Where) -> Iterator[Mistake]:
    if not 0 < plan.alpha < 0.5:
        yield Mistake(
            where(("plan", "alpha")), f"{plan.alpha:g}", "between 0 and 0.5", "0.05 is usual"
        )
    if plan.seed < 0:
        yield Mistake(
            where(("plan", "seed")), f"seed {plan.seed}", "0 or a larger whole number", "1 is usual"
        )
    if not 0 <= plan.permutations <= _MOST_PERMUTATIONS:
        yield Mistake(
            where(("plan", "permutations")),
            f"{plan.permutations} permutations",
            f"from 0 to {_MOST_PERMUTATIONS}",
            "9999 is usual",
        )
    if plan.declared and not _is_date(plan.declared):
        yield Mistake(
            where(("plan", "declared")),
            repr(plan.declared),
            "a date: year-month-day, as in 2026-03-01",
            "write the day on which the questions were written down, or remove the line",
        )


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def unknown(names: Iterable[str], known: list[str], where: str, what: str) -> Iterator[Mistake]:
    """A mistake for every name that is not among the known ones; `what` says what they are names
    of.
    """
    for name in names:
        if name not in known:
            expected = (
                "one of: " + ", ".join(known) if known else f"a declared {what}: there is none yet"
            )
            yield Mistake(
                where, f"{what} `{name}`", expected, "correct the name, or declare it above"
            )


def _assay_mistakes(study: Study, where: Where) -> Iterator[Mistake]:
    analytes = [analyte.id for analyte in study.analytes]
    for i, assay in enumerate(study.assays):
        place = ("assays", i)
        if isinstance(assay, Qpcr):
            if not assay.references:
                yield Mistake(
                    where((*place, "references")),
                    "no reference gene",
                    "at least one target of the instrument file",
                    "relative expression needs a reference: name the targets measured for it",
                )
            yield from unknown(
                assay.targets.values(), analytes, where((*place, "targets")), "analyte"
            )
            yield from unknown(
                assay.columns, list(CQ_COLUMNS), where((*place, "columns")), "column"
            )
            if not 0 < assay.reference_margin <= 3:
                yield Mistake(
                    where((*place, "reference_margin")),
                    f"{assay.reference_margin:g}",
                    "log2 above 0 and up to 3",
                    "0.5 lets a reference gene move 1.4-fold; 3 would be 8-fold",
                )
            for name, efficiency in (
                *assay.efficiency.items(),
                ("default", assay.default_efficiency),
            ):
                if not 1 < efficiency.value <= 2.2 or not 0 <= efficiency.sd < 0.5:
                    yield Mistake(
                        where((*place, "efficiency", name)),
                        f"{efficiency.value:g} with sd {efficiency.sd:g}",
                        "a value above 1 and up to 2.2 (2 is doubling), and its standard error",
                        "a percentage E becomes 1 + E/100",
                    )
        elif isinstance(assay, Beads):
            yield from bead_mistakes(assay, analytes, place, where)
        else:
            yield from unknown(
                assay.channels.values(), analytes, where((*place, "channels")), "analyte"
            )
            if isinstance(assay, Results):
                yield from unknown(assay.limits, analytes, where((*place, "limits")), "analyte")
                yield from _results_mistakes(assay, place, where)
            else:
                yield from unknown(
                    [assay.analyte] if assay.analyte else [],
                    analytes,
                    where((*place, "analyte")),
                    "analyte",
                )
                yield from unknown(
                    assay.columns, list(IMMUNOASSAY_COLUMNS), where((*place, "columns")), "column"
                )


def _results_mistakes(
    assay: Results, place: tuple[str | int, ...], where: Where
) -> Iterator[Mistake]:
    if bool(assay.analyte) != bool(assay.result):
        given, lacking = ("analyte", "result") if assay.analyte else ("result", "analyte")
        yield Mistake(
            where((*place, given)),
            f"`{given}` without `{lacking}`",
            "both for a long table, neither for a wide one",
            f"add `{lacking}: ...`, the column's name, or remove `{given}`",
        )
    for name, limit in assay.limits.items():
        lower, upper = limit.lower, limit.upper
        if (lower is not None and lower <= 0) or (upper is not None and upper <= (lower or 0)):
            said = ", ".join(
                f"{end} {n:g}" for end, n in (("lower", lower), ("upper", upper)) if n is not None
            )
            yield Mistake(
                where((*place, "limits", name)),
                said,
                "a lower limit above 0, and an upper one above it",
                "correct the limits; leave out the one the laboratory does not state",
            )
