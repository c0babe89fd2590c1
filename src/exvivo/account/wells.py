"""The wells of the layouts that hold one analyte of one assay, and how far each of them came."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import polars as pl

from exvivo.findings import Facts
from exvivo.study import Beads, Study
from exvivo.study.exclusions import of_analyte

FIRST_VISIT = "1"
"""The visit of wells and results that name none."""
Came = Literal["measured", "other_dilution", "no_result", "not_read", "excluded", "set_empty"]
"""How far a well came: it has a result; another dilution of its sample was taken; its reading gave
no result; its file holds no reading of it; people left it out with a reason; its layout says
`empty` over a reading.
"""
_WELL = ["plate", "well"]
_SAMPLE = ["donor", "visit", "cell_type", "culture", "stimulus", "dose", "time"]


@dataclass(frozen=True, slots=True)
class Well:
    """A well of a layout: whose it is (a donor; visit, cells and stimulus are None where nothing
    names them), how far it came, and what people say of why they left it out.
    """

    plate: str
    well: str
    donor: str
    visit: str | None
    cell_type: str | None
    stimulus: str | None
    came: Came
    decision: Facts = field(default_factory=dict)


@dataclass(frozen=True)
class Wells:
    """The wells of a study: its layouts, WELLS and QUANTITIES."""

    study: Study
    wells: pl.DataFrame
    quantities: pl.DataFrame

    def of(self, assay: str, analyte: str) -> dict[str, list[Well]]:
        """The wells that hold an analyte in an assay, by donor; on plates where it is read."""
        frame, names = self._placed(assay, analyte), self._channels(assay, analyte)
        by_donor: dict[str, list[Well]] = {}
        for row in frame.iter_rows(named=True):
            well = self._well(row)
            if well is not None and (not _is_unread(row, well) or names.expects(row)):
                by_donor.setdefault(well.donor, []).append(well)
        return by_donor

    def donors_of(self, assay: str) -> dict[str, list[str]]:
        """The plates of an assay whose layouts name a donor, by donor."""
        own = self._layout(assay).drop_nulls("donor").filter(role="sample")
        plates = pl.col("plate").unique().sort()
        return dict(own.group_by("donor", maintain_order=True).agg(plates).iter_rows())

    def _layout(self, assay: str) -> pl.DataFrame:
        """The layouts of the plates of an assay."""
        plates = [plate.id for plate in self.study.plates if plate.assay == assay]
        return self.study.layout.filter(pl.col("plate").is_in(plates))

    def _placed(self, assay: str, analyte: str) -> pl.DataFrame:
        """The layout of an assay's plates where an analyte is read, each well with the name that
        its file gives (`sample`), whether it is read, and whether it or another dilution of its
        sample has a result.
        """
        read = self._read(assay, analyte)
        results = self.quantities.filter(
            pl.col("assay") == assay,
            pl.col("analyte") == analyte,
            pl.col("on") == "amount",
            (pl.col("censor") != "none") | pl.col("value").is_not_null(),
        )
        layout = self._layout(assay).filter(pl.col("plate").is_in(read["plate"].unique().to_list()))
        decisions = of_analyte(self.study.exclusions, analyte)
        of_sample = results.select(*_SAMPLE, of_sample=pl.lit(value=True)).unique()
        of_well = results.select(*_WELL, has_result=pl.lit(value=True)).unique()
        return (
            layout.join(read, on=_WELL, how="left", maintain_order="left")
            .join(of_well, on=_WELL, how="left", maintain_order="left")
            .join(of_sample, on=_SAMPLE, how="left", maintain_order="left", nulls_equal=True)
            .join(decisions, on=_WELL, how="left", maintain_order="left")
            .with_columns(pl.col("is_read", "has_result", "of_sample").fill_null(value=False))
        )

    def _read(self, assay: str, analyte: str) -> pl.DataFrame:
        """The wells with a reading of an analyte, and the names that the file gives them."""
        own = self._of_analyte(assay, analyte)
        return own.unique(_WELL, keep="first", maintain_order=True).select(
            *_WELL, "sample", is_read=pl.lit(value=True)
        )

    def _of_analyte(self, assay: str, analyte: str) -> pl.DataFrame:
        """The readings of an analyte; events of beads are readings of all of the panel."""
        own = self.wells.filter(assay=assay)
        beads = isinstance(self.study.assay(assay), Beads)
        return own if beads else own.filter(analyte=analyte)

    def _channels(self, assay: str, analyte: str) -> _Channels:
        """What the wells with a reading of an analyte hold beside it, plate by plate."""
        names = set(self._of_analyte(assay, analyte)["channel"])
        held = (
            self.wells.filter(assay=assay)
            .group_by(_WELL, maintain_order=True)
            .agg(pl.col("channel").unique())
        )
        channels = {(plate, well): frozenset(each) for plate, well, each in held.iter_rows()}
        beside: dict[str, set[frozenset[str]]] = {}
        for (plate, _), each in channels.items():
            if each & names:
                beside.setdefault(plate, set()).add(each - names)
        return _Channels(frozenset(names), channels, beside)

    def _well(self, row: dict[str, Any]) -> Well | None:
        """A row of a layout as a well of a donor; None where it is nobody's, or was never meant to
        be read.
        """
        came = _came(row)
        if came is None:
            return None
        known = came != "set_empty"
        name = row["sample"] or row["well"]
        donor = row["donor"] or self._named(name, self._donors)
        if not donor:
            return None
        usual = self.study.control_stimulus() if known else self._named(name, self._stimuli)
        visit = row["visit"] or (FIRST_VISIT if known else None)
        return Well(
            row["plate"],
            row["well"],
            donor,
            visit,
            row["cell_type"],
            row["stimulus"] or usual,
            came,
            _decision(row) if came == "excluded" else {},
        )

    def _named(self, name: str, names: re.Pattern[str]) -> str | None:
        """The only donor (or stimulus) in the name that a file gives a well."""
        inside = set(names.findall(name))
        return inside.pop() if len(inside) == 1 else None

    @cached_property
    def _donors(self) -> re.Pattern[str]:
        return _any_of(self.study.donors["donor"].to_list())

    @cached_property
    def _stimuli(self) -> re.Pattern[str]:
        return _any_of([stimulus.id for stimulus in self.study.stimuli])


@dataclass(frozen=True)
class _Channels:
    """The names an analyte is read by, what each well of the files holds, and what stands beside
    the analyte in the wells of a plate.
    """

    names: frozenset[str]
    held: Mapping[tuple[str, str], frozenset[str]]
    beside: Mapping[str, set[frozenset[str]]]

    def expects(self, row: Mapping[str, Any]) -> bool:
        """Whether a well without a reading of the analyte should have one: a well that its file
        lacks, unless its layout gives it another target; or one that holds all that stands beside
        the analyte elsewhere on its plate.
        """
        held = self.held.get((row["plate"], row["well"]))
        if held is None:
            return row["target"] is None or row["target"] in self.names
        return bool(held) and held in self.beside.get(row["plate"], ())


def _any_of(names: Sequence[str]) -> re.Pattern[str]:
    """Any of some names as a whole word, the longest first; nothing where there are none."""
    longest = sorted(names, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest)) or '(?!)'})(?!\w)")


def _is_unread(row: Mapping[str, Any], well: Well) -> bool:
    """Whether a well may hold other things only: its file has no reading of the analyte."""
    return well.came in ("not_read", "excluded") and not row["is_read"]


def _decision(row: Mapping[str, Any]) -> Facts:
    """What people say of a well that they left out; only what is said."""
    said = {"why": row["because"] or row["exclude"], "by": row["who"]}
    said |= {"day": row["when"], "labels": row["labels"]}
    return {name: text for name, text in said.items() if text}


def _came(row: dict[str, Any]) -> Came | None:
    """How far a row of a layout came; None for what is no sample."""
    if row["exclude"] or row["because"]:
        return "excluded"
    if row["role"] == "empty":
        return "set_empty" if row["is_read"] else None
    if row["role"] != "sample":
        return None
    if row["has_result"]:
        return "measured"
    if not row["is_read"]:
        return "not_read"
    return "other_dilution" if row["of_sample"] else "no_result"


def in_order(wells: dict[str, list[Well]], donors: Sequence[str]) -> Iterator[Well]:
    """The wells of some donors, donor after donor."""
    for donor in donors:
        yield from wells.get(donor, [])
