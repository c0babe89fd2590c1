"""All that a draft is made of, before it is written: files, people, names, wells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from exvivo.draft.assays import Assays, DraftPlate, assays_of
from exvivo.draft.expression import donors_of
from exvivo.draft.like import Like, take_over
from exvivo.draft.matrices import Sample
from exvivo.draft.names import Splitting, usual_control
from exvivo.draft.people import People, groups_by_prefix
from exvivo.draft.recognise import Recognised
from exvivo.draft.redcap import DraftedRedcap
from exvivo.draft.wells import (
    UNKNOWN,
    Wells,
    samples_in_order,
    splittings,
    unit_of,
    wells_of,
    words_of_splittings,
)
from exvivo.study import Beads, Immunoassay, Qpcr
from exvivo.study.sample_names import Words


@dataclass(frozen=True)
class Material:
    """What the files of a study tell: `prefix` is the path from the study folder to the raw files,
    `wells` what the wells of each plate are, by its id, `project` the people of a REDCap project.
    """

    prefix: str
    recognised: Recognised
    people: People
    clinic: People | None
    like: Like | None
    made: Assays
    splittings: Mapping[str, Splitting]
    words: Words
    wells: Mapping[str, Wells] = field(default_factory=dict)
    project: DraftedRedcap | None = None

    @property
    def donors(self) -> list[str]:
        """Every donor of the table of donors and of the sample names."""
        return [donor for donor in self.words.donors if donor != UNKNOWN]

    @property
    def stimuli(self) -> list[str]:
        """Every stimulus, those of the study it is like first."""
        own = [each.id for each in self.like.study.stimuli] if self.like else []
        return list(dict.fromkeys([*own, *self.words.stimuli]))

    @property
    def control(self) -> str:
        """The stimulus that is called as unstimulated wells usually are; as the study that it is
        like has it.
        """
        told = self.like.study.control_stimulus() if self.like else None
        return told or usual_control(self.stimuli)

    @property
    def measured(self) -> set[str]:
        """The donors that sample names tell, and the columns of a table of expression."""
        named = {donor for each in self.splittings.values() for donor in each.donors}
        return named | set(donors_of(self.recognised.expression))

    @property
    def strange(self) -> list[str]:
        """The donors that the table of donors lacks."""
        listed = set(self.people.donors)
        return [donor for donor in self.donors if donor not in listed]

    @property
    def absent(self) -> list[str]:
        """The donors of the table that no sample name tells."""
        return [donor for donor in self.people.donors if donor not in self.measured]

    def groups(self) -> dict[str, str]:
        """The group of each donor: as the table of donors has it, else by the letters of the ids
        (a proposal); empty where neither tells.
        """
        if self.people.group:
            listed = self.people.groups
            return {donor: listed.get(donor, "") for donor in self.donors}
        return self._groups_like() or groups_by_prefix(self.donors)

    def _groups_like(self) -> dict[str, str]:
        """The groups by the letters of the ids, named as the study it is like names the same
        letters; nothing where letters and groups do not go together there.
        """
        if self.like is None:
            return {}
        before = groups_by_prefix([*self.like.groups])
        named = {(before[donor], group) for donor, group in self.like.groups.items() if before}
        by_prefix = dict(named)
        own = groups_by_prefix(self.donors)
        if len(named) > len(by_prefix) or not set(own.values()) <= set(by_prefix):
            return {}
        return {donor: by_prefix[prefix] for donor, prefix in own.items()}

    def plates_with(self, *assays: str) -> list[DraftPlate]:
        """The plates of some assays."""
        return [plate for plate in self.made.plates if plate.assay in assays]


def material(
    prefix: str,
    recognised: Recognised,
    people: People,
    *,
    clinic: People | None = None,
    like: Like | None = None,
) -> Material:
    """Everything that the files tell, put together."""
    made = assays_of(recognised.plates, recognised.tubes)
    if like is not None:
        take_over(made, like)
    _take_units(made)
    known = people.donors
    by_assay = splittings(made, known)
    columns = [] if made.plates else donors_of(recognised.expression)
    words = words_of_splittings(by_assay, list(dict.fromkeys([*known, *columns])))
    found = Material(prefix, recognised, people, clinic, like, made, by_assay, words)
    sisters = _sisters(made, by_assay, words)
    wells = {
        plate.id: _with_controls(
            wells_of(plate, by_assay.get(plate.assay), words, sisters), plate, like
        )
        for plate in made.plates
    }
    return Material(**{**vars(found), "wells": wells})


def _take_units(made: Assays) -> None:
    """Give assays the unit that the names of their standards hold."""
    for name, assay in made.assays.items():
        units = {unit_of(plate) for plate in made.of(name)}
        if isinstance(assay, (Beads, Immunoassay)) and len(units) == 1 and "" not in units:
            made.assays[name] = replace(assay, unit=units.pop())


def _sisters(
    made: Assays, by_assay: Mapping[str, Splitting], words: Words
) -> dict[str, list[Sample]]:
    """The samples of every plate that names them, in its order, by the name of its file."""
    in_order = {
        plate.raw.file: samples_in_order(plate, by_assay.get(plate.assay), words)
        for plate in made.plates
    }
    return {file: samples for file, samples in in_order.items() if samples}


def _with_controls(wells: Wells, plate: DraftPlate, like: Like | None) -> Wells:
    """The wells of a plate that names nothing, with standards and controls where the study it is
    like has them.
    """
    controls = like.controls.get(plate.assay, ()) if like else ()
    if wells.proposal is None or not controls:
        return wells
    taken = {row["well"] for row in controls}
    rest = tuple(row for row in wells.rows if row["well"] not in taken)
    kept = tuple(row for row in rest if row["role"] != "standard")
    return Wells(wells.pattern, (*controls, *kept), wells.proposal, (), has_standards=True)


def qpcr_of(found: Material) -> Qpcr | None:
    """The qPCR assay, where there is one."""
    return next((each for each in found.made.assays.values() if isinstance(each, Qpcr)), None)
