"""Targets that people take for one that the study names, and that are written in another way.

A program tells `Tnf` and `TNF` apart. The wells of the one that the study does not name are
measured and not analysed: where they are all that a sample has, its donor would lose a result
unseen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import assert_never

import polars as pl

from exvivo.catalog import known_as, spelling
from exvivo.errors import Mistake
from exvivo.study import Assay, Beads, Immunoassay, Qpcr, Results, Study
from exvivo.study.entry import Entry, Mistakes
from exvivo.words import counted, shortened

_SAMPLE = ("donor", "visit", "cell_type", "culture", "stimulus", "dose", "time")


@dataclass(frozen=True)
class LookAlike:
    """A target of an assay's files or layouts, the name of the study it is taken for, and where it
    stands first; `samples` are those that have no other well of that name.
    """

    name: str
    own: str
    where: str
    samples: pl.DataFrame

    @property
    def unlike(self) -> str:
        """The two names, and how they differ."""
        if spelling.alike(self.name, self.own):
            return spelling.unlike(self.name, self.own)
        return f"{spelling.printed(self.name)}, another name of {spelling.printed(self.own)}"

    def mistake(self, assay: Qpcr | Immunoassay) -> Mistake:
        """What to say of it."""
        donors = self.samples["donor"].unique(maintain_order=True).to_list()
        wells = counted(self.samples.height, "sample")
        return Mistake(
            self.where,
            f"target {self.unlike}: {wells} ({shortened(donors)}) with no other well of "
            f"{spelling.printed(self.own)}",
            "one spelling of a target in every file, layout and in study.yaml",
            _cure(self, assay),
        )


def _cure(look_alike: LookAlike, assay: Qpcr | Immunoassay) -> str:
    name, own = spelling.printed(look_alike.name), spelling.printed(look_alike.own)
    spell = f"spell it {own} in the instrument's software, or in the layout, and export again"
    is_reference = isinstance(assay, Qpcr) and look_alike.own in assay.references
    if is_reference:
        return f"{spell}; if {name} is another gene, declare it under `analytes`"
    field = "targets" if isinstance(assay, Qpcr) else "channels"
    analyte = _names(assay, ()).get(look_alike.own, look_alike.own)
    return (
        f"{spell}, or write `{field}: {{{name}: {analyte}}}` in assay {assay.id}; if {name} is "
        "another one, declare it under `analytes`"
    )


def look_alikes(readings: pl.DataFrame, study: Study, assay: Assay) -> list[LookAlike]:
    """The targets of an assay (channels, columns) that the study does not name and that look like
    one that it names, with the samples that would lose their result.
    """
    match assay:
        case Qpcr() | Immunoassay():
            return list(_of_assay(_named(readings, study, assay), study, assay))
        case Beads() | Results():
            return []
    assert_never(assay)


def _of_assay(wells: pl.DataFrame, study: Study, assay: Qpcr | Immunoassay) -> Iterator[LookAlike]:
    names = _names(assay, [analyte.id for analyte in study.analytes])
    for name in wells["name"].unique(maintain_order=True):
        own = None if name in names else spelling.nearest(name, names) or _same(name, names)
        if own is None or _is_known(name, study, assay):
            continue
        of_name = wells.filter(name=name)
        same = [other for other, meaning in names.items() if meaning == names[own]]
        samples, others = (
            rows.filter(role="sample").unique(_SAMPLE, maintain_order=True)
            for rows in (of_name, wells.filter(pl.col("name").is_in(same)))
        )
        lost = samples.join(others, on=_SAMPLE, how="anti", nulls_equal=True, maintain_order="left")
        yield LookAlike(name, own, _place(of_name), lost)


def _same(name: str, names: Mapping[str, str]) -> str | None:
    """The name of the study for what the catalog takes for one analyte with a name (TNF-alpha and
    TNF).
    """
    known = known_as(name)
    same = (own for own, meaning in names.items() if known in (known_as(own), meaning))
    return next(same, None) if known else None


def stated_otherwise(assay: Qpcr, in_files: list[str], entry: Entry) -> Mistakes:
    """Targets that `efficiency` and `one_copy` of study.yaml write in another way than the files:
    what is stated of them would serve nothing.
    """
    for field, stated in (("efficiency", assay.efficiency), ("one_copy", assay.one_copy)):
        for name in stated:
            target = None if name in in_files else spelling.nearest(name, in_files)
            if target is not None:
                yield entry.mistake(
                    f"target {spelling.unlike(name, target)}, which the files of {assay.id} hold",
                    "the target as the files write it: else what is stated of it serves nothing",
                    f"write {spelling.printed(target)} under `{field}`",
                    field=field,
                )


def _names(assay: Qpcr | Immunoassay, analytes: Iterable[str]) -> dict[str, str]:
    """The names that the study gives the targets of an assay, and what each stands for."""
    named = {analyte: analyte for analyte in analytes}
    match assay:
        case Qpcr():
            return named | {name: name for name in assay.references} | assay.targets
        case Immunoassay():
            return named | assay.channels
    assert_never(assay)


def _is_known(name: str, study: Study, assay: Qpcr | Immunoassay) -> bool:
    """Whether an immunoassay takes a channel for an analyte by the catalog."""
    ids = {analyte.id for analyte in study.analytes}
    return isinstance(assay, Immunoassay) and known_as(name) in ids


def _named(readings: pl.DataFrame, study: Study, assay: Qpcr | Immunoassay) -> pl.DataFrame:
    """The readings of an assay in the order of its files, with the `name` of each: as its file
    names it, else as the layout does.
    """
    plates = [plate.id for plate in study.plates if plate.assay == assay.id]
    own = readings.filter(pl.col("plate").is_in(plates)).select(
        "plate", "well", "channel", "source"
    )
    layout = study.layout.select("plate", "well", "role", "line", "target", *_SAMPLE)
    wells = own.join(layout, on=["plate", "well"], how="left", maintain_order="left")
    in_file = pl.when(pl.col("channel") != "").then("channel")
    return wells.with_columns(name=pl.coalesce(in_file, "target")).drop_nulls("name")


def _place(wells: pl.DataFrame) -> str:
    """Where the first well of a name gets it: the line of a layout, or a file and its wells."""
    first = wells.row(0, named=True)
    if not first["channel"]:
        return str(first["line"])
    of_file = wells.filter(source=first["source"])["well"].unique(maintain_order=True)
    return f"{first['source']}, {shortened(of_file.to_list())}"
