"""Figures of ASSAYS as a dict, for tests: `lod`, ("outlier", "A3"), ("shift", "ACT", "ATP")."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from exvivo.figures import Figure, figure, figures_from

Key = str | tuple[str | None, ...]
"""A name, or (name, of, condition, baseline, plate), cut behind the last part that is given."""


def keyed(figures: Iterable[Figure]) -> dict[Key, float]:
    """Values by key, in order."""
    return {_key(each): each["value"] for each in figures}


def records(values: Mapping[Key, float], **plain: float) -> list[Figure]:
    """The figures of values by key, behind those by name."""
    return figures_from(plain) + [
        _figure((key,) if isinstance(key, str) else key, v) for key, v in values.items()
    ]


def _key(each: Figure) -> Key:
    parts = [each["name"], each["of"], each["condition"], each["baseline"], each["plate"]]
    while parts[-1] is None:
        parts.pop()
    return each["name"] if len(parts) == 1 else tuple(parts)


def _figure(key: tuple[str | None, ...], value: float) -> Figure:
    name, of, condition, baseline, plate = (*key, None, None, None, None)[:5]
    assert name is not None
    return figure(name, value, of=of, plate=plate, condition=condition, baseline=baseline)
