"""A REDCap project taken into a study: what its dictionary and export become, as changes of
study.yaml. The group of each choice is the person's to say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from exvivo.draft import Handed
from exvivo.draft.redcap import DraftedRedcap, draft_redcap
from exvivo.draft.redcap.study_part import questions_of
from exvivo.study import Group, OpenQuestion, Study
from exvivo.study.record_text import flow
from exvivo.web.edits import Edit

FILES = {
    "dictionary": "redcap/dictionary.csv",
    "data": "redcap/data.csv",
    "events": "redcap/events.csv",
}
"""Where the files of a project lie in the study folder."""


@dataclass(frozen=True)
class Project:
    """A project as it was drafted, and its choices of groups: code, label and the short name that
    is proposed.
    """

    drafted: DraftedRedcap
    choices: tuple[tuple[str, str, str], ...]


def project_in(folder: Path, study: Study, missing: str | None) -> Project | None:
    """The project whose files lie in a study folder; None where its dictionary does not. Raises
    `ReadError` or `StudyError` where a file is not what it should be.
    """
    there = {name: folder / file for name, file in FILES.items() if (folder / file).is_file()}
    if "dictionary" not in there:
        return None
    handed = Handed(there["dictionary"], there.get("data"), there.get("events"), missing)
    drafted = draft_redcap(handed, folder, donors=_donors_of_wells(study))
    made = drafted.made
    chosen = made.dictionary.by_name.get(made.group.field)
    codes = list(chosen.choices) if chosen else [""]
    choices = tuple(
        (code, group.name, group.id) for code, group in zip(codes, made.groups, strict=False)
    )
    return Project(drafted, choices)


def _donors_of_wells(study: Study) -> list[str]:
    """The donors that layouts name."""
    if "donor" not in study.layout.columns:
        return []
    return [name for name in study.layout["donor"].unique(maintain_order=True) if name]


def matched_groups(project: Project, study: Study) -> dict[str, str]:
    """The group of the study that each choice names by its id or its name; empty: a new one."""
    by_word = {group.name.casefold(): group.id for group in study.groups}
    by_word |= {group.id.casefold(): group.id for group in study.groups}
    return {
        code: by_word.get(label.casefold()) or by_word.get(own.casefold()) or ""
        for code, label, own in project.choices
    }


def taken_in(project: Project, study: Study, groups: Mapping[str, str]) -> list[Edit]:
    """The changes of study.yaml; what the study has already under the same name stays."""
    return [*_records(project, study, groups), *_open(project)]


def _records(project: Project, study: Study, groups: Mapping[str, str]) -> Iterator[Edit]:
    whole = project.drafted.within(replace(study, scales=(), open=()))
    own = {code: groups.get(code) or proposed for code, _, proposed in project.choices}
    there = {group.id for group in study.groups}
    for code, label, _ in project.choices:
        if own[code] not in there:
            yield Edit(("groups", own[code]), None, flow(Group(id=own[code], name=label)))
            there.add(own[code])
    for part in ("scales", "questionnaires", "characteristics"):
        known = {each.id for each in getattr(study, part)}
        for each in getattr(whole, part):
            if each.id not in known:
                yield Edit((part, each.id), None, flow(each))
    redcap = whole.redcap
    assert redcap is not None
    if redcap.group:
        redcap = replace(redcap, groups={code: own[code] for code in redcap.groups})
    yield Edit(("redcap",), None, flow(redcap))


def left_open(project: Project) -> list[OpenQuestion]:
    """What is left to answer; the groups are chosen with the project."""
    return list(questions_of(project.drafted.made, project.drafted.files, of_group=False))


def _open(project: Project) -> Iterator[Edit]:
    for question in left_open(project):
        yield Edit(("open", question.ask), None, flow(question))
