"""What the parts of a study must agree on: names that refer to one another, and a design that can answer its questions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import polars as pl

from exvivo.errors import Mistake
from exvivo.study.records import Beads, Difference, Qpcr, Question, Study

Where = Callable[[Iterable[str | int]], str]


def reference_mistakes(study: Study, where: Where) -> Iterator[Mistake]:
    """Ids given twice, names that refer to nothing, and numbers that contradict one another."""
    if study.exvivo != 1:
        yield Mistake(
            where(("exvivo",)), f"version {study.exvivo}", "version 1 of the study grammar",
            "write `exvivo: 1`, or install the exvivo that wrote this study",
        )  # fmt: skip
    for part in ("groups", "cell_types", "stimuli", "analytes", "assays", "plates", "scales", "questions"):
        yield from _twice(part, [record.id for record in getattr(study, part)], where)
    controls = [stimulus.id for stimulus in study.stimuli if stimulus.control]
    if len(study.stimuli) > 1 and len(controls) != 1:
        yield Mistake(
            where(("stimuli",)), f"{len(controls)} stimuli with `control: true`", "exactly one: the unstimulated wells",
            "mark the condition the others are compared with",
        )  # fmt: skip
    for i, plate in enumerate(study.plates):
        yield from _unknown((plate.assay,), [a.id for a in study.assays], where(("plates", i, "assay")), "assay")
    for i, scale in enumerate(study.scales):
        if scale.lowest >= scale.highest:
            yield Mistake(
                where(("scales", i)), f"{scale.id} from {scale.lowest:g} to {scale.highest:g}", "lowest below highest",
                "swap or correct the two; `higher_is` says which end is worse",
            )  # fmt: skip
    yield from _assay_mistakes(study, where)
    for i, question in enumerate(study.questions):
        yield from _question_mistakes(study, question, ("questions", i), where)
    if not 0 < study.plan.alpha < 0.5:
        yield Mistake(where(("plan", "alpha")), f"{study.plan.alpha:g}", "between 0 and 0.5", "0.05 is usual")


def _twice(part: str, ids: list[str], where: Where) -> Iterator[Mistake]:
    for i, name in enumerate(ids):
        if name in ids[:i]:
            yield Mistake(where((part, i)), f"{part} `{name}` a second time", "each id once", "rename one of the two")


def _unknown(names: Iterable[str], known: list[str], where: str, what: str) -> Iterator[Mistake]:
    for name in names:
        if name not in known:
            expected = "one of: " + ", ".join(known) if known else f"a declared {what}: there is none yet"
            yield Mistake(where, f"{what} `{name}`", expected, "correct the name, or declare it above")


def _assay_mistakes(study: Study, where: Where) -> Iterator[Mistake]:
    analytes = [analyte.id for analyte in study.analytes]
    for i, assay in enumerate(study.assays):
        place = ("assays", i)
        if isinstance(assay, Qpcr):
            if not assay.references:
                yield Mistake(
                    where((*place, "references")), "no reference gene", "at least one target of the instrument file",
                    "relative expression needs a reference: name the targets measured for it",
                )  # fmt: skip
            yield from _unknown(assay.targets.values(), analytes, where((*place, "targets")), "analyte")
            for name, efficiency in (*assay.efficiency.items(), ("default", assay.default_efficiency)):
                if not 1 < efficiency.value <= 2.2 or not 0 <= efficiency.sd < 0.5:
                    yield Mistake(
                        where((*place, "efficiency", name)), f"{efficiency.value:g} with sd {efficiency.sd:g}",
                        "a value above 1 and up to 2.2 (2 is doubling), and its standard error",
                        "a percentage E becomes 1 + E/100",
                    )  # fmt: skip
        elif isinstance(assay, Beads):
            yield from _unknown(assay.panel, analytes, where((*place, "panel")), "analyte")
        else:
            yield from _unknown(assay.channels.values(), analytes, where((*place, "channels")), "analyte")
            yield from _unknown(assay.limits, analytes, where((*place, "limits")), "analyte")


def _question_mistakes(
    study: Study, question: Question, place: tuple[str | int, ...], where: Where
) -> Iterator[Mistake]:
    def known(field: str, names: Iterable[str], records: Iterable[object], what: str) -> Iterator[Mistake]:
        ids = [record.id for record in records]  # type: ignore[attr-defined]
        return _unknown([name for name in names if name], ids, where((*place, field)), what)

    yield from known("assays", question.assays, study.assays, "assay")
    yield from known("analytes", question.analytes, study.analytes, "analyte")
    yield from known("stimulus", (question.stimulus,), study.stimuli, "stimulus")
    yield from known("cell_type", (question.cell_type,), study.cell_types, "cell type")
    if not question.cell_type and len(study.cell_types) > 1:
        yield Mistake(where(place), "no cell_type", "one of the declared cell types", "add `cell_type: ...`")
    if question.stimulus and question.stimulus == study.control_stimulus():
        yield Mistake(
            where((*place, "stimulus")), f"`{question.stimulus}`, the control condition", "a stimulus to compare with it",
            "name the stimulus; leave `stimulus` out to ask about the unstimulated level",
        )  # fmt: skip
    if isinstance(question, Difference):
        yield from known("groups", question.groups, study.groups, "group")
        if len(set(question.groups)) != 2:
            yield Mistake(
                where((*place, "groups")), ", ".join(question.groups), "two groups", "write [first, second]"
            )
        if question.margin is not None and question.margin <= 0:
            yield Mistake(where((*place, "margin")), f"{question.margin:g}", "a log2 fold above 0", "1 is two-fold")
    else:
        yield from known("within", (question.within,), study.groups, "group")
        yield from known("scales", question.scales, study.scales, "scale")


def design_mistakes(study: Study, donors: pl.DataFrame, layout: pl.DataFrame, where: Where) -> Iterator[Mistake]:
    """Designs that cannot answer the question asked: groups never measured together, or not measured at all."""
    samples = layout.filter(pl.col("role") == "sample")
    for i, question in enumerate(study.questions):
        groups = question.groups if isinstance(question, Difference) else (question.within,)
        for assay in question.assays:
            plates = [plate.id for plate in study.plates if plate.assay == assay]
            mine = samples.filter(pl.col("plate").is_in(plates), pl.col("group").is_in(groups))
            for group in groups:
                if not mine.filter(pl.col("group") == group).height:
                    yield Mistake(
                        where(("questions", i)), f"no sample of group `{group}` on a plate of assay `{assay}`",
                        "samples of every group asked about", "check the layouts and donors.csv, or drop the question",
                    )  # fmt: skip
            if isinstance(question, Difference):
                yield from _confounded(mine, question, assay, where(("questions", i)))


def _confounded(samples: pl.DataFrame, question: Difference, assay: str, where: str) -> Iterator[Mistake]:
    """No plate holds both groups: a difference between groups could be a difference between plates."""
    together = samples.group_by("plate", maintain_order=True).agg(pl.col("group").unique().sort())
    if together.height > 1 and together["group"].list.len().max() == 1:
        found = "; ".join(
            f"plate {plate}: {', '.join(groups)}" for plate, groups in together.sort("plate").iter_rows()
        )
        yield Mistake(
            where, f"in assay `{assay}` every plate holds one group only ({found})", "plates that hold both groups",
            f"group and plate cannot be told apart: measure donors of both groups on one plate, or drop `{question.id}`",
        )  # fmt: skip
