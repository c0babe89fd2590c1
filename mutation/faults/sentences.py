"""Faults of: sentences."""

from __future__ import annotations

from mutation.fault import Fault

SENTENCES = (
    Fault(
        name="higher told as lower",
        file="src/exvivo/tell/asks/numbers.py",
        right='"higher" if points_up(finding) else "lower"',
        fault='"lower" if points_up(finding) else "higher"',
        tests=("tell/test_sentences.py",),
    ),
    Fault(
        name="flags listed but not at the answers they touch",
        file="src/exvivo/tell/rows.py",
        right="return replace(row, flags=eyes.at(row.shown.finding))",
        fault="return row",
        tests=("tell/test_eyes.py",),
    ),
    Fault(
        name="flags at every answer, touched or not",
        file="src/exvivo/tell/eyes.py",
        right="for name in finding.flags if (entry := self.of_name.get(name))}",
        fault="for name in self.of_name if (entry := self.of_name.get(name))}",
        tests=("tell/test_eyes.py",),
    ),
    Fault(
        name="flags with another cure taken as equal",
        file="src/exvivo/tell/eyes.py",
        right="flag.code, flag.why, flag.cure, accepted)",
        fault='flag.code, flag.why, "", accepted)',
        tests=("tell/test_eyes.py",),
    ),
    Fault(
        name="an accepted contradiction told without its reason",
        file="src/exvivo/tell/eyes.py",
        right='        first.accepted or "",\n',
        fault='        "",\n',
        tests=("tell/test_eyes.py",),
    ),
)
