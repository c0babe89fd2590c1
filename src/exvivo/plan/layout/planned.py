"""The layout of a study: donors on plates and days, and every plate laid out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from exvivo.arrays import Bools
from exvivo.catalog import spelling
from exvivo.errors import Mistake, StudyError
from exvivo.plan.blinding import refuse_hidden
from exvivo.plan.layout.allot import Place, allotted
from exvivo.plan.layout.anneal import Search
from exvivo.plan.layout.fixed import amounts_by_assay, forbidden_of
from exvivo.plan.layout.laid import LaidAssay, PlannedLayout
from exvivo.plan.layout.laying import Laying
from exvivo.plan.layout.room import Room, refuse_groups_apart, rooms_of
from exvivo.plan.layout.samples import Donor, model_of, study_of
from exvivo.plan.layout.wishes import Wishes
from exvivo.simulate.population import DataModel
from exvivo.study import Assay, Study
from exvivo.study.ids import ids


def planned_layout(
    folder: Path | str, wishes: Wishes | None = None, *, search: Search | None = None
) -> PlannedLayout:
    """The plates of a study folder as wished; nothing is written. The same study, wishes and seed
    give the same layout. Raises `StudyError` with everything that is in the way, each with the
    smallest change that fixes it.
    """
    refuse_hidden(Path(folder))
    wishes = wishes or Wishes()
    study, donors = study_of(folder, wishes)
    return laid_out(study, donors, wishes, search=search)


def laid_out(
    study: Study, donors: Sequence[Donor], wishes: Wishes, *, search: Search | None = None
) -> PlannedLayout:
    """The plates of a study and its donors, as `planned_layout`."""
    closed = forbidden_of(wishes.shape, wishes.forbidden)
    model = model_of(study, donors, wishes)
    rooms = _rooms(model, donors, wishes, closed)
    first, *seeds = np.random.SeedSequence(wishes.seed).spawn(len(rooms) + 1)
    places = _all_places(study, donors, rooms, wishes, np.random.default_rng(first))
    assays: list[LaidAssay] = []
    for room, seed in zip(rooms, seeds, strict=True):
        at = places[room.assay.id]
        assays.append(Laying(model, donors, room, wishes, at, search).laid(seed))
    return PlannedLayout(
        study=study,
        wishes=wishes,
        donors=tuple(donors),
        assays=tuple(assays),
        forbidden=_names(wishes, closed),
        places=places,
    )


def _all_places(
    study: Study,
    donors: Sequence[Donor],
    rooms: Sequence[Room],
    wishes: Wishes,
    rng: np.random.Generator,
) -> dict[str, Mapping[str, Place]]:
    """The plate and day of each donor in every assay. Raises `StudyError` for groups apart."""
    places: dict[str, Mapping[str, Place]] = {}
    for room in rooms:
        of_donors = _places(donors, room, wishes, rng, places)
        refuse_groups_apart(study, donors, of_donors, wishes)
        places[room.assay.id] = of_donors
    return places


def _names(wishes: Wishes, closed: Bools) -> tuple[str, ...]:
    """The wells that stay empty, by their names."""
    wells = zip(wishes.shape.wells, closed, strict=True)
    return tuple(name for name, is_closed in wells if is_closed)


def _rooms(model: DataModel, donors: Sequence[Donor], wishes: Wishes, closed: Bools) -> list[Room]:
    """How much room each assay has. Raises `StudyError` with everything that does not fit."""
    assays = _assays(model.study, wishes)
    wishes = replace(wishes, amounts=amounts_by_assay(assays, wishes))
    return rooms_of(model, assays, donors, wishes, closed)


def _assays(study: Study, wishes: Wishes) -> list[Assay]:
    """The assays to lay out. Raises `StudyError` for one that the study lacks, or has none."""
    known = ids(study.assays)
    if not known:
        cure = "declare what is measured under `assays` in study.yaml"
        expected = "the assay whose plates are filled"
        raise StudyError(Mistake("study.yaml", "no assay", expected, cure))
    lacking = [_no_assay(name, known) for name in wishes.assays if name not in known]
    if lacking:
        raise StudyError(lacking)
    return [study.assay(name) for name in wishes.assays or known]


def _no_assay(name: str, known: Sequence[str]) -> Mistake:
    """An assay that the study lacks."""
    return Mistake(
        "--assay",
        f"{name!r}{spelling.did_you_mean(name, known)}",
        f"an assay of study.yaml, {spelling.one_of(known, name)}",
        "name one of these",
    )


def _places(
    donors: Sequence[Donor],
    room: Room,
    wishes: Wishes,
    rng: np.random.Generator,
    before: Mapping[str, Mapping[str, Place]],
) -> Mapping[str, Place]:
    """The plate and day of each donor: as in an assay before, where it has as many plates; the days
    are those of the donors, in every assay the same.
    """
    plates, days = len(room.plates), wishes.days or 0
    for places in before.values():
        if _plates_of(places) == plates:
            return places
    own = allotted(donors, plates=plates, room=room.donors, days=days, rng=rng)
    known = next(iter(before.values()), own)
    return {name: Place(place.plate, known[name].day) for name, place in own.items()}


def _plates_of(places: Mapping[str, Place]) -> int:
    """On how many plates there are donors."""
    return len({place.plate for place in places.values()})
