"""Faults of: withheld."""

from __future__ import annotations

from mutation.fault import Fault

_FLAGGED = "src/exvivo/flagged.py"
_WITHHOLD = "src/exvivo/compare/judge/withhold.py"
_OF_WITHHOLD = "compare/judge/test_withhold.py"

WITHHELD = (
    Fault(
        name="an accepted contradiction that still withholds",
        file=_FLAGGED,
        right='return self.severity == "stop" and self.accepted is None',
        fault='return self.severity == "stop"',
        tests=(_OF_WITHHOLD,),
    ),
    Fault(
        name="a contradiction that withholds nothing",
        file=_FLAGGED,
        right='return self.severity == "stop" and self.accepted is None',
        fault='return self.severity == "halt" and self.accepted is None',
        tests=(_OF_WITHHOLD,),
    ),
    Fault(
        name="two flags of one rule share a name",
        file="src/exvivo/flagged.py",
        right="evidence=each.evidence or (each.row,)",
        fault="evidence=each.evidence",
        tests=("flag/test_flags.py",),
    ),
    Fault(
        name="a withheld answer draws its group means",
        file="src/exvivo/tell/figures/groups.py",
        right='if finding.reason is None or finding.reason.code != "contradiction":',
        fault="if finding.level:",
        tests=("tell/test_question_figures.py",),
    ),
    Fault(
        name="an acceptance that outlives what it accepted",
        file=_FLAGGED,
        right='"\\n".join(self.evidence)',
        fault='"\\n".join(())',
        tests=(_OF_WITHHOLD,),
    ),
    Fault(
        name="a scope of which one field is enough",
        file=_FLAGGED,
        right="return all(reach.get(",
        fault="return any(reach.get(",
        tests=(_OF_WITHHOLD,),
    ),
    Fault(
        name="numbers beside a withheld answer",
        file=_WITHHOLD,
        right="elif not stops:",
        fault="else:",
        tests=(_OF_WITHHOLD,),
    ),
    Fault(
        name="an effect size in a withheld answer",
        file=_WITHHOLD,
        right='replace(emptied(answer), part="answer", p_adjusted=None',
        fault='replace(answer, part="answer", p_adjusted=None',
        tests=(_OF_WITHHOLD,),
    ),
)
