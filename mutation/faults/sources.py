"""Faults of: sources."""

from __future__ import annotations

from mutation.fault import Fault

SOURCES = (
    Fault(
        name="a path may lead out of the study",
        file="src/exvivo/sources.py",
        right="if not is_absolute and path.is_relative_to(_real(self.root)):",
        fault="if not is_absolute:",
        tests=("test_sources.py::test_no_name_leads_out_of_the_study",),
    ),
    Fault(
        name="a link may lead out of the study",
        file="src/exvivo/sources.py",
        right="path = _real(self.root / name)",
        fault="path = Path(os.path.normpath(os.path.abspath(self.root / name)))",
        tests=("test_sources.py::test_no_name_leads_out_of_the_study",),
    ),
    Fault(
        name="a whole path is below every root",
        file="src/exvivo/sources.py",
        right="if any(path.is_relative_to(_real(root)) for root in self.roots):",
        fault="if self.roots:",
        tests=("test_sources.py::test_a_root_holds_only_what_lies_below_it",),
    ),
    Fault(
        name="a file of any size is read",
        file="src/exvivo/bounds.py",
        right="if size <= most * MIB:",
        fault="if size <= most * MIB * MIB:",
        tests=("test_sources.py::test_bytes_over_a_limit_are_not_read",),
    ),
    Fault(
        name="a table of any length is read",
        file="src/exvivo/bounds.py",
        right="if rows > bounds.rows:",
        fault="if rows < 0:",
        tests=("test_sources.py::test_a_table_over_a_limit_is_refused_with_the_limit_by_its_name",),
    ),
    Fault(
        name="other bytes of a second reading are taken",
        file="src/exvivo/sources.py",
        right="if before != now or not all(_holds(content.raw, piece) for piece in pieces):",
        fault="if not all(_holds(content.raw, piece) for piece in pieces):",
        tests=("test_sources.py::test_a_second_reading_gives_the_same_bytes_or_none",),
    ),
    Fault(
        name="a file that changed while the study was read is taken",
        file="src/exvivo/gather.py",
        right="sources.refuse_changed()",
        fault="sources.inputs",
        tests=("test_sources.py::test_a_file_that_changes_while_the_study_is_read_is_refused",),
    ),
    Fault(
        name="the study that was run is copied again from the folder",
        file="src/exvivo/run.py",
        right="        copy.write_bytes(gathered.texts[name])",
        fault="        copy.write_bytes((results.parent / name).read_bytes())",
        tests=("test_sources.py::test_files_that_change_later_are_recorded_as_they_were_parsed",),
    ),
)
