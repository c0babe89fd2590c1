"""A record of a study as YAML on one line: what a default already says is left out."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from typing import Any

from exvivo.study.yaml_text import quoted

_PLAIN = re.compile(r"[^\W_]([\w .()/%-]*[\w.()/%-])?\Z")
_LARGEST_WHOLE = 1e15
_Pairs = Iterator[tuple[str, object]]


def stated(record: Any) -> _Pairs:
    """The fields of a record that a default does not already say."""
    for field in dataclasses.fields(record):
        value = getattr(record, field.name)
        if not field.metadata.get("internal") and not _is_default(field, value):
            yield field.name, value


def flow(value: object) -> str:
    """A value on one line."""
    if dataclasses.is_dataclass(value):
        return _block(stated(value))
    if isinstance(value, dict):
        return _block((flow(name), part) for name, part in value.items())
    if isinstance(value, tuple):
        return "[" + ", ".join(map(flow, value)) + "]"
    return _scalar(value)


def _block(pairs: _Pairs) -> str:
    return "{" + ", ".join(f"{name}: {flow(part)}" for name, part in pairs) + "}"


def _scalar(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        is_whole = value == int(value) and abs(value) < _LARGEST_WHOLE
        return repr(int(value)) if is_whole else repr(value)
    text = str(value)
    return text if _PLAIN.match(text) else quoted(text)


def _is_default(field: dataclasses.Field[Any], value: object) -> bool:
    if field.default_factory is not dataclasses.MISSING:
        return bool(value == field.default_factory())
    return field.default is not dataclasses.MISSING and bool(value == field.default)
