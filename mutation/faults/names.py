"""Faults of: names."""

from __future__ import annotations

from mutation.fault import Fault

_NAMES = "src/exvivo/reconcile/names/"
_OF_NAMES = "reconcile/test_names.py"

NAMES = (
    Fault(
        name="names not held against the stimulus",
        file=f"{_NAMES}vocabulary.py",
        right='says["stimulus"] = self.stimuli.meant(told, neutral | self.neutral)',
        fault='says["stimulus"] = frozenset()',
        tests=(_OF_NAMES,),
    ),
    Fault(
        name="words of a stimulus within another take it for that one",
        file=f"{_NAMES}stimuli.py",
        right="return frozenset(whole or fit)",
        fault="return frozenset(fit)",
        tests=(_OF_NAMES,),
    ),
    Fault(
        name="numbers side by side read as one",
        file=f"{_NAMES}atoms.py",
        right='word += f"-{part}" if apart else part',
        fault="word += part",
        tests=(_OF_NAMES,),
    ),
    Fault(
        name="layouts turned by 180 degrees not tried",
        file=f"{_NAMES}moves.py",
        right='yield "turned by 180 degrees", partial(_turned, both, np.array([-1, -1]))',
        fault="pass",
        tests=(_OF_NAMES,),
    ),
    Fault(
        name="plates exchanged not tried",
        file=f"{_NAMES}exchanged.py",
        right="return circle if at == start else []",
        fault="return []",
        tests=(_OF_NAMES,),
    ),
    Fault(
        name="a role marked in the file passed over",
        file=f"{_NAMES}vocabulary.py",
        right='return {**says, "role": _ROLES[role]}',
        fault="return says",
        tests=("reconcile/test_stated_twice.py",),
    ),
    Fault(
        name="amounts in another order passed as another unit",
        file="src/exvivo/reconcile/stated_twice.py",
        right="return max(factors) - min(factors) <= _ALIKE * max(factors)",
        fault="return True",
        tests=("reconcile/test_stated_twice.py",),
    ),
    Fault(
        name="empty wells with a sample's name passed over",
        file="src/exvivo/reconcile/empty_wells.py",
        right="if told or (well in with_signal and not is_control):",
        fault="if well in with_signal and not is_control and not told:",
        tests=("reconcile/test_empty_wells.py",),
    ),
    Fault(
        name="empty wells with a signal passed over",
        file="src/exvivo/reconcile/empty_wells.py",
        right="if told or (well in with_signal and not is_control):",
        fault="if told:",
        tests=("reconcile/test_empty_wells.py",),
    ),
    Fault(
        name="a date read in the way that contradicts",
        file="src/exvivo/reconcile/clocks.py",
        right="days_of(text)[-1]))",
        fault="days_of(text)[0]))",
        tests=("reconcile/test_files.py",),
    ),
    Fault(
        name="files of another analyte taken",
        file="src/exvivo/reconcile/file_names.py",
        right="is_one = len(named) == 1 and not named & own",
        fault="is_one = False",
        tests=("reconcile/test_files.py",),
    ),
)
