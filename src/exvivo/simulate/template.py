"""The folder a laboratory starts from: the model study's study.yaml with its explanations, and a
few lines of each table.
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np

from exvivo.simulate.model import VirtualStudy, model_study
from exvivo.simulate.parameters import ModelStudy
from exvivo.simulate.study_file import COMMENTS, SUMMARY, study_yaml
from exvivo.simulate.write import plate_layout, refuse_to_overwrite, scores
from exvivo.study import Assumptions, Plan, Plate, json_schema
from exvivo.study.files import CLINIC_FILE, DONORS_FILE, STUDY_FILE, UNTITLED
from exvivo.study.summary_records import Summary

SCHEMA_FILE = "study.schema.json"
_HEADING = f"""\
yaml-language-server: $schema={SCHEMA_FILE}
A study for exvivo. Every line is an example: put your own in its place, remove what you do not
have. `exvivo check .` names every mistake with its line and how to fix it; `exvivo run .` makes the
report. Lines that start with # are for you; exvivo passes over them."""
_PLANNED = {"FM": 14, "HC": 10}
"""Donors that the example plans."""
_COMMENTS = COMMENTS | {
    "groups": f"{COMMENTS['groups']}\n"
    "`n`: how many are planned; `exvivo plan power .` says what so many can find."
}
_PLAN = """
# What else is planned and assumed before the blood is drawn, for `exvivo plan power .` and
# `exvivo plan layout .`: take the `# ` away from what you know. What is left out is taken from the
# field, and named. Effects are folds (1.5 is 50 % more), spreads SDs in log2 (0.26 is 20 %), shares
# from 0 to 1.
# plan:
#   wells: 3
#   cultures: 1
#   stopping: when 14 and 10 are measured
# assumptions:
#   effects:
#     - {stimulus: ATP, fold: 3, source: where this is from}
#     - {group: FM, stimulus: ATP, analytes: [TNF], fold: 1.5, source: where this is from}
#   spreads:
#     - {level: 0.8, response: 0.65, well: 0.2, source: where this is from}
#   dropouts: 0.1
"""

_DONORS = """\
# One line a donor. `donor` and `group` are needed; add what you know of them (medication,
# menopause, smoking, ...). Use code names: nothing here should tell who a person is.
"""
_CLINIC = """\
# One line a donor (and visit, if there are several: add a column `visit`). One column for each
# scale of study.yaml. An empty cell is a score that was not given.
"""
_CURVES = """\
# Which well of the plate held whose cells. role: sample, standard, blank, ntc, no_rt, positive,
# calibrator, qc, empty. replicate: technical replicates of one cDNA. nominal: copies in a standard.
# The targets are named in the instrument file; where that names none, add a column `target`.
# A well that is to stay out stays here: `exvivo exclude` leaves it out, with its reason.
# Put donors of both groups on every plate: otherwise group and plate cannot be told apart.
"""
_TUBES = """\
# One line a tube, each with its own FCS file. nominal: the concentration of a standard, in the unit
# of the assay. dilution: how many times a supernatant was diluted (1: not).
"""
_RAW = """\
# What belongs here

The files as the instruments wrote them. exvivo reads them and never changes them.

- `Q1.rdml`: the qPCR plate, exported as RDML with its amplification data.
- `B1/A1.fcs`, `B1/A2.fcs`, ...: one FCS file for each tube of the bead array, standards included.

Other names are fine: the plates in `study.yaml` and the column `file` of the layouts say where to
look.
"""


def template(folder: Path | str) -> None:
    """Write a study folder to be filled: study.yaml with its explanations, example tables, and raw/
    with what to put there.

    Beside study.yaml stands its JSON Schema, from which editors complete and explain every field.

    `load` then finds nothing wrong but the instrument files that are not there yet. Raises
    `StudyError`, and writes nothing, where one of the files is there already.
    """
    root = Path(folder)
    texts = _texts(_example())
    refuse_to_overwrite(root, texts)
    for name in ("plates", "raw"):
        (root / name).mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (root / name).write_text(text, encoding="utf-8", newline="\n")


def _texts(example: VirtualStudy) -> dict[str, str]:
    """Every file of the template by its path."""
    declared = study_yaml(example.study, heading=_HEADING, comments=_COMMENTS)
    texts = {
        STUDY_FILE: declared + SUMMARY + _PLAN,
        SCHEMA_FILE: json.dumps(json_schema(), ensure_ascii=False, indent=2) + "\n",
        DONORS_FILE: _DONORS + example.study.donors.write_csv(),
        CLINIC_FILE: _CLINIC + scores(example).write_csv(),
        "raw/README.md": _RAW,
    }
    return texts | {plate.layout: _layout(example, plate) for plate in example.study.plates}


def _layout(example: VirtualStudy, plate: Plate) -> str:
    """The layout of a plate, with its explanation."""
    one_file_a_well = not plate.file
    layout = plate_layout(example, plate.id, files=one_file_a_well)
    return (_TUBES if one_file_a_well else _CURVES) + layout.write_csv()


def _example() -> VirtualStudy:
    """Four made-up donors on one plate of each assay."""
    example = model_study(
        ModelStudy(patients=2, controls=2, plates=1, tubes=1), rng=np.random.default_rng(0)
    )
    groups = tuple(
        dataclasses.replace(group, n=_PLANNED[group.id]) for group in example.study.groups
    )
    study = dataclasses.replace(
        example.study,
        title=UNTITLED,
        simulated=False,
        groups=groups,
        plan=Plan(),
        assumptions=Assumptions(),
        summary=Summary(),
    )
    return dataclasses.replace(example, study=study)
