"""One finding: a row of FINDINGS before it is corrected and worded."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One row of FINDINGS before it is corrected and worded; `null` is the value that says neither
    group is higher.
    """

    question: str
    ask: str
    family: str
    assay: str
    readout: str
    analyte: str
    estimand: str
    method: str
    level: float
    unit: str
    n: list[dict[str, Any]]
    part: str = "answer"
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
    verdict: str | None = None
    reason: str | None = None
    sentence: str = ""
    warnings: list[str] = field(default_factory=list)

    @property
    def null(self) -> float:
        """The estimate that would say nothing in either direction."""
        return 0.5 if self.unit == PROBABILITY else 0.0

    def row(self) -> dict[str, Any]:
        """The finding as a row of the FINDINGS table."""
        return asdict(self)


PROBABILITY = "probability"


LOG2_FOLD = "log2 fold"


CORRELATION = "correlation"


SHARE = "share"


POINTS = "points"
