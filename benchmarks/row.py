"""One measured figure: what, how much, the bar it is held to, and the peer it stands beside."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import Any

_HOLDS = {"<=": operator.le, ">=": operator.ge}


@dataclass(frozen=True, kw_only=True)
class Row:
    """`bar` is written as `<= 10`; empty where a figure is reported only. `peer` is the peer's
    figure in the same unit.
    """

    what: str
    value: float
    unit: str
    bar: str = ""
    peer: float | None = None

    @property
    def holds(self) -> bool:
        """Whether the figure meets its bar."""
        sign, _, limit = self.bar.partition(" ")
        return not self.bar or bool(_HOLDS[sign](self.value, float(limit)))

    @property
    def ratio(self) -> float | None:
        """The peer's figure over ours."""
        return None if self.peer is None or not self.value else self.peer / self.value

    def plain(self) -> dict[str, Any]:
        """The row for JSON."""
        return {
            "what": self.what,
            "value": self.value,
            "unit": self.unit,
            "bar": self.bar or None,
            "holds": self.holds,
            "peer": self.peer,
            "ratio": self.ratio,
        }

    def __str__(self) -> str:
        bar = f"  bar {self.bar}  {'holds' if self.holds else 'DOES NOT HOLD'}" if self.bar else ""
        peer = (
            f"  peer {self.peer:.4g}, ratio {self.ratio:.3g}"
            if self.peer is not None and self.ratio
            else ""
        )
        return f"{self.what:62}{self.value:10.4g} {self.unit:14}{bar}{peer}"
