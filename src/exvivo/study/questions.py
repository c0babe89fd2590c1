"""What questions ask of a study: names that are declared, each once, and a design that can answer
them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import PurePath
from posixpath import normpath

import polars as pl

from exvivo import catalog
from exvivo.errors import Mistake
from exvivo.study.checks import unknown
from exvivo.study.cultures import TOGETHER
from exvivo.study.nodes import Where
from exvivo.study.question_records import (
    Change,
    Compared,
    Effect,
    Identity,
    Measured,
    Specificity,
    Treatment,
    groups_of,
)
from exvivo.study.records import Study


def question_mistakes(study: Study, where: Where) -> Iterator[Mistake]:
    """Questions that name nothing, the same thing twice, or something study.yaml does not
    declare.
    """
    yield from _mixed_families(study, where)
    yield from _arms_of_two(study, where)
    for i, question in enumerate(study.questions):
        if isinstance(question, Identity):
            yield from _identity_mistakes(study, question, ("questions", i), where)
            continue
        yield from _list_mistakes(question, ("questions", i), where)
        yield from _question_mistakes(study, question, ("questions", i), where)
        yield from _own_mistakes(study, question, ("questions", i), where)


def _arms_of_two(study: Study, where: Where) -> Iterator[Mistake]:
    """One arm with an antagonist compared with two stimuli: each arm belongs to one."""
    alone: dict[str, str] = {}
    for i, question in enumerate(study.questions):
        if (
            isinstance(question, Effect)
            and alone.setdefault(question.blocked, question.stimulus) != question.stimulus
        ):
            yield Mistake(
                where(("questions", i, "blocked")),
                f"`{question.blocked}` against `{question.stimulus}`, and against "
                f"`{alone[question.blocked]}` in another question",
                "one stimulus that an arm is compared with",
                "declare the antagonist with each stimulus as an arm of its own",
            )


def _mixed_families(study: Study, where: Where) -> Iterator[Mistake]:
    """A family that is a screen in one question and not in another: it can be corrected in one way
    only.
    """
    kinds: dict[str, set[bool]] = {}
    for question in study.questions:
        kinds.setdefault(question.family or question.id, set()).add(
            getattr(question, "screen", False)
        )
    for i, question in enumerate(study.questions):
        if len(kinds[question.family or question.id]) > 1 and getattr(question, "screen", False):
            yield Mistake(
                where(("questions", i, "screen")),
                f"a screen in the family `{question.family or question.id}`, whose other questions are none",
                "one way of correction in a family",
                "give the screen a family of its own",
            )


def _list_mistakes(
    question: Measured, place: tuple[str | int, ...], where: Where
) -> Iterator[Mistake]:
    asked_scales = hasattr(question, "scales") and not (
        isinstance(question, Change) and not question.scales
    )
    for name in ("assays", "analytes", *(("scales",) if asked_scales else ())):
        asked: tuple[str, ...] = getattr(question, name)
        if not asked:
            yield Mistake(
                where((*place, name)),
                f"no {name}",
                "at least one",
                f"name the {name} asked, or remove the question",
            )
        for twice in dict.fromkeys(one for one in asked if asked.count(one) > 1):
            yield Mistake(
                where((*place, name)),
                f"`{twice}` more than once",
                "each once: each is one test of the family",
                "remove the others",
            )


def _question_mistakes(
    study: Study, question: Measured, place: tuple[str | int, ...], where: Where
) -> Iterator[Mistake]:
    def known(
        field: str, names: Iterable[str], records: Iterable[object], what: str
    ) -> Iterator[Mistake]:
        ids = [record.id for record in records]  # type: ignore[attr-defined]
        return unknown([name for name in names if name], ids, where((*place, field)), what)

    yield from known("assays", question.assays, study.assays, "assay")
    yield from known("analytes", question.analytes, study.analytes, "analyte")
    yield from known("stimulus", (question.stimulus,), study.stimuli, "stimulus")
    yield from known("cell_type", (question.cell_type,), study.cell_types, "cell type")
    if not question.cell_type and len(study.cell_types) > 1:
        yield Mistake(
            where(place), "no cell_type", "one of the declared cell types", "add `cell_type: ...`"
        )
    if question.stimulus and question.stimulus == study.control_stimulus():
        yield Mistake(
            where((*place, "stimulus")),
            f"`{question.stimulus}`, the control condition",
            "a stimulus to compare with it",
            "name the stimulus; leave `stimulus` out to ask about the unstimulated level",
        )
    if isinstance(question, Compared):
        yield from known("groups", question.groups, study.groups, "group")
        if len(set(question.groups)) != 2:
            yield Mistake(
                where((*place, "groups")),
                ", ".join(question.groups),
                "two groups",
                "write [first, second]",
            )
    else:
        yield from known("within", (question.within,), study.groups, "group")
    yield from known("scales", getattr(question, "scales", ()), study.scales, "scale")
    margin = getattr(question, "margin", None)
    if margin is not None and margin <= 0:
        yield Mistake(
            where((*place, "margin")), f"{margin:g}", "a log2 fold above 0", "1 is two-fold"
        )


def _own_mistakes(
    study: Study, question: Measured, place: tuple[str | int, ...], where: Where
) -> Iterator[Mistake]:
    """What one kind of question needs and others do not."""
    if isinstance(question, Specificity):
        analytes = [analyte.id for analyte in study.analytes]
        yield from unknown(question.against, analytes, where((*place, "against")), "analyte")
        if not question.against and not question.against_cell_type:
            yield Mistake(
                where(place),
                "neither `against` nor `against_cell_type`",
                "what the difference is held against",
                "name the other analytes, or the other cells of the same donors",
            )
        for own in question.analytes:
            if question.against and not set(question.against) - {own}:
                yield Mistake(
                    where((*place, "against")),
                    f"only {own} itself",
                    "at least one other analyte",
                    "add others",
                )
        yield from _other_cells(study, question.cell_type, question.against_cell_type, place, where)
    if isinstance(question, Effect):
        yield from unknown(
            (question.blocked,),
            [s.id for s in study.stimuli],
            where((*place, "blocked")),
            "stimulus",
        )
        if question.blocked == question.stimulus:
            yield Mistake(
                where((*place, "blocked")),
                f"`{question.blocked}`, the stimulus itself",
                "another arm of the same cells",
                "declare the stimulus with the antagonist as a stimulus of its own",
            )
    if isinstance(question, Change) and len(dict.fromkeys(question.visits)) < 2:
        yield Mistake(
            where((*place, "visits")),
            ", ".join(question.visits) or "none",
            "two visits or more, in their order",
            "name the visits as the layouts do",
        )
    if isinstance(question, Treatment) and not question.exposed:
        yield Mistake(
            where((*place, "exposed")), "nothing", "the word for an exposed donor", "write it (yes)"
        )


def _other_cells(
    study: Study, cell_type: str, other: str, place: tuple[str | int, ...], where: Where
) -> Iterator[Mistake]:
    kinds = [kind.id for kind in study.cell_types]
    if other:
        yield from unknown((other,), kinds, where((*place, "against_cell_type")), "cell type")
        if other == cell_type:
            yield Mistake(
                where((*place, "against_cell_type")),
                f"`{other}`, the cell type asked",
                "another one",
                "name it",
            )


def _identity_mistakes(
    study: Study, question: Identity, place: tuple[str | int, ...], where: Where
) -> Iterator[Mistake]:
    kinds = [kind.id for kind in study.cell_types]
    yield from unknown((question.cell_type,), kinds, where((*place, "cell_type")), "cell type")
    if not question.like or ":" in question.like:
        yield Mistake(
            where((*place, "like")),
            f"{question.like!r}",
            "the name of one of the reference cells, as it stands before the colon",
            "name the cells they are said to resemble (microglia)",
        )
    files = dict(zip(("profiles", "references", "markers"), question.files, strict=False))
    for field, name in files.items():
        if not name or PurePath(name).is_absolute():
            yield Mistake(
                where((*place, field)),
                name or "no file",
                "a file named from the study folder",
                f"put the table into raw/ and write `{field}: raw/{PurePath(name).name or 'FILE.csv'}`",
            )
        elif list(map(normpath, files.values())).index(normpath(name)) < list(files).index(field):
            yield Mistake(
                where((*place, field)),
                f"{name} again",
                "a file of its own for each table",
                "name the right file",
            )
    if "markers" in files and not PurePath(question.markers).suffix:
        panels = ", ".join(catalog.panels())
        yield Mistake(
            where((*place, "markers")),
            f"panel `{question.markers}`",
            f"a file (markers.csv), or one of: {panels}",
            "correct the name; leave `markers` out to compare all genes",
        )


def donor_columns(study: Study, donors: pl.DataFrame, where: Where) -> Iterator[Mistake]:
    """Columns of donors.csv that questions name and the table lacks; and words for exposed that
    nobody has.
    """
    for i, question in enumerate(study.questions):
        named = [("adjust", name) for name in getattr(question, "adjust", ())]
        if isinstance(question, Treatment):
            named.append(("exposure", question.exposure))
        for field, name in named:
            yield from unknown(
                (name,), donors.columns, where(("questions", i, field)), "column of donors.csv"
            )
        if isinstance(question, Treatment) and question.exposure in donors.columns:
            words = donors[question.exposure].unique(maintain_order=True).to_list()
            yield from unknown(
                (question.exposed,),
                words,
                where(("questions", i, "exposed")),
                "word of that column",
            )


def design_mistakes(
    study: Study, layout: pl.DataFrame, cultures: pl.DataFrame, where: Where
) -> Iterator[Mistake]:
    """Designs that cannot answer the question asked: groups never measured together, or not
    measured at all.
    """
    samples = layout.filter(pl.col("role") == "sample")
    for i, question in enumerate(study.questions):
        if isinstance(question, Identity):
            continue
        groups = groups_of(question)
        for assay in question.assays:
            plates = [plate.id for plate in study.plates if plate.assay == assay]
            mine = samples.filter(pl.col("plate").is_in(plates), pl.col("group").is_in(groups))
            for group in groups:
                if not mine.filter(pl.col("group") == group).height:
                    yield Mistake(
                        where(("questions", i)),
                        f"no sample of group `{group}` on a plate of assay `{assay}`",
                        "samples of every group asked about",
                        "check the layouts and donors.csv, or drop the question",
                    )
            if isinstance(question, Change):
                yield from _no_visit(mine, question, assay, where(("questions", i, "visits")))
            yield from _absent(mine, question, study, assay, where(("questions", i)))
            yield from _mixed(mine, question, study, assay, where(("questions", i)))
            if isinstance(question, Compared):
                yield from _confounded(mine, question, assay, where(("questions", i)))
                yield from _kept_apart(mine, cultures, question, assay, where(("questions", i)))


def _no_visit(samples: pl.DataFrame, question: Change, assay: str, where: str) -> Iterator[Mistake]:
    """Visits of a question of change at which nothing of the group was measured."""
    there = samples["visit"].drop_nulls().unique(maintain_order=True).to_list()
    for visit in question.visits:
        if samples.height and visit not in there:
            yield Mistake(
                where,
                f"no sample of visit `{visit}` of group `{question.within}` on a plate of assay `{assay}`; its visits are: "
                + (", ".join(there) or "none"),
                "samples at every visit asked about",
                "write the column `visit` in the layouts as the question does, or correct the question",
            )


def _absent(
    samples: pl.DataFrame, question: Measured, study: Study, assay: str, where: str
) -> Iterator[Mistake]:
    """A condition that a question needs and no sample of the groups it asks about was given."""
    arms = (
        question.stimulus,
        question.blocked if isinstance(question, Effect) else question.stimulus,
    )
    control = () if isinstance(question, Effect) else (study.control_stimulus(),)
    needed = dict.fromkeys((*arms, *control)) if question.stimulus else {}
    given = samples["stimulus"].drop_nulls().unique(maintain_order=True).to_list()
    for condition in needed:
        if condition and samples.height and condition not in given:
            yield Mistake(
                where,
                f"no sample with stimulus `{condition}` on a plate of assay `{assay}`; its samples have: "
                + (", ".join(given) or "none"),
                "samples with the stimulus and with the control condition",
                "correct the layouts, or the question",
            )


def _mixed(
    samples: pl.DataFrame, question: Measured, study: Study, assay: str, where: str
) -> Iterator[Mistake]:
    """Several doses or times under one name: their mean would be the answer to no question."""
    for condition in dict.fromkeys((question.stimulus or None, study.control_stimulus())):
        if condition is None:
            continue
        wells = samples.filter(pl.col("stimulus") == condition)
        given = wells.select("dose", "time").unique(maintain_order=True).rows()
        if len(given) > 1:
            said = "; ".join(
                " ".join(part for part in pair if part) or "not said" for pair in given[:6]
            )
            yield Mistake(
                where,
                f"in assay `{assay}` the stimulus `{condition}` at several doses or times ({said})",
                "one dose and time for each stimulus that a question names",
                "declare each dose and time as a stimulus of its own (ATP_1mM_4h), use it in the layouts, and ask of each",
            )


def _confounded(
    samples: pl.DataFrame, question: Compared, assay: str, where: str
) -> Iterator[Mistake]:
    """No plate holds both groups: a difference between groups could be a difference between plates.

    Where every donor has a plate of their own, plates are as different within groups as between
    them.
    """
    together = samples.group_by("plate", maintain_order=True).agg(
        pl.col("group").unique().sort(), pl.col("donor").n_unique().alias("donors")
    )
    apart = together["group"].list.len().max() == 1
    if together.height > 1 and apart and together.select((pl.col("donors") > 1).any()).item():
        found = "; ".join(
            f"plate {plate}: {', '.join(groups)}"
            for plate, groups in together.sort("plate").select("plate", "group").iter_rows()
        )
        yield Mistake(
            where,
            f"in assay `{assay}` every plate holds one group only ({found})",
            "plates that hold both groups",
            f"group and plate cannot be told apart: measure donors of both groups on one plate, or drop `{question.id}`",
        )


def _kept_apart(
    samples: pl.DataFrame, cultures: pl.DataFrame, question: Compared, assay: str, where: str
) -> Iterator[Mistake]:
    """No batch (operator, day) holds cultures of both groups: what differs could be the batch."""
    known = samples.join(
        cultures.drop("donor", "visit", "cell_type"),
        on="culture",
        how="inner",
        maintain_order="left",
    )
    for name in TOGETHER:
        together = (
            known.filter(pl.col(name) != "")
            .group_by(name, maintain_order=True)
            .agg(pl.col("group").unique().sort(), pl.col("donor").n_unique().alias("donors"))
        )
        apart = together["group"].list.len().max() == 1
        if together.height > 1 and apart and together.select((pl.col("donors") > 1).any()).item():
            found = "; ".join(
                f"{value}: {', '.join(groups)}"
                for value, groups in together.select(name, "group").sort(name).iter_rows()
            )
            yield Mistake(
                where,
                f"in assay `{assay}` no `{name}` of cultures.csv holds cultures of both groups ({found})",
                "cultures of both groups made together",
                f"group and {name} cannot be told apart: culture both groups together, or drop `{question.id}`",
            )
