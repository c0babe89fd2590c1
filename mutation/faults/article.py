"""Faults of: the plain-language summary, its languages and its pictures."""

from __future__ import annotations

from mutation.fault import Fault

_ARTICLE = "src/exvivo/tell/article"
_CERTAINTY = f"{_ARTICLE}/certainty.py"
_FOLDS = f"{_ARTICLE}/folds.py"
_SIZES = f"{_ARTICLE}/sizes.py"
_PICTURES = f"{_ARTICLE}/pictures"
_LANGUAGE = "src/exvivo/tell/language/one_language.py"
_OF_ARTICLE = "tell/test_article.py"
_OF_FOLDS = ("tell/test_article_folds.py",)
_OF_PICTURES = "tell/test_summary_pictures.py"
_OF_LANGUAGES = "tell/test_languages.py"
_NO_DIRECTION = (f"{_OF_ARTICLE}::test_what_is_not_supported_has_no_direction",)
_CONTRAST = (f"{_OF_ARTICLE}::test_a_contrast_is_larger_only_where_its_own_difference_is",)

ARTICLE = (
    Fault(
        name="not resolved told as much the same",
        file=_CERTAINTY,
        right='            return "cannot_tell"',
        fault='            return "same"',
        tests=_NO_DIRECTION,
    ),
    Fault(
        name="an interval without the null told as a finding",
        file=_CERTAINTY,
        right='            return "cannot_tell"',
        fault='            return _supported(finding) if finding.excludes_null else "cannot_tell"',
        tests=_NO_DIRECTION,
    ),
    Fault(
        name="higher is lower in the table of certainty",
        file=_CERTAINTY,
        right='return "higher" if points_up(finding) else "lower"',
        fault='return "lower" if points_up(finding) else "higher"',
        tests=_CONTRAST,
    ),
    Fault(
        name="every contrast told as the larger difference",
        file=_CERTAINTY,
        right='if finding.ask == "specificity" and finding.larger:',
        fault='if finding.ask == "specificity":',
        tests=_CONTRAST,
    ),
    Fault(
        name="the lower end of a factor rounded inward",
        file=_FOLDS,
        right="return max(step for step in _STEPS if step <= factor * (1 + _ROOM))",
        fault="return min(step for step in _STEPS if step >= factor * (1 - _ROOM))",
        tests=_OF_FOLDS,
    ),
    Fault(
        name="the upper end of a factor rounded inward",
        file=_FOLDS,
        right="return min(step for step in _STEPS if step >= factor * (1 - _ROOM))",
        fault="return max(step for step in _STEPS if step <= factor * (1 + _ROOM))",
        tests=_OF_FOLDS,
    ),
    Fault(
        name="a factor beside equality told as equality",
        file=_FOLDS,
        right="return 1 + math.copysign(_SLIGHT / 2, percent)",
        fault="return 1.0",
        tests=_OF_FOLDS,
    ),
    Fault(
        name="points below nothing rounded inward",
        file=_FOLDS,
        right="rounded(size, _SWAPPED[toward] if value < 0 else toward, digits)",
        fault="rounded(size, toward, digits)",
        tests=_OF_FOLDS,
    ),
    Fault(
        name="a pair beside even told as even",
        file=_SIZES,
        right="if (told - 50) * (value - 0.5) > 0 or value == 0.5:",
        fault="if told or value == 0.5:",
        tests=(f"{_OF_ARTICLE}::test_pairs_beside_even_are_not_told_as_even",),
    ),
    Fault(
        name="the numbers of people of two groups swapped",
        file=f"{_ARTICLE}/people.py",
        right="Count(group, people.sizes[group]) for group in people.groups]",
        fault="Count(group, people.sizes[other]) for group, other in "
        "zip(people.groups, people.groups[::-1])]",
        tests=(f"{_OF_ARTICLE}::test_each_group_has_its_own_people",),
    ),
    Fault(
        name="a range of people told from their number on",
        file=f"{_ARTICLE}/telling.py",
        right='return getattr(count.n, "low", int(count.n)),',
        fault="return int(count.n),",
        tests=(f"{_OF_ARTICLE}::test_people_who_are_few_in_what_they_lack_are_told_as_a_range",),
    ),
    Fault(
        name="a claim with a caution told without it",
        file=f"{_ARTICLE}/found.py",
        right="not any(map(self._is_tempered, alike.findings)):",
        fault="True:",
        tests=(f"{_OF_ARTICLE}::test_a_claim_that_is_worth_less_than_its_numbers_asks_for_care",),
    ),
    Fault(
        name="a difference where none was expected told as any other",
        file=f"{_ARTICLE}/key.py",
        right='return control and alike.certainty in ("higher", "lower")',
        fault="return False",
        tests=(f"{_OF_ARTICLE}::test_a_difference_where_none_was_expected_is_a_key_message",),
    ),
    Fault(
        name="answers that may not be told passed over in silence",
        file=f"{_ARTICLE}/hidden.py",
        right="        if self.people:",
        fault="        if False:",
        tests=(f"{_OF_ARTICLE}::test_what_may_not_be_told_is_counted",),
    ),
    Fault(
        name="simulated data without a word in the title",
        file=f"{_ARTICLE}/key.py",
        right='return context.language.tell("Simulated data: {title}", title=told)',
        fault="return told",
        tests=(f"{_OF_ARTICLE}::test_simulated_data_are_told_so_in_the_title",),
    ),
    Fault(
        name="people drawn as dots in what is handed to the public",
        file=f"{_PICTURES}/pictured.py",
        right='people = public.study.summary.pictures == "people" and not handed_on',
        fault='people = public.study.summary.pictures == "people"',
        tests=(
            f"{_OF_PICTURES}::test_people_are_dots_only_where_they_agreed_and_never_in_the_public",
        ),
    ),
    Fault(
        name="people drawn as dots who did not agree",
        file=f"{_PICTURES}/pictured.py",
        right='people = public.study.summary.pictures == "people" and not handed_on',
        fault="people = not handed_on",
        tests=(
            f"{_OF_PICTURES}::test_people_are_dots_only_where_they_agreed_and_never_in_the_public",
        ),
    ),
    Fault(
        name="bars drawn where nothing can be told",
        file=f"{_PICTURES}/answers.py",
        right='    if certainty != "cannot_tell":',
        fault="    if True:",
        tests=(f"{_OF_PICTURES}::test_what_cannot_be_told_has_a_question_mark_and_no_bars",),
    ),
    Fault(
        name="bars that say the contrary of their answer",
        file=f"{_PICTURES}/bars.py",
        right='if (certainty == "higher" and over <= 0) or (certainty == "lower" and over >= 0):',
        fault='if certainty == "higher" and over <= 0:',
        tests=(f"{_OF_PICTURES}::test_bars_never_say_the_contrary_of_their_answer",),
    ),
    Fault(
        name="a summary written of hidden groups",
        file="src/exvivo/tell/report.py",
        right="    if study.blinded:\n        return",
        fault="    if False:\n        return",
        tests=("tell/test_summary_files.py::test_a_blinded_run_writes_none",),
    ),
    Fault(
        name="every language told in English",
        file=_LANGUAGE,
        right="    if code == ENGLISH:",
        fault="    if code:",
        tests=(f"{_OF_LANGUAGES}::test_each_language_tells_its_own_words",),
    ),
    Fault(
        name="what a study states in English taken for any language",
        file=_LANGUAGE,
        right='return texts.get(self.code, "").strip()',
        fault='return texts.get(self.code, texts.get("en", "")).strip()',
        tests=(f"{_OF_LANGUAGES}::test_each_language_tells_its_own_words",),
    ),
    Fault(
        name="a translation that nobody reviewed told as reviewed",
        file=f"{_ARTICLE}/article.py",
        right="    if not language.is_english and not language.reviewer:",
        fault="    if False:",
        tests=(f"{_OF_LANGUAGES}::test_a_translation_that_nobody_reviewed_says_so",),
    ),
    Fault(
        name="gaps of translations not looked at",
        file="scripts/catalog_faults.py",
        right="        yield from _gap_mistakes(message, gaps(text), form, catalog)",
        fault="        gaps(text)",
        tests=(f"{_OF_LANGUAGES}::test_a_broken_translation_is_named",),
    ),
    Fault(
        name="catalogs that are behind the code taken for current",
        file="scripts/languages.py",
        right="            if not path.exists() or path.read_bytes() != raw",
        fault="            if not path.exists()",
        tests=(f"{_OF_LANGUAGES}::test_a_catalog_that_differs_by_a_byte_is_stale",),
    ),
    Fault(
        name="translations of another English text compiled",
        file="scripts/catalog_faults.py",
        right="        elif message.fuzzy:",
        fault="        elif False:",
        tests=(f"{_OF_LANGUAGES}::test_a_changed_translation_is_a_fault",),
    ),
    Fault(
        name="boxes drawn for letters without a font",
        file="src/exvivo/tell/drawing/letters.py",
        right="return _picture(letter) != _picture(_NO_LETTER)",
        fault="return True",
        tests=("tell/test_letters.py::test_a_letter_drawn_as_that_box_has_no_font",),
    ),
    Fault(
        name="plain words for what no study names",
        file="src/exvivo/study/summary_checks.py",
        right='            yield from at.undeclared("id", (word.id,), known, "term")',
        fault="            yield from ()",
        tests=("study/test_summary.py::test_a_mistake_has_its_line_and_its_cure",),
    ),
    Fault(
        name="a language that no page has taken for one",
        file="src/exvivo/study/summary_records.py",
        right='LanguageCode = Literal["en", "de", "fr", "es", "ja"]',
        fault='LanguageCode = Literal["en", "de", "fr", "es", "ja", "jp"]',
        tests=("study/test_summary.py::test_a_mistake_has_its_line_and_its_cure",),
    ),
    Fault(
        name="words of hidden groups told",
        file="src/exvivo/study/summary_coverage.py",
        right='if not (hidden_groups and t.kind == "group"))',
        fault="if t)",
        tests=("study/test_summary.py::test_of_hidden_groups_nothing_is_said",),
    ),
)
