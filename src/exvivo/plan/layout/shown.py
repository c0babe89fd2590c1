"""A layout as the records that maps, balance tables and terminals are made of."""

from __future__ import annotations

from collections.abc import Iterator

from exvivo.plan.layout.balance import balance_of
from exvivo.plan.layout.laid import LaidAssay, LaidPlate, PlannedLayout, Well
from exvivo.plan.layout.samples import BRIDGE
from exvivo.tell.planned.records import Balanced, LayoutMaps, MappedPlate, MappedWell, Protected

_RESPONSE = "response"
"""What the records call the number of a single donor."""
_BLANKS = ("ntc", "blank")


def maps_of(planned: PlannedLayout) -> LayoutMaps:
    """All that is shown of a layout; `randomisations` is 0: the mean over all of them is exact."""
    wishes = planned.wishes
    effects = wishes.effects.of_tubes() if wishes.plate == "tubes" else wishes.effects
    return LayoutMaps(
        plates=tuple(_plates(planned)),
        balance=tuple(_balance(planned)),
        protected=tuple(_protected(planned)),
        effects={name: sd for name, sd in effects.sds.items() if sd},
        pipetting=wishes.pipetting,
        seed=wishes.seed,
    )


def _plates(planned: PlannedLayout) -> Iterator[MappedPlate]:
    for assay in planned.assays:
        for plate in assay.plates:
            yield MappedPlate(
                plate=plate.plate.id,
                rows=planned.wishes.shape.rows,
                columns=planned.wishes.shape.columns,
                wells=tuple(_wells(plate, planned)),
                day=_days(plate, assay, planned),
                file=plate.plate.layout,
            )


def _balance(planned: PlannedLayout) -> Iterator[Balanced]:
    """How evenly samples lie on each plate."""
    for row in balance_of(planned):
        yield Balanced(
            assay=_where_several(row["assay"], planned),
            plate=row["plate"],
            what=row["what"],
            value=row["value"],
            before=row["before"],
            after=row["after"],
        )


def _where_several(assay: str, planned: PlannedLayout) -> str:
    """The assay, where several are laid out."""
    return assay if len(planned.assays) > 1 else ""


def _days(plate: LaidPlate, assay: LaidAssay, planned: PlannedLayout) -> str:
    """The days of the donors of a plate."""
    places = planned.places[assay.assay]
    samples = [well.sample for well in plate.wells if well.sample]
    days = {places[sample.donor].day for sample in samples if sample.donor}
    return ", ".join(str(day) for day in sorted(days) if day)


def _wells(plate: LaidPlate, planned: PlannedLayout) -> Iterator[MappedWell]:
    """The wells of a plate: what is in them, and which stay empty on purpose."""
    yield from map(_well, plate.wells)
    for well in planned.forbidden:
        yield MappedWell(well=well, kind="forbidden")


def _well(well: Well) -> MappedWell:
    """A well with a sample, a control or something of known content."""
    if well.fixed is not None:
        kind = "blank" if well.fixed.role in _BLANKS else "standard"
        amount = "" if well.fixed.nominal is None else f"{well.fixed.nominal:.12g}"
        return MappedWell(
            well=well.well,
            kind=kind,
            replicate=well.replicate,
            label=_label(well),
            amount=amount,
        )
    sample = well.sample
    assert sample is not None
    if sample.control:
        kind = "bridge" if sample.control == BRIDGE else "control"
        label = sample.control
        return MappedWell(well=well.well, kind=kind, replicate=well.replicate, label=label)
    return MappedWell(
        well=well.well,
        kind="sample",
        donor=sample.donor,
        group=sample.group,
        stimulus=sample.stimulus,
        culture=str(sample.culture),
        replicate=well.replicate,
    )


def _label(well: Well) -> str:
    """What stands in the well of a standard or blank."""
    fixed = well.fixed
    assert fixed is not None
    if fixed.name:
        number = fixed.name.removeprefix("S")
        return number if number.isdigit() else fixed.name
    return fixed.role.upper() if fixed.nominal is None else f"{fixed.nominal:g}"


def _protected(planned: PlannedLayout) -> Iterator[Protected]:
    """What places do to each answer, and to single donors."""
    for assay in planned.assays:
        for each in assay.variances:
            yield Protected(
                assay=_where_several(assay.assay, planned),
                about=each.about or _RESPONSE,
                random=each.random,
                laid_out=each.laid_out,
                donors=each.donors,
            )
