"""RT-qPCR: amplification curves or the instrument's Cq to quantities relative to the reference
genes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from exvivo.quantify.qpcr.quantify import quantify_qpcr

__all__ = ["quantify_qpcr"]


def __getattr__(name: str) -> Any:
    """The work, when it is first asked for: a check only asks what a Cq comes from (`kinds`)."""
    if name == "quantify_qpcr":
        from exvivo.quantify.qpcr import quantify

        return quantify.quantify_qpcr
    raise AttributeError(name)
