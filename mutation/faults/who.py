"""Faults of: who."""

from __future__ import annotations

from mutation.fault import Fault

_WHO = ("test_who.py",)

WHO = (
    Fault(
        name="donors counted whose result says nothing",
        file="src/exvivo/compare/sample.py",
        right="return self.only(self.informative)",
        fault="return self",
        tests=_WHO,
    ),
    Fault(
        name="donors without a well of the assay are nobody",
        file="src/exvivo/account/everyone.py",
        right="if donor not in names:",
        fault="if donor not in names and self.why.elsewhere.get(donor):",
        tests=_WHO,
    ),
    Fault(
        name="wells set to empty are no wells",
        file="src/exvivo/account/wells.py",
        right='return "set_empty" if row["is_read"] else None',
        fault="return None",
        tests=_WHO,
    ),
    Fault(
        name="wells that a file lacks are no wells",
        file="src/exvivo/account/wells.py",
        right="well is not None and (not _is_unread(row, well) or names.expects(row))",
        fault="well is not None and not _is_unread(row, well)",
        tests=_WHO,
    ),
    Fault(
        name="wells of other targets are asked for",
        file="src/exvivo/account/wells.py",
        right='return bool(held) and held in self.beside.get(row["plate"], ())',
        fault="return True",
        tests=_WHO,
    ),
    Fault(
        name="scores of another visit do for an answer",
        file="src/exvivo/account/why.py",
        right="for visit in self.asked.visits:\n            if not self._scored",
        fault='for visit in ("2",):\n            if not self._scored',
        tests=_WHO,
    ),
    Fault(
        name="everybody with a word is drawn as in the answer",
        file="src/exvivo/tell/figures/exposure.py",
        right="_Exposure(side if known else UNKNOWN, donor in inside)",
        fault="_Exposure(side if entry else UNKNOWN, bool(entry))",
        tests=("tell/test_question_figures.py",),
    ),
)
