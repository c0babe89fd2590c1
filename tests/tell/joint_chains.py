"""A finding of the joint model that brings the draws of its worst parameter."""

from __future__ import annotations

import numpy as np

from exvivo.compare.joint.traces import rank_counts
from exvivo.findings import Count, Estimand, Finding
from exvivo.methods import JOINT
from exvivo.tell.tables import Shown
from exvivo.units import LOG2_FOLD


def chains_of(assay: str, analyte: str, *, apart: float = 0.0) -> Shown:
    """Four chains of 300 draws, the last of them `apart` from the others."""
    draws = np.random.default_rng(1).normal(0.6, 0.1, (4, 300))
    draws[3] += apart
    finding = Finding(
        question="q",
        ask="difference",
        family="main",
        assay=assay,
        readout="secreted",
        analyte=analyte,
        level=0.95,
        unit=LOG2_FOLD,
        n=(Count("FM", 6), Count("HC", 6)),
        estimand=Estimand("joint_number", {"sceptical": False, "what": "response"}),
        method=JOINT,
        part="beside",
        method_facts={
            "trace_of": ("response_spread",),
            "trace_every": 2,
            "trace_rhat": 1.003,
            "trace_size": 812.0,
            "trace": tuple(",".join(map(str, chain)) for chain in draws[:, ::2].round(4).tolist()),
            "trace_ranks": tuple(
                ",".join(map(str, chain)) for chain in rank_counts(draws).tolist()
            ),
        },
    )
    return Shown(finding, "", "joint model", "joint model")
