"""Every score of the synthetic REDCap project against a scoring program written apart from this
one (`scales_reference.py` beside the data), which is fed by `csv` alone.
"""

from __future__ import annotations

import csv
import importlib.util
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from benchmarks.clinic.session import PROJECT, brought_in
from benchmarks.row import Row
from exvivo.people_files import read_answers, read_people, scored
from exvivo.study.load import examine

_REFERENCE = PROJECT.parent / "scales_reference.py"
_VISITS = {"enrolment_arm_1": "1", "follow_up_arm_1": "2"}
_CLOSE = 1e-9
Key = tuple[str, str, str]
"""Donor, visit and scale."""


def rows() -> list[Row]:
    """Scores that differ by more than rounding, or are there in one of both only."""
    if not _REFERENCE.is_file():
        return []
    expected = dict(_expected(_reference()))
    with tempfile.TemporaryDirectory() as folder:
        study = brought_in(Path(folder) / "study").folder
        examined = examine(study, read_people=read_people)
        clinic = scored(read_answers(examined), examined.study)
    scores = {tuple(key): score for *key, score in _scores(clinic.rows(named=True))}
    differing = sum(_differs(expected[key], scores.get(key)) for key in expected)
    return [
        Row(what="scores of the project held against a reference", value=len(expected), unit=""),
        Row(what="  that differ by more than 1e-9", value=differing, unit="scores", bar="<= 0"),
    ]


def _reference() -> ModuleType:
    spec = importlib.util.spec_from_file_location("scales_reference", _REFERENCE)
    if spec is None or spec.loader is None:
        raise ImportError(str(_REFERENCE))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _scores(clinic: list[dict[str, object]]) -> Iterator[tuple[object, ...]]:
    return ((row["donor"], row["visit"], row["scale"], row["score"]) for row in clinic)


def _expected(reference: ModuleType) -> Iterator[tuple[Key, float | None]]:
    """What the reference makes of each form of the raw export."""
    with (PROJECT / "data_raw.csv").open(encoding="utf-8", newline="") as handle:
        table = [row for row in csv.DictReader(handle) if not row["redcap_repeat_instance"]]
    groups = {row["record_id"]: row["study_group"] for row in table if row["study_group"]}
    for row in table:
        own = {**_of_forms(reference, row), **_of_areas(reference, row)}
        if groups[row["record_id"]] == "2":
            own["FIQR"] = None
        for scale, score in own.items():
            yield (row["record_id"], _VISITS[row["redcap_event_name"]], scale), score


def _of_forms(reference: ModuleType, row: dict[str, str]) -> dict[str, float | None]:
    """HADS, FIQR and RAND-36."""
    hads = reference.hads(_answers(row, "hads", 14))
    rand = reference.rand36(_answers(row, "rand", 36))
    return {
        "HADS_A": hads["anxiety"],
        "HADS_D": hads["depression"],
        "FIQR": reference.fiqr(_answers(row, "fiqr", 21))["total"],
        **{f"RAND_{name}": score for name, score in rand.items()},
    }


def _of_areas(reference: ModuleType, row: dict[str, str]) -> dict[str, float | None]:
    """The criteria of 2016: nothing of a form that was never opened, or was answered by a code."""
    names = ("WPI", "SSS", "FS", "PAIN_REGIONS", "ACR2016")
    unopened = row["acr_complete"] == "0"
    symptoms = [row[f"sss_{letter}"] for letter in "abc"]
    if unopened or row["wpi___unk"] == "1":
        known = {} if unopened else {"SSS": _severity(row, symptoms)}
        return {**dict.fromkeys(names), **known}
    areas = [area for at, area in enumerate(reference.REGION, 1) if row[f"wpi___{at}"] == "1"]
    somatic = [int(row[f"sss_somatic___{n}"]) for n in (1, 2, 3)]
    acr = reference.acr(areas, list(map(int, symptoms)), somatic, float(row["acr_months"]))
    keys = ("wpi", "sss", "fs", "regions", "met")
    return {name: float(acr[key]) for name, key in zip(names, keys, strict=True)}


def _severity(row: dict[str, str], symptoms: list[str]) -> float:
    return float(sum(map(int, (*symptoms, *(row[f"sss_somatic___{n}"] for n in (1, 2, 3))))))


def _answers(row: dict[str, str], name: str, count: int) -> list[int | None]:
    """Items of a form; None for a blank and for a missing-data code."""
    cells = (row[f"{name}{number}"] for number in range(1, count + 1))
    return [int(cell) if cell.isdigit() else None for cell in cells]


def _differs(expected: float | None, score: object) -> bool:
    if expected is None or not isinstance(score, float):
        return (expected is None) != (score is None)
    return abs(expected - score) > _CLOSE
