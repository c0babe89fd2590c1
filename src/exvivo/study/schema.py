"""The JSON Schema of study.yaml, generated from the records, so that an editor can complete and
explain it.
"""

from __future__ import annotations

import dataclasses
import types
from typing import Any, Literal, Union, get_args, get_origin

from exvivo.study.nodes import record_fields
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
            n: _kind(k) | {"description": f.metadata["meaning"]} for n, (k, f) in fields.items()
        },
        "required": [
            name
            for name, (_, f) in fields.items()
            if f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING
        ],
        "additionalProperties": False,
    }


def _kind(kind: Any) -> dict[str, Any]:
    origin = get_origin(kind)
    if dataclasses.is_dataclass(kind):
        return _record(kind)  # type: ignore[arg-type]
    if origin is Literal:
        return {"enum": list(get_args(kind))}
    if origin is tuple:
        return {"type": "array", "items": _kind(get_args(kind)[0])}
    if origin is dict:
        return {"type": "object", "additionalProperties": _kind(get_args(kind)[1])}
    if origin in (Union, types.UnionType):
        members = [_kind(member) for member in get_args(kind) if member is not type(None)]
        return members[0] if len(members) == 1 else {"oneOf": members}
    # Ids such as 0071 are text in the study, but a YAML editor sees a number.
    return {"type": ["string", "number"]} if kind is str else {"type": _SIMPLE[kind]}
