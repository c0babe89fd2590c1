"""Faults of: reading a REDCap project."""

from __future__ import annotations

from mutation.fault import Fault

_HERE = "src/exvivo/read/redcap/"
_PROJECT = "read/redcap/test_project.py::"
_EXPORTS = "read/redcap/test_exports.py::"
_KINDS = (f"{_PROJECT}test_a_mistake_of_each_kind_is_one_message",)
_OPENED = (f"{_PROJECT}test_whether_a_form_was_opened_is_told_by_its_other_fields_and_status",)
_ASKED = (f"{_PROJECT}test_a_form_of_boxes_only_is_asked_about",)
_IDS = (f"{_PROJECT}test_ids_that_lost_zeros",)

CLINIC_PROJECT = (
    Fault(
        name="the boxes of a form never opened are 0",
        file=f"{_HERE}answers.py",
        right="        blank if blank is UNOPENED else _BOX.get(text, blank)",
        fault="        _BOX.get(text, blank)",
        tests=(f"{_PROJECT}test_a_form_never_opened_has_no_box_that_is_0",),
    ),
    Fault(
        name="a missing-data code that is ticked leaves the boxes blank",
        file=f"{_HERE}answers.py",
        right="                cells[row] = cell\n",
        fault="                pass\n",
        tests=(f"{_PROJECT}test_a_form_never_opened_has_no_box_that_is_0",),
    ),
    Fault(
        name="a status tells nothing of a form",
        file=f"{_HERE}forms.py",
        right='text in ("1", "2") for text in data.export.of(f"{form}_complete")',
        fault='False for text in data.export.of(f"{form}_complete")',
        tests=_OPENED,
    ),
    Fault(
        name="the other fields tell nothing of a form",
        file=f"{_HERE}forms.py",
        right='        yield [text != "" for text in texts[field.name]]',
        fault="        yield [False for text in texts[field.name]]",
        tests=_OPENED,
    ),
    Fault(
        name="a survey that was not completed was opened",
        file=f"{_HERE}forms.py",
        right="{text: moment_of(text) is not None for text in set(survey)}",
        fault='{text: text != "" for text in set(survey)}',
        tests=(f"{_PROJECT}test_a_survey_that_was_completed_was_opened",),
    ),
    Fault(
        name="a form of boxes only is taken as never opened",
        file=f"{_HERE}reading.py",
        right="        if doubtful and asked.uses(boxes):",
        fault="        if False:",
        tests=_ASKED,
    ),
    Fault(
        name="a gray form of boxes only is asked about",
        file=f"{_HERE}forms.py",
        right='        is_gray = status is not None and status[at] == ""',
        fault="        is_gray = False",
        tests=_ASKED,
    ),
    Fault(
        name="a field that a box hides tells whether its form was opened",
        file=f"{_HERE}forms.py",
        right="    if not boxes or any(field.name not in shown for field in others):",
        fault="    if not boxes or others:",
        tests=(f"{_PROJECT}test_fields_that_a_box_hides_do_not_tell_whether_its_form_was_opened",),
    ),
    Fault(
        name="a choice of its own is a missing-data code",
        file=f"{_HERE}checked.py",
        right="own.get(code, label) == label",
        fault="True",
        tests=(f"{_PROJECT}test_a_code_that_is_a_choice_of_its_own_is_an_answer",),
    ),
    Fault(
        name="what follows from a mistake is said, too",
        file=f"{_HERE}branching.py",
        right="        unknown |= {at for at, name in self.slips.unsure if name == column}",
        fault="        pass",
        tests=_KINDS,
    ),
    Fault(
        name="the second of two rows is always the wrong one",
        file=f"{_HERE}rows.py",
        right="if fits == [False, True]",
        fault="if False",
        tests=(f"{_PROJECT}test_of_two_rows_the_one_out_of_order_is_wrong",),
    ),
    Fault(
        name="an answer in a hidden field is read",
        file=f"{_HERE}branching.py",
        right="            if visible[at] is False and at not in slips.unplaced:",
        fault="            if False:",
        tests=_KINDS,
    ),
    Fault(
        name="calculated fields are trusted",
        file=f"{_HERE}branching.py",
        right="result.agrees(stored) is False",
        fault="False",
        tests=_KINDS,
    ),
    Fault(
        name="a decimal point passes in a comma field",
        file=f"{_HERE}values.py",
        right="own, other = (_COMMA, _POINT) if comma else (_POINT, _COMMA)",
        fault="own, other = (_POINT, _COMMA)",
        tests=(f"{_PROJECT}test_the_clean_project_gives_no_message",),
    ),
    Fault(
        name="the limits of a field are not asked for",
        file=f"{_HERE}values.py",
        right="        if not limits.hold(number):",
        fault="        if False:",
        tests=_KINDS,
    ),
    Fault(
        name="a label fits at its first place",
        file=f"{_HERE}headings.py",
        right="        if early != late:",
        fault="        if False:",
        tests=(f"{_PROJECT}test_labels_whose_position_does_not_fit_are_refused",),
    ),
    Fault(
        name="a label of two codes is the last of them",
        file=f"{_HERE}labels.py",
        right="codes[label] = _DOUBTFUL if label in codes else code",
        fault="codes[label] = code",
        tests=(f"{_PROJECT}test_a_label_of_two_codes_is_refused",),
    ),
    Fault(
        name="ids cut to unlike lengths pass",
        file=f"{_HERE}ids.py",
        right="        elif len(each) < length:",
        fault="        elif False:",
        tests=_IDS,
    ),
    Fault(
        name="ids without the zeros of the links table pass",
        file=f"{_HERE}ids.py",
        right="        if whole := with_zeros.get(each):",
        fault='        if whole := "":',
        tests=_IDS,
    ),
    Fault(
        name="a tie is settled by the order of rows",
        file=f"{_HERE}counted.py",
        right="    if len(near) > 1 and place.form in counting.used:",
        fault="    if False:",
        tests=(f"{_PROJECT}test_a_tie_is_asked_about",),
    ),
    Fault(
        name="the first row of a form that repeats counts, undeclared",
        file=f"{_HERE}counted.py",
        right="    if place.form in counting.used and repeats not in counting.asked:",
        fault="    if False:",
        tests=(f"{_PROJECT}test_a_form_that_repeats_is_asked_about_where_it_is_used",),
    ),
    Fault(
        name="an id that is marked Identifier is shown",
        file=f"{_HERE}reading.py",
        right="named = coded if own.is_identifier else",
        fault="named = coded if False else",
        tests=(f"{_PROJECT}test_a_record_id_that_identifies_is_coded",),
    ),
    Fault(
        name="a day of birth is a column of a project",
        file=f"{_HERE}reading.py",
        right="    if field.name == redcap.born:",
        fault="    if False:",
        tests=(f"{_PROJECT}test_a_day_of_birth_is_kept_as_an_age_only",),
    ),
    Fault(
        name="the value of an Identifier stands in a message",
        file=f"{_HERE}values.py",
        right='    return "a value" if field.is_identifier else',
        fault='    return "a value" if False else',
        tests=(f"{_PROJECT}test_no_identifier_enters_a_project_or_a_message",),
    ),
    Fault(
        name="one day before birth blames the day of birth",
        file=f"{_HERE}people.py",
        right="        if len(cells) == 1:",
        fault="        if False:",
        tests=_KINDS,
    ),
    Fault(
        name="several days before birth are each wrong",
        file=f"{_HERE}people.py",
        right="            slips.of_cell(births[record][1], born, found, expected, _CORRECT)",
        fault="            slips.of_cell(cells[0][0], cells[0][1], found, expected, _CORRECT)",
        tests=_KINDS,
    ),
    Fault(
        name="a box emptied beside others is missing silently",
        file=f"{_HERE}checked.py",
        right="    for row in sorted((blank & filled) - set(coded)):",
        fault="    for row in ():",
        tests=_KINDS,
    ),
    Fault(
        name="lines that begin with # are passed over",
        file=f"{_HERE}table.py",
        right="    lines = lines_of(plain_text(content.raw, content.name))",
        fault='    lines = ["" if line.startswith("#") else line\n'
        "             for line in lines_of(plain_text(content.raw, content.name))]",
        tests=(f"{_PROJECT}test_a_cell_may_hold_line_breaks_and_separators",),
    ),
    Fault(
        name="a control who was never asked has a missing answer",
        file=f"{_HERE}project.py",
        right='        return Cell("not applicable" if hidden else "unopened")',
        fault='        return Cell("unopened")',
        tests=(f"{_EXPORTS}test_a_control_whose_form_was_never_opened_was_not_asked",),
    ),
)
