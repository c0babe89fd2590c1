"""A draft as a study folder: study.yaml with comments that teach, donors.csv, layouts where names
tell too little, and the raw files.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from exvivo.draft.assays import DraftPlate, plain_id
from exvivo.draft.examples import examples
from exvivo.draft.grid import grid_text
from exvivo.draft.material import Material
from exvivo.draft.open_questions import open_questions
from exvivo.draft.redcap import DraftedRedcap
from exvivo.draft.wells import Cells
from exvivo.simulate.study_file import COMMENTS, SUMMARY, study_yaml
from exvivo.simulate.template import SCHEMA_FILE
from exvivo.study import Analyte, Group, OpenQuestion, Plate, Stimulus, Study, json_schema
from exvivo.study.files import CLINIC_FILE, DONORS_FILE, STUDY_FILE, UNTITLED
from exvivo.study.summary_checks import nameable
from exvivo.study.summary_records import Summary

_HEADING = f"""\
yaml-language-server: $schema={SCHEMA_FILE}
Drafted by exvivo from the files of the instruments. What they do not tell stands under `open:`,
question by question: answer each where it says, then delete its line. `exvivo check .` repeats what
is left. Lines that start with # are for you; exvivo passes over them."""
_HEADING_OF_PEOPLE = f"""\
yaml-language-server: $schema={SCHEMA_FILE}
Drafted by exvivo from a REDCap project. What its dictionary does not tell stands under `open:`,
question by question: answer each where it says, then delete its line. `exvivo check .` repeats what
is left. Lines that start with # are for you; exvivo passes over them."""
_PLATES = """
# When the first plates are there: `cell_types`, `stimuli`, `analytes`, `assays`, `plates` and
# `questions`. `exvivo new ANOTHER --from RAW --redcap ...` drafts them beside the people.
"""
_COMMENTS = {
    "groups": (
        "The people compared. `id` is the word of donors.csv, `name` the words of the report."
    ),
    "stimuli": (
        "What the cells were given. `control: true` is the condition that the others are compared "
        "with.\nAdd `dose: 100 ng/mL` and `time: 6 h`: they go into the report."
    ),
    "analytes": "What is measured: HGNC gene symbols, so that mRNA and protein of one gene meet.",
    "assays": (
        "How it is measured. `references` are targets named as in the instrument file. Where files "
        "give no amounts:\n`standards: {Std1: 1000, Std2: 500, ...}`, by the names of the layout; "
        "`dilutions: {none: 1, LPS: 2}`, by stimulus."
    ),
    "plates": (
        "Each plate and its file. `samples` splits the sample names in the file; a layout (one "
        "line a well) stands\nwhere the file names too little. Both: the layout goes first, well "
        "by well."
    ),
    "scales": "Clinical scales: columns of clinic.csv. `higher_is` says what a high score means.",
    "questionnaires": (
        "What people filled in, by the fields of its items. Its scores are scales: "
        "`exvivo scales` lists them."
    ),
    "characteristics": "What Table 1 tells of the people, by the fields and types of REDCap.",
    "redcap": (
        "The project: the fields that say who a person is, and every field that is not read, with "
        "the reason.\nTo update: put the new export in the place of `data`."
    ),
    "questions": (
        "Only these are answered, and the tests of a family are corrected together. Declared "
        "before the results are seen."
    ),
    "summary": COMMENTS["summary"],
    "open": "What the files do not tell, or what was proposed from them. Delete what is answered.",
}
_LAYOUT = (
    *("well", "role", "donor", "visit", "cell_type", "culture", "stimulus", "dose", "time"),
    *("replicate", "control", "nominal", "dilution", "file"),
)
_ALWAYS = ("well", "role", "donor", "stimulus")
_DONORS = (
    "# One line a donor. `group` is a group of study.yaml. Use code names: nobody's real name.\n"
)
_CLINIC = "# One line a donor (and visit). A column for each scale of study.yaml.\n"


def texts(found: Material) -> dict[str, str]:
    """Every text of the folder by its path."""
    study = study_of(found)
    yaml = study_yaml(study, heading=_heading(found), comments=_comments(found.project))
    written = {
        STUDY_FILE: yaml.rstrip("\n") + "\n" + _summary(study) + examples(found, study),
        SCHEMA_FILE: _schema(),
        **(found.project.texts if found.project else _people(found)),
    }
    for plate in study.plates:
        if plate.layout:
            written[plate.layout] = _layout(found, plate.id)
    return written


def texts_of_people(project: DraftedRedcap) -> tuple[Study, dict[str, str]]:
    """A study of people alone, and every text of its folder by its path."""
    title = OpenQuestion(ask="What does the study ask?", where="`title`", key="title")
    study = project.within(Study(exvivo=1, title=UNTITLED, groups=(), open=(title,)))
    yaml = study_yaml(study, heading=_HEADING_OF_PEOPLE, comments=_comments(project))
    written = {
        STUDY_FILE: yaml + _PLATES + _summary(study),
        SCHEMA_FILE: _schema(),
        **project.texts,
    }
    return study, written


def _comments(project: DraftedRedcap | None) -> dict[str, str]:
    """The comments by section."""
    told = project.calculated if project else ""
    return {**_COMMENTS, "redcap": _COMMENTS["redcap"] + told}


