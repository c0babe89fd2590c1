"""Faults of: broken off."""

from __future__ import annotations

from mutation.fault import Fault

BROKEN_OFF = (
    Fault(
        name="an export without its checksum taken for whole",
        file="src/exvivo/read/luminex/xponent_whole.py",
        right="    if export.sealed:\n        return\n",
        fault="    if export.blocks:\n        return\n",
        tests=("read/luminex/test_xponent.py",),
    ),
    Fault(
        name="wells without a line in Dilution Factor taken for undiluted",
        file="src/exvivo/read/luminex/xponent_whole.py",
        right="    if silent and (stated or not export.sealed):",
        fault="    if silent and not stated:",
        tests=("read/luminex/test_xponent.py",),
    ),
    Fault(
        name="bytes behind the segments of an FCS file passed over",
        file="src/exvivo/read/cytometer/segments.py",
        right="    if surplus == 0 or",
        fault="    if surplus >= 0 or",
        tests=("read/cytometer/test_segments.py",),
    ),
    Fault(
        name="a checksum read as the last of the data",
        file="src/exvivo/read/cytometer/segments.py",
        right="return not behind and _DIGITS",
        fault="return False and _DIGITS",
        tests=("read/cytometer/test_segments.py",),
    ),
    Fault(
        name="the checksum of a FACSVerse not compared",
        file="src/exvivo/read/cytometer/segments.py",
        right="    if own != int(seal):",
        fault="    if own < 0:",
        tests=("read/cytometer/test_segments.py",),
    ),
    Fault(
        name="tubes with few gated events passed over",
        file="src/exvivo/quantify/beads/gated.py",
        right="return np.asarray(fall > np.maximum(",
        fault="return np.asarray(-fall > np.maximum(",
        tests=("quantify/test_gated_shares.py",),
    ),
    Fault(
        name="Gen5 lines that lost cells taken for something computed",
        file="src/exvivo/read/plate_reader/gen5.py",
        right="        if not name:\n            yield Mistake(",
        fault="        if name is None:\n            yield Mistake(",
        tests=("read/plate_reader/test_vendors.py",),
    ),
    Fault(
        name="a number cut at the end of a text taken for whole",
        file="src/exvivo/cells/open_end.py",
        right="return len(decimals) >= _FEWEST and set(decimals) == {len(own[1])}",
        fault="return bool(own)",
        tests=("read/test_prefixes.py",),
    ),
    Fault(
        name="a last line that breaks off read",
        file="src/exvivo/read/open_end.py",
        right="    if wells and end.is_short:",
        fault="    if not wells and end.is_short:",
        tests=("read/test_prefixes.py",),
    ),
    Fault(
        name="curves that end before the others read",
        file="src/exvivo/read/qpcr/applied_biosystems.py",
        right="    if 0 < curve.last < last:",
        fault="    if last < 0:",
        tests=("read/qpcr/test_applied_biosystems.py",),
    ),
    Fault(
        name="wells that lack a channel passed over",
        file="src/exvivo/reconcile/channels_lacking.py",
        right="return {well: lack[own] for well, own in wells.items() if lack[own]}",
        fault="return {well: lack[own] for well, own in wells.items() if not own}",
        tests=("reconcile/test_broken_off.py",),
    ),
)
