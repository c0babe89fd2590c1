"""Faults of: a REDCap project as XML."""

from __future__ import annotations

from mutation.fault import Fault

_ODM = "src/exvivo/read/redcap/odm.py"
_TWO = "src/exvivo/read/redcap/two_sources.py"
_TESTS = "read/redcap/test_odm.py::"
_BOTH = (f"{_TESTS}test_each_disagreement_names_both_places",)

CLINIC_ODM = (
    Fault(
        name="the marks Identifier of two sources are not compared",
        file=_TWO,
        right='("the mark Identifier", _marked(own), _marked(other)),',
        fault="",
        tests=_BOTH,
    ),
    Fault(
        name="codes of two sources are not compared",
        file=_TWO,
        right="if only_here or only_there:",
        fault="if only_here and not only_there:",
        tests=_BOTH,
    ),
    Fault(
        name="fields of the XML only are passed over",
        file=_TWO,
        right="        if name not in csv.by_name:",
        fault="        if name not in xml.by_name:",
        tests=(f"{_TESTS}test_fields_and_events_of_one_source_only",),
    ),
    Fault(
        name="missing-data codes of the XML only are passed over",
        file=_TWO,
        right="for code in odm.missing if code not in missing]",
        fault="for code in odm.missing if code not in odm.missing]",
        tests=(f"{_TESTS}test_missing_data_codes_of_one_source_only",),
    ),
    Fault(
        name="a form that repeats in one event repeats in all",
        file=_TWO,
        right="place in odm.repeating or place in passed:",
        fault="place[1] in {form for _, form in odm.repeating} or place in passed:",
        tests=(f"{_TESTS}test_repeats_that_the_xml_has_not",),
    ),
    Fault(
        name="the XML that a study names is not read",
        file="src/exvivo/read/redcap/tables/__init__.py",
        right="        xml=_optional(sources, redcap.xml),\n",
        fault="",
        tests=(f"{_TESTS}test_the_xml_that_a_study_names_is_read",),
    ),
    Fault(
        name="a project is not held against its XML",
        file="src/exvivo/read/redcap/reading.py",
        right="    slips.take(second.disagreements(codebook, listed, redcap.missing))\n",
        fault="",
        tests=(f"{_TESTS}test_a_project_is_held_against_its_xml",),
    ),
    Fault(
        name="repeats are not held against the XML",
        file="src/exvivo/read/redcap/reading.py",
        right="    slips.take(second.undeclared_repeats(rows, export.file))\n",
        fault="",
        tests=(f"{_TESTS}test_events_and_repeats_of_a_project_are_those_of_its_xml",),
    ),
    Fault(
        name="the status of a form is a field",
        file=_ODM,
        right='before = {f"{form}_complete" for form in forms.values()}',
        fault="before: set[str] = set()",
        tests=(f"{_TESTS}test_what_the_xml_says",),
    ),
)
