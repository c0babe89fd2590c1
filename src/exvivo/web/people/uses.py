"""Where a study uses what its records declare: an analyte, a scale, a target."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from exvivo.study import Study


def uses_of_scale(study: Study | None, scale: str) -> list[str]:
    """The questions that name a scale."""
    return [] if study is None else list(_naming(study, ("scales", "scale", "score"), scale))


def uses_of_analyte(study: Study | None, analyte: str) -> list[str]:
    """The assays and questions that name an analyte."""
    if study is None:
        return []
    return [*_measuring(study, analyte), *_naming(study, ("analytes", "analyte"), analyte)]


def _naming(study: Study, fields: tuple[str, ...], name: str) -> Iterator[str]:
    """The questions that hold a name in one of some fields."""
    for question in study.questions:
        held: set[Any] = set()
        for field in fields:
            value = getattr(question, field, ())
            held |= {value} if isinstance(value, str) else {*value}
        if name in held:
            yield f"question {question.id}"


def _measuring(study: Study, analyte: str) -> Iterator[str]:
    """The assays that name an analyte."""
    for assay in study.assays:
        named = {getattr(assay, "analyte", "")}
        for field in ("targets", "channels", "panel", "limits"):
            mapping = getattr(assay, field, {})
            named |= {*mapping.values(), *mapping} if isinstance(mapping, dict) else set()
        if analyte in named:
            yield f"assay {assay.id}"
