"""Faults of: load."""

from __future__ import annotations

from mutation.fault import Fault

LOAD = (
    Fault(
        name="a path written twice",
        file="src/exvivo/tell/written.py",
        right="if folded in self.paths:",
        fault="if False:",
        tests=("tell/test_paths.py",),
    ),
    Fault(
        name="paths that differ in capitals are two",
        file="src/exvivo/tell/written.py",
        right="folded = name.casefold()",
        fault="folded = name",
        tests=("tell/test_paths.py",),
    ),
    Fault(
        name="names of files without a mark",
        file="src/exvivo/tell/stems.py",
        right="paths[path] == 1",
        fault="paths[path] >= 1",
        tests=("tell/test_paths.py",),
    ),
    Fault(
        name="numbers further apart than a processor explains are the same",
        file="src/exvivo/store/same_numbers.py",
        right="RELATIVE, OF_COLUMN = 1e-9, 1e-12",
        fault="RELATIVE, OF_COLUMN = 1e-6, 1e-12",
        tests=("test_rerun.py",),
    ),
    Fault(
        name="a number that is missing now is the same",
        file="src/exvivo/store/same_numbers.py",
        right="np.where(finite, off > room, _apart(recorded, now))",
        fault="finite & (off > room)",
        tests=("test_rerun.py",),
    ),
    Fault(
        name="words of facts are not compared",
        file="src/exvivo/store/same_numbers.py",
        right="return type(recorded) is type(now) and recorded == now",
        fault="return True",
        tests=("test_rerun.py",),
    ),
    Fault(
        name="a run made again of other inputs",
        file="src/exvivo/rerun.py",
        right="    _refuse_other_inputs(folder, last.inputs, gathered.inputs)",
        fault="    _refuse_other_inputs(folder, last.inputs, last.inputs)",
        tests=("test_rerun.py",),
    ),
    Fault(
        name="a batch of any size",
        file="src/exvivo/compare/blocks.py",
        right="size = max(1, ROOM // max(numbers, 1))",
        fault="size = max(1, problems)",
        tests=("compare/methods/test_batches.py",),
    ),
    Fault(
        name="points beside others by a wrong order",
        file="src/exvivo/compare/methods/group_model.py",
        right='order = np.argsort(every, kind="stable")',
        fault="order = np.arange(len(every))",
        tests=("compare/methods/test_batches.py",),
    ),
    Fault(
        name="a page of any weight",
        file="src/exvivo/tell/drawn.py",
        right="        if over > 0:",
        fault="        if False:",
        tests=("tell/test_weight.py",),
    ),
    Fault(
        name="errors decided by rounding",
        file="src/exvivo/compare/asks/difference_of_wells.py",
        right="return squares > errors * (1 + _ROUNDING)",
        fault="return squares > errors",
        tests=("compare/asks/test_errors_of_replicates.py",),
    ),
)
