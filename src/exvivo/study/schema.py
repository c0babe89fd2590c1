"""The JSON Schema of study.yaml, generated from the records, so that an editor can complete and
explain it.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from typing import Any, Literal, Union, get_args, get_origin

from exvivo.study.nodes import record_fields, required
from exvivo.study.records import Study

_SIMPLE = {str: "string", int: "integer", float: "number", bool: "boolean"}


def json_schema() -> dict[str, Any]:
    """The schema of a whole study.yaml, JSON Schema draft 2020-12."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **_record(Study)}


def _record(record: type) -> dict[str, Any]:
    fields = record_fields(record)
    return {
        "title": record.__name__,
        "description": (record.__doc__ or "").split("\n")[0],
        "type": "object",
        "properties": {
            name: _kind(kind) | {"description": field.metadata["meaning"]}
            for name, (kind, field) in fields.items()
        },
        "required": [name for name, (_, field) in fields.items() if required(field)],
        "additionalProperties": False,
    }


def _kind(kind: Any) -> dict[str, Any]:
    """The schema of one type: a record, a list, a mapping, a choice or a single value."""
    if dataclasses.is_dataclass(kind):
        return _record(typing.cast(type, kind))
    arguments, origin = get_args(kind), get_origin(kind)
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin is tuple:
        return {"type": "array", "items": _kind(arguments[0])}
    if origin is dict:
        return _by_name(*arguments)
    if origin in (Union, types.UnionType):
        return _choice(arguments)
    # Ids such as 0071 are text in the study, but a YAML editor sees a number.
    return {"type": ["string", "number"]} if kind is str else {"type": _SIMPLE[kind]}


def _by_name(names: Any, kind: Any) -> dict[str, Any]:
    """The schema of a mapping: of any names, or of the few that there are."""
    if get_origin(names) is not Literal:
        return {"type": "object", "additionalProperties": _kind(kind)}
    each = dict.fromkeys(get_args(names), _kind(kind))
    return {"type": "object", "properties": each, "additionalProperties": False}


def _choice(members: tuple[Any, ...]) -> dict[str, Any]:
    """The schema of a union; that of an optional value is the value's."""
    kinds = [_kind(member) for member in members if member is not types.NoneType]
    return kinds[0] if len(kinds) == 1 else {"oneOf": kinds}
