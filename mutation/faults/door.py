"""Faults of the door in the browser: who gets in, what they may do, and edits that get lost."""

from __future__ import annotations

from mutation.fault import Fault

DOOR = (
    Fault(
        name="another host is answered",
        file="src/exvivo/web/guard/origin.py",
        right='if headers.get("host", "") not in self.hosts:',
        fault="if False:",
        tests=("web/test_frame.py::test_another_host_is_not_answered",),
    ),
    Fault(
        name="a page of another site changes a study",
        file="src/exvivo/web/guard/origin.py",
        right="return site in _OURS and origin in (None, *self.origins)",
        fault="return True",
        tests=("web/test_frame.py::test_another_site_changes_nothing",),
    ),
    Fault(
        name="the token of a local door opens it twice",
        file="src/exvivo/web/guard/token.py",
        right='            self.token = ""',
        fault="            pass",
        tests=("web/test_frame.py::test_the_token_opens_once",),
    ),
    Fault(
        name="a study without a part in it is there",
        file="src/exvivo/web/visitor.py",
        right="if study and not visitor.permissions(study):",
        fault="if False:",
        tests=("web/test_roles.py::test_a_study_without_a_part_is_not_there",),
    ),
    Fault(
        name="whoever has a part in a study may do all in it",
        file="src/exvivo/web/visitor.py",
        right="if self.permission is not None and not visitor.may(self.permission, study):",
        fault="if False:",
        tests=("web/test_roles.py::test_who_lacks_what_a_route_needs_is_refused",),
    ),
    Fault(
        name="a save goes over what somebody else wrote",
        file="src/exvivo/web/edits/saved.py",
        right="    if now != expected:",
        fault="    if False:",
        tests=("web/test_edits.py::test_an_old_version_is_refused_with_what_clashes",),
    ),
    Fault(
        name="a whole file is put over another",
        file="src/exvivo/web/edits/saved.py",
        right="    if sha256(before) != expected:",
        fault="    if False:",
        tests=("web/test_edits.py::test_a_whole_file_is_not_put_over_another",),
    ),
    Fault(
        name="an edit comes on no record",
        file="src/exvivo/store/edits.py",
        right='        return chain.append(connection, "edit", {**states, "texts": texts})',
        fault='        return chain.append(connection, "edit", {"texts": {}})',
        tests=("web/test_edits.py::test_an_edit_is_on_record_with_its_name",),
    ),
)
