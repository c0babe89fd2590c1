"""One drawn study as a study folder: its raw files in the layouts of vendors, with the tables that
a laboratory writes beside them and what is true of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from exvivo.errors import Mistake, StudyError
from exvivo.simulate.files.instruments import (
    Instruments,
    Measured,
    Writer,
    measure,
    mistakes_of,
    room_of,
    write_text,
)
from exvivo.simulate.files.people import clinic_csv, cultures_csv, donors_csv
from exvivo.simulate.files.places import Bench, OneStudy, one_study
from exvivo.simulate.files.redcap_project import Project
from exvivo.simulate.files.truth import truth_tables
from exvivo.simulate.parameters import Rng
from exvivo.simulate.population.draw import Drawn
from exvivo.simulate.rdml_file import MARK
from exvivo.simulate.study_file import COMMENTS, study_yaml
from exvivo.simulate.write import refuse_inside_a_study, refuse_what_is_full
from exvivo.study import Assay, Identity, Scale, Study
from exvivo.study.files import CLINIC_FILE, CULTURES_FILE, DONORS_FILE, STUDY_FILE
from exvivo.study.summary_records import Summary

_SIMULATED = "SIMULATED: "
_HEADING = f"""{MARK}
Drawn from the assumptions of a plan. What is true in it, and what every number was drawn from:
truth/."""
_COMMENTS = {
    **COMMENTS,
    "stimuli": COMMENTS["stimuli"].partition("\n")[0],
    "assumptions": "What this study was drawn from; no answer hangs on it.",
}
_README = f"""# A simulated study

**{MARK}**

This folder has the form of a study of exvivo. It was drawn at random from the questions, sizes and
assumptions of a plan. It serves to see what such a study would look like, and to try its analysis
before the first donor is asked. It says nothing about any disease.

- `study.yaml`, the tables of the people, `plates/`: what a laboratory would write down.
- `raw/`: the files of the instruments.
- `truth/`: what is true in this study. No analysis reads it.
  - `answers.csv`: the true answer to every question.
  - `wells.csv`: log2 of the amount that every well was drawn with.
  - `assumptions.csv`: every number it was drawn from, with its source.
"""
_README_FILE = "README.md"


def write_drawn(
    drawn: Drawn,
    number: int,
    folder: Path | str,
    *,
    instruments: Instruments,
    rng: Rng,
    redcap: bool = False,
) -> tuple[str, ...]:
    """Write one of the drawn studies as a study folder; gives the paths of its files. With `redcap`
    its people and scores are a REDCap project in the place of donors.csv and clinic.csv.

    The same generator state gives the same bytes. Raises `StudyError`, and writes nothing, where
    plates cannot hold their wells, an analyte has no bead, or one of the files is there already.
    study.yaml comes last: where it is, the folder is whole.
    """
    study = one_study(drawn, number, noise=instruments.noise, rng=rng)
    _refuse_nobody(study)
    measured = _measured(study, instruments, rng)
    project = Project.of(study) if redcap else None
    files = _tables(study, project)
    for each in measured:
        files |= each.files
    files[STUDY_FILE] = partial(write_text, _study_file(study, measured, project))
    _write(Path(folder), files)
    return tuple(files)


def _tables(study: OneStudy, project: Project | None) -> dict[str, Writer]:
    """What is no file of an instrument: the README, the tables of the people, and truth/."""
    texts = {_README_FILE: _README, **_people(study, project), **_truth(study)}
    return {path: partial(write_text, text) for path, text in texts.items()}


def _study_file(study: OneStudy, measured: list[Measured], project: Project | None) -> str:
    """study.yaml as text."""
    records = _records(study, measured)
    if project is not None:
        records = project.records(records)
    return study_yaml(records, heading=_HEADING, comments=_COMMENTS)


def _refuse_nobody(study: OneStudy) -> None:
    if study.drawn.present[study.number].any():
        return
    where, finding = "study.yaml: assumptions: dropouts", "everybody of this draw is lost"
    cure = "draw another (--seed), or assume a smaller share"
    raise StudyError(Mistake(where, finding, "donors who stay", cure))


def _write(root: Path, files: dict[str, Writer]) -> None:
    if root.exists() and not root.is_dir():
        raise StudyError(Mistake(str(root), "a file", "a new or empty folder", "name another"))
    refuse_inside_a_study(root)
    refuse_what_is_full(root)
    for path, writer in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        writer(root / path)


def _measured(study: OneStudy, instruments: Instruments, rng: Rng) -> list[Measured]:
    """Every assay that a question asks about. Raises `StudyError` with all that does not fit."""
    pairs = list(_benches(study))
    _refuse_what_does_not_fit(pairs, instruments)
    return [measure(bench, assay, instruments, rng=rng) for bench, assay in pairs]


def _refuse_what_does_not_fit(pairs: list[tuple[Bench, Assay]], instruments: Instruments) -> None:
    slips: list[Mistake] = []
    for bench, assay in pairs:
        slips += mistakes_of(bench, assay, instruments)
    if slips:
        raise StudyError(slips)


def fewest_plates(drawn: Drawn, instruments: Instruments) -> int:
    """The fewest plates of each assay that hold all wells; 1 where no number of plates does."""
    study = OneStudy(drawn, 0, np.arange(drawn.model.n), instruments.noise)
    rooms = (room_of(bench, assay, instruments) for bench, assay in _benches(study))
    return max((room.fewest_plates() or 1 for room in rooms if room is not None), default=1)


def _benches(study: OneStudy) -> Iterator[tuple[Bench, Assay]]:
    """The samples of every assay that a question asks about, with its record."""
    asked = {series.assay for series in study.model.series}
    for assay in study.model.study.assays:
        if assay.id in asked:
            yield Bench.of(study, assay.id), assay


def _records(study: OneStudy, measured: list[Measured]) -> Study:
    """study.yaml of the folder: the plan's, with the assays and plates as they were measured.
    Questions of identity ask for expression, which is not drawn.
    """
    planned = _without_files(study.model.study)
    return replace(
        planned,
        title=f"{_SIMULATED}{planned.title.removeprefix(_SIMULATED)}",
        simulated=True,
        assays=tuple(each.assay for each in measured),
        plates=tuple(plate for each in measured for plate in each.plates),
        scales=tuple(map(_plain, planned.scales)),
        questions=tuple(q for q in planned.questions if not isinstance(q, Identity)),
    )


def _without_files(planned: Study) -> Study:
    """A plan without what it says of its own files, and of who pays for it and agreed to it: only
    its plain words stay true of simulated data.
    """
    summary = Summary(words=planned.summary.words)
    bare = replace(planned, questionnaires=(), redcap=None, open=(), accept=(), raw_roots=())
    return replace(bare, summary=summary)


def _plain(scale: Scale) -> Scale:
    """A scale as a column of its own, also where it is a score of a questionnaire."""
    return replace(scale, column="", questionnaire="")


def _people(study: OneStudy, project: Project | None) -> dict[str, str]:
    """The tables of the people."""
    tables = {} if study.model.cultures == 1 else {CULTURES_FILE: cultures_csv(study)}
    if project is not None:
        return tables | project.files()
    tables[DONORS_FILE] = donors_csv(study)
    if study.model.scores:
        tables[CLINIC_FILE] = clinic_csv(study)
    return {path: f"# {MARK}\n{text}" for path, text in tables.items()}


def _truth(study: OneStudy) -> dict[str, str]:
    """The tables of truth/."""
    return {
        f"truth/{name}.csv": f"# {MARK}\n{table.write_csv()}"
        for name, table in truth_tables(study).items()
    }