def _summary(study: Study) -> str:
    """Lines for the plain-language summary, where the study says nothing for it yet."""
    return "" if study.summary != Summary() else SUMMARY


def _schema() -> str:
    return json.dumps(json_schema(), ensure_ascii=False, indent=2) + "\n"


def _people(found: Material) -> dict[str, str]:
    """The tables of donors and of their scores."""
    written = {DONORS_FILE: _DONORS + _donors(found)}
    if clinic := _clinic(found):
        written[CLINIC_FILE] = _CLINIC + clinic
    return written


def _heading(found: Material) -> str:
    unread = [f"{file}: {why}" for file, why in found.recognised.unread]
    return "\n".join([_HEADING, *(["", "Files that were not read:", *unread] if unread else [])])


def study_of(found: Material) -> Study:
    """The records of study.yaml."""
    like = found.like.study if found.like else None
    study = Study(
        exvivo=1,
        title=like.title if like else UNTITLED,
        groups=_groups(found),
        cell_types=like.cell_types if like else (),
        stimuli=_stimuli(found),
        analytes=_analytes(found),
        assays=tuple(found.made.assays.values()),
        plates=tuple(_plate(plate, found) for plate in found.made.plates),
        scales=like.scales if like else (),
        questions=like.questions if like else (),
        open=open_questions(found),
    )
    study = found.project.within(study) if found.project else study
    return replace(study, summary=_words(study, like))


def _words(study: Study, like: Study | None) -> Summary:
    """The plain words of the study that it is like; who pays and who agreed may be others."""
    known = nameable(study)
    words = like.summary.words if like else ()
    return Summary(words=tuple(word for word in words if word.id in known))


def _before(found: Material, part: str) -> dict[str, Any]:
    """The records of one part of the study that it is like, by their ids."""
    records = getattr(found.like.study, part) if found.like else ()
    return {each.id: each for each in records}


def _groups(found: Material) -> tuple[Group, ...]:
    own = _before(found, "groups")
    names = dict.fromkeys(filter(None, found.groups().values()))
    return tuple({**own, **{n: own.get(n, Group(id=n, name=n)) for n in names}}.values())


def _stimuli(found: Material) -> tuple[Stimulus, ...]:
    own = _before(found, "stimuli")
    return tuple(
        own.get(name, Stimulus(id=plain_id(name), name=name, control=name == found.control))
        for name in found.stimuli
    )


def _analytes(found: Material) -> tuple[Analyte, ...]:
    own = _before(found, "analytes")
    return tuple({**own, **{n: own.get(n, Analyte(id=n)) for n in found.made.analytes}}.values())


def _plate(plate: DraftPlate, found: Material) -> Plate:
    wells = found.wells[plate.id]
    return Plate(
        id=plate.id,
        assay=plate.assay,
        layout=f"plates/{plate.id}.csv" if wells.rows else "",
        file="" if plate.tubes else f"{found.prefix}/{plate.raw.file}",
        samples=wells.pattern,
        run=plate.raw.run,
        curves=f"{found.prefix}/{plate.curves}" if plate.curves else "",
        melt=f"{found.prefix}/{plate.melt}" if plate.melt else "",
    )


def _layout(found: Material, plate: str) -> str:
    """The layout of a plate: as a grid of names where its file names nothing and every name can be
    read back, else one line a well.
    """
    rows = _rows(found, plate)
    wells = found.wells[plate]
    if wells.proposal is not None and (grid := grid_text(rows, found.words)):
        return grid
    return _csv(_LAYOUT, rows, _ALWAYS)


def _rows(found: Material, plate: str) -> list[Cells]:
    """The rows of a layout, files named from the study folder."""
    prefix = found.prefix
    return [
        row | ({"file": f"{prefix}/{row['file']}"} if row.get("file") else {})
        for row in found.wells[plate].rows
    ]


def _donors(found: Material) -> str:
    """donors.csv: everybody of the table and of the names."""
    groups, people = found.groups(), found.people
    known = {row["donor"]: row for row in people.rows}
    more = [name for name in people.columns if name not in (people.group, "group", "donor")]
    rows = [
        {"donor": donor, "group": groups.get(donor, ""), **_of(known.get(donor, {}), more)}
        for donor in found.donors
    ]
    return _csv(("donor", "group", *more), rows, ("donor", "group", *more))


def _of(row: Mapping[str, str], columns: Iterable[str]) -> Cells:
    return {name: row.get(name, "") for name in columns}


def _clinic(found: Material) -> str:
    """clinic.csv: the table that was given, else the scores that stand beside the donors."""
    if found.clinic is not None:
        return _csv(found.clinic.columns, list(found.clinic.rows), found.clinic.columns)
    columns = ("donor", *found.people.scales)
    rows = [_of(row, columns) for row in found.people.rows]
    return _csv(columns, rows, columns) if found.people.scales else ""


def _csv(columns: Sequence[str], rows: Sequence[Mapping[str, str]], always: Sequence[str]) -> str:
    """Rows as csv, without columns that no row fills."""
    used = [name for name in columns if name in always or any(row.get(name) for row in rows)]
    cells = {name: [row.get(name) or None for row in rows] for name in used}
    return pl.DataFrame(cells, schema=dict.fromkeys(used, pl.String)).write_csv()
