"""Faults of: weather."""

from __future__ import annotations

from mutation.fault import Fault

_CONTROLS = "src/exvivo/quantify/qpcr/controls.py"
_RESULTS = "src/exvivo/store/results.py"
_EXCHANGE = "src/exvivo/store/exchange.py"
_VISIBLE = "src/exvivo/visible.py"
_OF_WEATHER = "store/test_weather.py"

WEATHER = (
    Fault(
        name="what fails after the commit called a failure",
        file=_RESULTS,
        right="        with suppress(sqlite3.DatabaseError, OSError):  # the run stands",
        fault="        with suppress(KeyError):  # the run stands",
        tests=(f"{_OF_WEATHER}::test_a_failing_call_leaves_a_whole_folder",),
    ),
    Fault(
        name="a run that is on record thrown away when interrupted",
        file=_RESULTS,
        right="        if not _is_committed(connection, row):",
        fault="        if not _is_committed(connection, None):",
        tests=(f"{_OF_WEATHER}::test_an_interruption_just_after_the_commit_keeps_the_run",),
    ),
    Fault(
        name="old results put aside in the way of others",
        file=_EXCHANGE,
        right="    results, old = folder / RESULTS, free_name(folder, OLD)",
        fault="    results, old = folder / RESULTS, folder / OLD",
        tests=(f"{_OF_WEATHER}::test_old_results_that_cannot_be_deleted_stand_in_no_ones_way",),
    ),
    Fault(
        name="hidden results that cannot be read thrown away",
        file=_EXCHANGE,
        right="if is_shown or holds(path, outputs) is False))",
        fault="if is_shown or not holds(path, outputs)))",
        tests=(f"{_OF_WEATHER}::test_hidden_results_that_nobody_can_read_are_never_thrown_away",),
    ),
    Fault(
        name="folders that cannot be looked into taken for empty ones",
        file="src/exvivo/store/files.py",
        right="onerror=_refuse",
        fault="onerror=None",
        tests=(f"{_OF_WEATHER}::test_a_folder_that_cannot_be_looked_into_is_no_empty_folder",),
    ),
    Fault(
        name="a record begun anew beside results",
        file="src/exvivo/store/database.py",
        right='    if any((folder / RESULTS / "tables").glob("*.parquet")):',
        fault="    if False:",
        tests=(f"{_OF_WEATHER}::test_a_lost_record_is_brought_back_and_never_moved_away",),
    ),
    Fault(
        name="files left beside another user's record",
        file="src/exvivo/store/database.py",
        right="    if path.is_file() and not _is_writable(path):",
        fault="    if path.is_file() and False:",
        tests=(
            f"{_OF_WEATHER}::test_what_another_user_owns_is_refused_before_anything_is_written",
        ),
    ),
    Fault(
        name="escape sequences printed",
        file=_VISIBLE,
        right="    return _BUT_LINES.sub(_picture, text)",
        fault="    return text",
        tests=("test_hostile_names.py::test_colours_are_ours_and_never_a_names",),
    ),
    Fault(
        name="a line end in a name begins a line",
        file=_VISIBLE,
        right="    return _ALL.sub(_picture, text)",
        fault="    return _BUT_LINES.sub(_picture, text)",
        tests=("test_hostile_names.py::test_every_control_is_seen_where_it_is_printed",),
    ),
    Fault(
        name="escape sequences in csv",
        file="src/exvivo/csv_text.py",
        right="    if not column.str.contains(_CONTROLS).any():",
        fault="    if True:",
        tests=("test_hostile_names.py::test_every_control_is_seen_where_it_is_printed",),
    ),
    Fault(
        name="a signature of another file accepted",
        file="src/exvivo/store/signature.py",
        right="    if done.returncode:\n",
        fault="    if done.returncode is None:\n",
        tests=("store/test_export.py",),
    ),
    Fault(
        name="an edited row of an exported record accepted",
        file="src/exvivo/store/export.py",
        right="        if row.right_hash != row.hash:",
        fault="        if not row.hash:",
        tests=("store/test_export.py",),
    ),
)
