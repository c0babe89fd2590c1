"""Faults of: likeness."""

from __future__ import annotations

from mutation.fault import Fault

_GRAM = "src/exvivo/compare/likeness/gram.py"
_INTERVAL = "src/exvivo/compare/likeness/interval.py"
_CHECKS = "src/exvivo/compare/likeness/checks.py"
_REFITS = "src/exvivo/compare/likeness/refits.py"
_OF_GRAM = "compare/likeness/test_likeness_gram.py"
_OF_INTERVAL = "compare/likeness/test_likeness_interval.py"
_OF_CHECKS = "compare/likeness/test_likeness_checks.py"

LIKENESS = (
    Fault(
        name="a donor's own reference counts for that donor",
        file=_GRAM,
        right="if profiles.own.any():",
        fault="if not profiles.own.size:",
        tests=(_OF_GRAM,),
    ),
    Fault(
        name="a giver of many samples weighs more in a class",
        file=_GRAM,
        right="np.maximum(members @ same.astype(np.float64), 1.0)",
        fault="np.maximum(members @ np.eye(len(givers)), 1.0)",
        tests=(_OF_GRAM,),
    ),
    Fault(
        name="the pair axis centred where every class is",
        file=_GRAM,
        right="return Asked(towards, towards.mean(axis=0))",
        fault="return Asked(towards, np.full(classes, 1 / classes))",
        tests=(_OF_CHECKS,),
    ),
    Fault(
        name="an interval of likeness over donors alone",
        file=_INTERVAL,
        right="return _ANOTHER_SET * (total + together)",
        fault="return 0.0 * (total + together)",
        tests=(_OF_INTERVAL,),
    ),
    Fault(
        name="a class that varies more than the others lent their variance",
        file=_INTERVAL,
        right="np.maximum(drawn, own / np.maximum(self.degrees, 1.0))",
        fault="drawn",
        tests=(_OF_INTERVAL,),
    ),
    Fault(
        name="the noise of small classes left out of the interval",
        file=_INTERVAL,
        right="plain.lower - max(shift, 0.0),",
        fault="plain.lower,",
        tests=(_OF_INTERVAL,),
    ),
    Fault(
        name="givers of both sides make an interval narrower",
        file=_INTERVAL,
        right="return max(float((by_giver**2).sum() - (each**2).sum()), 0.0)",
        fault="return float((by_giver**2).sum() - (each**2).sum())",
        tests=(_OF_INTERVAL,),
    ),
    Fault(
        name="nearer taken for near",
        file=_CHECKS,
        right="if lower <= 0 else ()",
        fault="if lower <= -1 else ()",
        tests=(_OF_CHECKS,),
    ),
    Fault(
        name="a sign that turns over all genes passed over",
        file=_CHECKS,
        right='_turned(answer, "panel_against_all_genes", finding)',
        fault="()",
        tests=(_OF_CHECKS,),
    ),
    Fault(
        name="a batch that the cells share with one side alone passed over",
        file=_CHECKS,
        right="if of_nearer <= own and not",
        fault="if of_nearer < own and not",
        tests=(_OF_CHECKS,),
    ),
    Fault(
        name="a class left out with its batch stays in the centre",
        file=_REFITS,
        right="left / left.sum()",
        fault="left / len(left)",
        tests=(_OF_CHECKS,),
    ),
    Fault(
        name="cells of no lineage called nearer to a reference",
        file="src/exvivo/compare/asks/identity.py",
        right="if reason is not None:",
        fault="if reason is None and not against:",
        tests=(_OF_CHECKS,),
    ),
)
