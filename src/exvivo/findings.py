"""Findings as records: what was estimated, how, and what a reader must know. Codes, never words.

`compare` makes them and `tell` puts them into words: no number, verdict or flag depends on a text.
One list of fields serves the record and the table FINDINGS.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal, Self

import polars as pl

from exvivo.methods import METHODS, NOT_ESTIMABLE, Method
from exvivo.units import UNITS, Unit

Fact = str | int | float | bool | tuple[str, ...]
"""One fact of a coded statement: an id of study.yaml, a number, or several ids."""
Part = Literal["answer", "beside", "robustness"]
Verdict = Literal["supported", "equivalent", "not resolved", "not estimable"]
On = Literal["amount", "signal"]
"""What an answer is about: the amount, or the signal it was read from, without a curve."""

CODED = pl.Struct({"code": pl.String, "facts": pl.String})
"""A coded statement in a table: its code, and its facts as a JSON object."""


@dataclass(frozen=True, slots=True)
class Coded:
    """Something to be said, as a code and the facts that fill its sentence.

    >>> Caveat("uneven_plates", {"plates": ("Q1", "Q2")}).row()
    {'code': 'uneven_plates', 'facts': '{"plates": ["Q1", "Q2"]}'}
    """

    code: str
    facts: Mapping[str, Fact] = field(default_factory=dict)

    def row(self) -> dict[str, str]:
        """As a table holds it."""
        return {"code": self.code, "facts": json.dumps(self.facts, ensure_ascii=False)}

    @classmethod
    def of_row(cls, row: Mapping[str, str]) -> Self:
        """Back from a table."""
        facts = json.loads(row["facts"])
        lists = {name: tuple(v) if isinstance(v, list) else v for name, v in facts.items()}
        return cls(row["code"], lists)


class Estimand(Coded):
    """What was estimated."""


class Caveat(Coded):
    """What a reader must know beside a verdict, or why there is no answer."""


@dataclass(frozen=True, slots=True)
class Count:
    """Donors of a group, and how many of them are known only by bounds."""

    group: str
    n: int
    undetected: int = 0


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One row of FINDINGS. `estimate`, `lower` and `upper` are in `unit`; an open end is infinite.

    `choices` are those of one cell of the specification grid: measure, family of the method,
    adjustment. `larger` says of a contrast that the asked difference points its way and is larger
    than what it is held against. `method_facts` are the facts of how the method ran.
    """

    question: str
    ask: str
    family: str
    assay: str
    readout: str
    analyte: str
    level: float
    unit: Unit
    n: tuple[Count, ...]
    estimand: Estimand
    method: Method = NOT_ESTIMABLE
    method_facts: Mapping[str, Fact] = field(default_factory=dict)
    part: Part = "answer"
    on: On = "amount"
    choices: tuple[str, ...] = ()
    larger: bool = False
    cell_type: str | None = None
    stimulus: str | None = None
    scale: str | None = None
    estimate: float | None = None
    lower: float | None = None
    upper: float | None = None
    p: float | None = None
    p_adjusted: float | None = None
    p_permutation: float | None = None
    effect_size: float | None = None
    verdict: Verdict | None = None
    reason: Caveat | None = None
    warnings: tuple[Caveat, ...] = ()

    @property
    def null(self) -> float:
        """The estimate that would say nothing in either direction."""
        return self.unit.null

    @property
    def excludes_null(self) -> bool:
        """Whether the interval lies on one side of `null`; False where there is no interval."""
        if self.lower is None or self.upper is None:
            return False
        return not self.lower <= self.null <= self.upper

    def warns(self, code: str) -> bool:
        """Whether a warning of this code stands beside the finding."""
        return any(caveat.code == code for caveat in self.warnings)

    def row(self) -> dict[str, Any]:
        """The finding as a row of the FINDINGS table."""
        return {
            **{f.name: getattr(self, f.name) for f in fields(self)},
            "unit": self.unit.id,
            "method": self.method.id,
            "method_facts": json.dumps(self.method_facts, ensure_ascii=False),
            "choices": list(self.choices),
            "n": [{"group": c.group, "n": c.n, "undetected": c.undetected} for c in self.n],
            "estimand": self.estimand.row(),
            "reason": self.reason.row() if self.reason else None,
            "warnings": [caveat.row() for caveat in self.warnings],
        }

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> Finding:
        """The record of a row of FINDINGS; further columns of the row are passed over."""
        reason = row["reason"]
        return cls(
            **{
                **{f.name: row[f.name] for f in fields(cls)},
                "unit": UNITS[row["unit"]],
                "method": METHODS[row["method"]],
                "method_facts": json.loads(row["method_facts"]),
                "choices": tuple(row["choices"]),
                "n": tuple(Count(**count) for count in row["n"]),
                "estimand": Estimand.of_row(row["estimand"]),
                "reason": Caveat.of_row(reason) if reason else None,
                "warnings": tuple(Caveat.of_row(caveat) for caveat in row["warnings"]),
            }
        )


def findings_of(frame: pl.DataFrame) -> list[Finding]:
    """The records of a FINDINGS table, in its order."""
    return [Finding.of_row(row) for row in frame.iter_rows(named=True)]


def rows_of(findings: Iterable[Finding]) -> list[dict[str, object]]:
    """Findings as rows for `FINDINGS.frame`."""
    return [finding.row() for finding in findings]
