"""What a lock freezes of a study beside its questions: part by part and record by record, each a
record of plain keys, so that its hash tells whether it is as it was, and its keys tell what is not.

| part | its records |
|---|---|
| named | what questions name: groups, cell types, stimuli, analytes, the order of visits |
| scoring | scales, questionnaires, their scoring keys and tables, words for what is not known |
| layout | plates: assay, layout, names of samples, and each well that a layout file has |
| size | the planned donors of each group, wells, cultures, and when to stop |
| assumptions | what the plan assumes, line by line |
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from pathlib import PurePath
from typing import Any

import polars as pl

from exvivo.findings import Fact
from exvivo.history.compared import set_keys
from exvivo.past import Part
from exvivo.study import Study
from exvivo.study.instrument_files import files_of_scales
from exvivo.study.records import Plan

Keys = Mapping[str, Fact]
"""A record as its keys with what they are set to."""
Records = Mapping[str, Keys]
"""The records of a part by their names."""

PLANNED = ("wells", "cultures", "stopping")
"""Keys of the plan that are of the planned size, and no parameters of an analysis."""
_NAMED = ("groups", "cell_types", "stimuli", "analytes")
_SCORED = ("scales", "questionnaires")
_FILES_OF_PLATES = ("file", "curves", "melt", "run")
"""Where the results of a plate lie, which nobody knows before they are there."""
_FILES_OF_REDCAP = ("dictionary", "data", "events", "xml", "links", "address")
_OF_WELLS = (
    *("role", "donor", "culture", "cell_type", "visit", "stimulus", "dose", "time", "replicate"),
    *("control", "dilution", "nominal", "nominals", "target"),
)
"""What a layout says of a well, but for its file and for what people leave out: that is counted
from run to run.
"""


def digest(value: object) -> str:
    """The sha256 of a value as JSON with its keys in order."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def digests(records: Records) -> dict[str, str]:
    """The hash of each record of a part."""
    return {name: digest(dict(keys)) for name, keys in records.items()}


def part_of(study: Study, part: Part) -> Records:
    """The records of a part of a study."""
    return dict(_PARTS[part](study))


def files_of(study: Study, part: Part) -> tuple[str, ...]:
    """The files beside study.yaml that a part is read from."""
    if part == "layout":
        named = [plate.layout for plate in study.plates if plate.layout]
    else:
        named = files_of_scales(study) if part == "scoring" else []
    return tuple(PurePath(name).as_posix() for name in named)


_Named = Iterator[tuple[str, Keys]]


def _without(record: object, *names: str) -> Keys:
    return {name: value for name, value in set_keys(record).items() if name not in names}


def _named(study: Study) -> _Named:
    for part in _NAMED:
        for each in getattr(study, part):
            yield f"{part}.{each.id}", _without(each, "n")
    if study.visits:
        yield "visits", {"order": study.visits}


def _scoring(study: Study) -> _Named:
    for part in _SCORED:
        for each in getattr(study, part):
            yield f"{part}.{each.id}", set_keys(each)
    for key in study.scoring_keys:
        yield f"scoring key.{key.id}", {"rules": digest(_plain(key))[:12]}
    for name, table in study.score_tables.items():
        lines = [sorted(map(str, each.items())) for each in (table.sums, table.profiles)]
        yield f"table.{name}", {"lines": digest(lines)[:12]}
    if study.missing:
        yield "missing", {"words": study.missing}
    if study.redcap is not None:
        yield "redcap", _without(study.redcap, *_FILES_OF_REDCAP)


def _plain(value: Any) -> Any:
    """A record as JSON can hold it, with the keys alone that differ from their default: a key that
    a later version adds changes nothing of an old one.
    """
    if is_dataclass(value) and not isinstance(value, type):
        return {name: _plain(getattr(value, name)) for name in set_keys(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _layout(study: Study) -> _Named:
    for plate in study.plates:
        yield plate.id, {**_without(plate, *_FILES_OF_PLATES), **_wells(study, plate.id)}


def _wells(study: Study, plate: str) -> dict[str, str]:
    """What the layout files say of each well of a plate; wells that an instrument file names alone
    are no part of it.
    """
    (path,) = (each.layout for each in study.plates if each.id == plate)
    if study.layout.is_empty() or not path:
        return {}
    own = study.layout.filter(pl.col("plate") == plate, pl.col("line").str.starts_with(path))
    usual = _usual(study)
    rows = own.with_columns(role=pl.coalesce("role_within", "role")).select("well", *_OF_WELLS)
    return {str(row["well"]): _well(row, usual) for row in rows.iter_rows(named=True)}


@dataclass(frozen=True)
class _Usual:
    """What a layout need not say, as the study does: the only cell type, the dose and the time of
    each stimulus.
    """

    cell_type: str
    doses: Mapping[str, tuple[str, str]]

    def goes_without_saying(self, name: str, value: object, stimulus: object) -> bool:
        """Whether the study says it of a well, or nobody need."""
        dose, time = self.doses.get(str(stimulus), ("", ""))
        usual = {"cell_type": self.cell_type, "dose": dose, "time": time, "visit": _FIRST_VISIT}
        return value in (None, "", []) or (name in usual and value == usual[name])


_FIRST_VISIT = "1"


def _usual(study: Study) -> _Usual:
    cells = [each.id for each in study.cell_types]
    doses = {each.id: (each.dose, each.time) for each in study.stimuli}
    return _Usual(cells[0] if len(cells) == 1 else "", doses)


def _well(row: Mapping[str, Any], usual: _Usual) -> str:
    """What stands of a well: `sample P01 ATP 1`."""
    told = (
        row[name]
        for name in _OF_WELLS
        if not usual.goes_without_saying(name, row[name], row["stimulus"])
    )
    return " ".join(f"{each:g}" if isinstance(each, float) else str(each) for each in told)


def _size(study: Study) -> _Named:
    for group in study.groups:
        if group.n is not None:
            yield f"groups.{group.id}", {"n": group.n}
    keys = set_keys(study.plan)
    if planned := {name: keys[name] for name in PLANNED if name in keys}:
        yield "plan", planned


def _assumptions(study: Study) -> _Named:
    assumed = study.assumptions
    alone: dict[str, Fact] = {}
    for field in fields(assumed):
        value = getattr(assumed, field.name)
        if isinstance(value, tuple):
            for number, line in enumerate(value, 1):
                yield f"{field.name}.{number}", set_keys(line)
        elif is_dataclass(value):
            yield field.name, set_keys(value)
        else:
            alone[field.name] = value
    yield "all", alone


_PARTS: Mapping[Part, Callable[[Study], _Named]] = {
    "named": _named,
    "scoring": _scoring,
    "layout": _layout,
    "size": _size,
    "assumptions": _assumptions,
}


def analysed(parameters: Mapping[str, str]) -> dict[str, str]:
    """The parameters of an analysis: all but those of the planned size."""
    planned = {f"plan.{name}" for name in PLANNED}
    assert planned <= {f"plan.{each.name}" for each in fields(Plan)}
    return {name: value for name, value in parameters.items() if name not in planned}
