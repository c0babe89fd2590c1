"""Faults of: cache."""

from __future__ import annotations

from mutation.fault import Fault

CACHE = (
    Fault(
        name="entry believed without its seal",
        file="src/exvivo/cache.py",
        right="if hmac.compare_digest(raw[:_SEAL], self._seal(name, content)) else None",
        fault="",
        tests=("test_cache.py::test_no_flipped_bit_is_believed",),
    ),
    Fault(
        name="seal of an entry without its name",
        file="src/exvivo/cache.py",
        right="name.encode() + content",
        fault="content",
        tests=("test_cache.py::test_an_entry_under_the_name_of_another_is_not_believed",),
    ),
    Fault(
        name="entry named without its work",
        file="src/exvivo/cache.py",
        right="(_made_by(), what, *arguments)",
        fault="(_made_by(), *arguments)",
        tests=("test_cache.py::test_other_work_or_arguments_are_another_entry",),
    ),
    Fault(
        name="entry named without its arguments",
        file="src/exvivo/cache.py",
        right="(_made_by(), what, *arguments)",
        fault="(_made_by(), what)",
        tests=("test_cache.py::test_other_work_or_arguments_are_another_entry",),
    ),
    Fault(
        name="entry named without its code",
        file="src/exvivo/cache.py",
        right="(_made_by(), what, *arguments)",
        fault="(what, *arguments)",
        tests=("test_cache.py::test_other_code_makes_other_entries",),
    ),
    Fault(
        name="a text taken for bytes",
        file="src/exvivo/cache.py",
        right="whole = hashlib.sha256(kind)",
        fault="whole = hashlib.sha256()",
        tests=("test_cache.py::test_other_work_or_arguments_are_another_entry",),
    ),
    Fault(
        name="code told by the time that a copy keeps",
        file="src/exvivo/cache.py",
        right="times = status.st_mtime_ns, status.st_ctime_ns, status.st_ino",
        fault="times = (status.st_mtime_ns,)",
        tests=("test_cache.py::test_code_that_was_written_again_is_other_code",),
    ),
    Fault(
        name="a secret that others read",
        file="src/exvivo/cache.py",
        right="not status.st_mode & 0o077",
        fault="status.st_mode",
        tests=("test_cache.py::test_a_secret_that_others_can_read_is_none",),
    ),
    Fault(
        name="entries written through a link",
        file="src/exvivo/cache.py",
        right="bool(_made_by()) and not folder.is_symlink()",
        fault="bool(_made_by())",
        tests=("test_cache.py::test_a_folder_that_leads_elsewhere_is_not_written_to",),
    ),
    Fault(
        name="entries without a bound",
        file="src/exvivo/cache.py",
        right="+ len(content) <= LARGEST",
        fault="+ len(content) >= 0",
        tests=("test_cache.py::test_entries_have_a_bound",),
    ),
    Fault(
        name="entries of this run tidied away",
        file="src/exvivo/cache.py",
        right="surplus > 0 and path.name not in self.used",
        fault="surplus > 0",
        tests=("test_cache.py::test_entries_have_a_bound",),
    ),
    Fault(
        name="plate kept without the bytes of its files",
        file="src/exvivo/plate_files.py",
        right="(repr(asked), *(content.sha256 for content in contents))",
        fault="(repr(asked),)",
        tests=("test_cache.py::test_edits_give_the_same_bytes_with_and_without_the_cache",),
    ),
    Fault(
        name="plate kept without how it is read",
        file="src/exvivo/plate_files.py",
        right="(repr(asked), *(content.sha256 for content in contents))",
        fault="tuple(content.sha256 for content in contents)",
        tests=("test_cache.py::test_edits_give_the_same_bytes_with_and_without_the_cache",),
    ),
    Fault(
        name="quantities kept without their wells",
        file="src/exvivo/quantify/__init__.py",
        right="(*_parts_of(study), wells)",
        fault="(*_parts_of(study),)",
        tests=("test_cache.py::test_readings_are_part_of_the_key",),
    ),
    Fault(
        name="quantities kept without their study",
        file="src/exvivo/quantify/__init__.py",
        right="(*_parts_of(study), wells)",
        fault="(wells,)",
        tests=("test_cache.py::test_edits_give_the_same_bytes_with_and_without_the_cache",),
    ),
    Fault(
        name="quantities kept without amounts of the layout",
        file="src/exvivo/quantify/__init__.py",
        right="value if isinstance(value, pl.DataFrame) else",
        fault="",
        tests=("test_cache.py::test_amounts_of_a_layout_are_part_of_the_key",),
    ),
    Fault(
        name="beads kept without their events",
        file="src/exvivo/quantify/beads/quantify.py",
        right="(repr(assay), plate, events)",
        fault="(repr(assay), plate)",
        tests=("test_cache.py::test_readings_are_part_of_the_key",),
    ),
    Fault(
        name="beads kept without their assay",
        file="src/exvivo/quantify/beads/quantify.py",
        right="(repr(assay), plate, events)",
        fault="(plate, events)",
        tests=("test_cache.py::test_edits_give_the_same_bytes_with_and_without_the_cache",),
    ),
)
