"""A REDCap project drafted as a study: its dictionary and export are copied into the study folder,
every field is mapped or listed with a reason, and what they do not tell is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from exvivo.draft.redcap.codes import codes_of
from exvivo.draft.redcap.left_out import compared
from exvivo.draft.redcap.links import LINKS_FILE, pseudonyms, to_fill
from exvivo.draft.redcap.proposal import Proposal, proposal
from exvivo.draft.redcap.seen import seen_in
from exvivo.draft.redcap.study_part import (
    Files,
    characteristics_of,
    questions_of,
    redcap_of,
)
from exvivo.draft.redcap.summary import summary
from exvivo.read.redcap import read_dictionary
from exvivo.sources import content_of
from exvivo.study import OpenQuestion, Study
from exvivo.study.questionnaires import catalog_ids
from exvivo.study.scoring_keys import catalog_key
from exvivo.words import shortened

_DICTIONARY, _DATA, _EVENTS = "redcap/dictionary.csv", "redcap/data.csv", "redcap/events.csv"


@dataclass(frozen=True)
class Handed:
    """What was handed in: the files of a project, and its missing-data codes in words."""

    dictionary: Path
    data: Path | None = None
    events: Path | None = None
    missing: str | None = None

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files that are there."""
        return tuple(filter(None, (self.dictionary, self.data, self.events)))


@dataclass(frozen=True)
class DraftedRedcap:
    """What a project became: the proposal, its files in the study folder, and the texts (the link
    table) to be written there.
    """

    made: Proposal
    files: Files
    copies: tuple[tuple[Path, str], ...]
    texts: dict[str, str]

    def within(self, study: Study) -> Study:
        """A study with the part that the project makes."""
        return replace(
            study,
            groups=self.made.groups,
            scales=(*study.scales, *self.made.scales),
            questionnaires=self.made.questionnaires,
            characteristics=characteristics_of(self.made),
            redcap=redcap_of(self.made, self.files),
            open=(*study.open, *self.open),
        )

    @property
    def lines(self) -> tuple[str, ...]:
        """What each field became, a line a kind."""
        return tuple(summary(self.made, self.files))

    @property
    def calculated(self) -> str:
        """The calculated fields that are computed again, as a line for study.yaml; empty without
        any.
        """
        names = compared(self.made)
        return f"\nComputed again from its items, and compared: {shortened(names)}." * bool(names)

    @property
    def open(self) -> tuple[OpenQuestion, ...]:
        """What the project leaves open."""
        return questions_of(self.made, self.files)


def draft_redcap(handed: Handed, folder: Path, *, donors: Sequence[str] = ()) -> DraftedRedcap:
    """What a project becomes as a study. `donors` are those that the files of instruments name:
    where records are called otherwise, a link table is there to be filled.

    Raises `ReadError` or `StudyError` where a file is not what it should be.
    """
    dictionary = read_dictionary(content_of(handed.dictionary, handed.dictionary.name))
    missing = None if handed.missing is None else codes_of(handed.missing)
    seen = seen_in(handed.data, handed.events, dictionary, missing)
    keys = [key for each in catalog_ids() if (key := catalog_key(each))]
    made = proposal(dictionary, seen, keys)
    texts = _links(made, donors)
    names = _names(handed, folder)
    files = Files(
        dictionary=names[handed.dictionary],
        data=names[handed.data] if handed.data else _DATA,
        events=names[handed.events] if handed.events else "",
        links=LINKS_FILE if texts else "",
        missing=missing,
    )
    copies = tuple((path, name) for path, name in names.items() if not _is_there(path, folder))
    return DraftedRedcap(made, files, copies, texts)


def _names(handed: Handed, folder: Path) -> dict[Path, str]:
    """What each file is called from the study folder: those that lie in it stay there."""
    usual = ((handed.dictionary, _DICTIONARY), (handed.data, _DATA), (handed.events, _EVENTS))
    return {
        path: path.resolve().relative_to(folder.resolve()).as_posix()
        if _is_there(path, folder)
        else name
        for path, name in usual
        if path is not None
    }


def _is_there(path: Path, folder: Path) -> bool:
    return path.resolve().is_relative_to(folder.resolve())


def _links(made: Proposal, donors: Sequence[str]) -> dict[str, str]:
    """The link table, where records are identifiers or the bench has other names for them."""
    records = made.seen.records
    if donors and not set(donors) <= set(records):
        return {LINKS_FILE: to_fill(records)}
    if made.donor.is_identifier and records:
        return {LINKS_FILE: pseudonyms(records)}
    return {}
