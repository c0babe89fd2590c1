"""Faults of: sides."""

from __future__ import annotations

from mutation.fault import Fault

_DILUTIONS = "src/exvivo/quantify/dilutions.py"
_BLANKS = "src/exvivo/quantify/immunoassay/blanks.py"

SIDES = (
    Fault(
        name="dilutions above the range refute nothing",
        file=_DILUTIONS,
        right='lows = [_end(well, "lower", -math.inf) for well in wells]',
        fault='lows = [_end(well, "value", -math.inf) for well in wells]',
        tests=("quantify/test_dilutions.py",),
    ),
    Fault(
        name="a dilution that nothing confirms taken for a value",
        file=_DILUTIONS,
        right="if not any(_rising(each, dilutions) for each in left):",
        fault="if False:",
        tests=(
            "quantify/test_dilutions.py::test_a_thin_dilution_that_nothing_confirms_is_a_bound",
        ),
    ),
    Fault(
        name="errors of dilutions left out",
        file=_DILUTIONS,
        right=" + 2 * DILUTION_SD**2",
        fault="",
        tests=("quantify/test_dilutions.py",),
    ),
    Fault(
        name="blanks rank among standards that fall",
        file="src/exvivo/quantify/standard_checks.py",
        right='means = usable.filter(pl.col("nominal") > 0)',
        fault='means = usable.filter(pl.col("nominal") >= 0)',
        tests=("quantify/test_standard_checks.py",),
    ),
    Fault(
        name="bounds survive a curve that does not rise",
        file="src/exvivo/quantify/concentrations.py",
        right='join(flat, on=CURVE, how="anti", maintain_order="left")',
        fault='join(flat.clear(), on=CURVE, how="anti", maintain_order="left")',
        tests=("quantify/test_standard_checks.py",),
    ),
    Fault(
        name="saturated wells without a result",
        file="src/exvivo/read/plate_reader/overflow.py",
        right='return replace(signal, censor="right", lower=max(read))',
        fault="return replace(signal)",
        tests=("quantify/test_blank_results.py",),
    ),
    Fault(
        name="saturated wells below the range",
        file="src/exvivo/read/plate_reader/overflow.py",
        right='return replace(signal, censor="right", lower=max(read))',
        fault='return replace(signal, censor="left", upper=max(read))',
        tests=("quantify/test_blank_results.py",),
    ),
    Fault(
        name="blank results told on the other side",
        file=_BLANKS,
        right='return "right" if above else "left"',
        fault='return "left" if above else "right"',
        tests=("quantify/test_blank_results.py",),
    ),
    Fault(
        name="open wells not asked about",
        file=_BLANKS,
        right="        raise StudyError(mistakes)",
        fault="        pass",
        tests=("quantify/test_blank_results.py",),
    ),
    Fault(
        name="open results of a table not asked about",
        file="src/exvivo/read/tables/results.py",
        right="self._ask(channel, cells)",
        fault="pass",
        tests=("read/tables/test_open_results.py",),
    ),
    Fault(
        name="a signal short of those above the range told above",
        file="src/exvivo/read/tables/open_results.py",
        right='return "right" if is_above else "left"',
        fault='return "left" if is_above else "right"',
        tests=("read/tables/test_open_results.py",),
    ),
    Fault(
        name="bridge samples without their error",
        file="src/exvivo/flag/curves.py",
        right="max(_BRIDGE, z * math.hypot(*sds))",
        fault="_BRIDGE",
        tests=("quantify/test_standard_checks.py",),
    ),
)
