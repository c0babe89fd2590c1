"""What the numbers of a run come from: the bytes of its inputs, the parameters of its study, and
the packages it was made with.
"""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from importlib.metadata import PackageNotFoundError, version

from exvivo.store.files import File
from exvivo.study import Assay, Plan, Study
from exvivo.study.records import Limits

_PACKAGES = (
    "numpy",
    "scipy",
    "polars",
    "altair",
    "vl-convert-python",
    "flowio",
    "python-calamine",
)
"""The packages that numbers and figures depend on."""


def study_hash(inputs: Iterable[File]) -> str:
    """The hash of a study and its data: of the lines `sha256sum` prints for its files, sorted by
    path.
    """
    lines = "".join(
        f"{file.sha256}  {file.path}\n" for file in sorted(inputs, key=lambda file: file.path)
    )
    return hashlib.sha256(lines.encode()).hexdigest()


def parameters_of(study: Study) -> dict[str, str]:
    """Every parameter the study sets or leaves at its default: of the plan and of each assay; the
    folders outside its own that its files may lie below, and limits that are not the usual ones.
    """
    roots = enumerate(study.raw_roots, start=1)
    parameters = {f"raw_roots.{number}": root for number, root in roots}
    if study.limits != Limits():
        parameters |= _of_record("limits", study.limits)
    parameters |= _of_record("plan", study.plan)
    for assay in study.assays:
        parameters |= _of_record(assay.id, assay)
    return parameters


def _of_record(name: str, record: Plan | Assay | Limits) -> dict[str, str]:
    return {f"{name}.{f.name}": _as_text(getattr(record, f.name)) for f in fields(record)}


def _as_text(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_as_text(item)}" for key, item in value.items()) or "none"
    if isinstance(value, tuple):
        return ", ".join(map(_as_text, value)) or "none"
    if is_dataclass(value):
        return " ".join(f"{f.name} {_as_text(getattr(value, f.name))}" for f in fields(value))
    return "none" if value in (None, "") else str(value)


def packages() -> dict[str, str]:
    """The versions of what the numbers and figures were made with; `unknown` where a package does
    not state its own.
    """
    return {"python": platform.python_version(), **{name: _version(name) for name in _PACKAGES}}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "unknown"
