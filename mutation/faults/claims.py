"""Faults of: the check of texts that people write."""

from __future__ import annotations

from mutation.fault import Fault

_CLAIMS = "src/exvivo/claims"
_RULES = "claims/test_rules.py"
_EVERY_RULE = (f"{_RULES}::test_every_kind_and_rule_has_a_sentence_that_it_finds",)
_NEGATED = (f"{_RULES}::test_one_more_negation_turns_it",)

CLAIMS = (
    Fault(
        name="a negation before a cause not read",
        file=f"{_CLAIMS}/lexical.py",
        right="    return (clause.negations(mark) + after) % 2 == 0",
        fault="    return True",
        tests=_NEGATED,
    ),
    Fault(
        name="a finding that nobody asked for passed",
        file=f"{_CLAIMS}/lexical.py",
        right='and not clause.has("blocked", "hedge")',
        fault="and False",
        tests=_EVERY_RULE,
    ),
    Fault(
        name="numbers that are a half away taken as equal",
        file=f"{_CLAIMS}/numbers.py",
        right="    return abs(stated - expected) <= slack",
        fault="    return abs(stated - expected) <= slack + 0.5",
        tests=(f"{_RULES}::test_rounding",),
    ),
    Fault(
        name="more than taken for less than",
        file=f"{_CLAIMS}/numbers.py",
        right="        return expected >= stated - slack",
        fault="        return expected <= stated + slack",
        tests=(f"{_RULES}::test_rounding",),
    ),
    Fault(
        name="no difference passed where nothing is resolved",
        file=f"{_CLAIMS}/judge.py",
        right='return "" if answer.verdict == "equivalent" else rule',
        fault='return "" if answer.verdict in ("equivalent", "not resolved") else rule',
        tests=_EVERY_RULE,
    ),
    Fault(
        name="a difference passed where nothing is resolved",
        file=f"{_CLAIMS}/judge.py",
        right='return "" if answer.verdict == "supported" else "direction_not_given"',
        fault='return "direction_not_given" if answer.verdict == "equivalent" else ""',
        tests=(f"{_RULES}::test_a_denied_sameness_is_a_difference",),
    ),
    Fault(
        name="the groups of a difference taken the other way round",
        file=f"{_CLAIMS}/judge.py",
        right="sign *= 1 if subject == first_group(answer, study) else -1",
        fault="sign *= -1 if subject == first_group(answer, study) else 1",
        tests=(f"{_RULES}::test_a_verdict_that_turns_turns_the_judgement",),
    ),
    Fault(
        name="every number of people allowed",
        file=f"{_CLAIMS}/figures.py",
        right="        if allowed and people.n not in allowed:",
        fault="        if False:",
        tests=_EVERY_RULE,
    ),
    Fault(
        name="a place told one line too early",
        file=f"{_CLAIMS}/document.py",
        right="place = Place(bisect_right(lines, first), first, last)",
        fault="place = Place(bisect_right(lines, first) - 1, first, last)",
        tests=(f"{_RULES}::test_a_place_is_where_the_sentence_stands",),
    ),
    Fault(
        name="a pronoun that means nothing",
        file=f"{_CLAIMS}/check.py",
        right="        before = inherited if elliptic else ()",
        fault="        before = ()",
        tests=(f"{_RULES}::test_a_pronoun_takes_the_sentence_before",),
    ),
    Fault(
        name="any language taken for English",
        file=f"{_CLAIMS}/language.py",
        right='return not foreign_paragraphs(re.split(r"\\n\\s*\\n", text))',
        fault="return True",
        tests=(f"{_RULES}::test_other_languages_are_seen",),
    ),
    Fault(
        name="a text in another language called clean",
        file="src/exvivo/claimed.py",
        right="    if not is_english(text):",
        fault="    if False:",
        tests=("test_claimed.py::test_another_language_is_refused_and_never_called_clean",),
    ),
    Fault(
        name="a stronger sentence without an exit code",
        file="src/exvivo/cli/claims.py",
        right="    if claimed.is_stronger:",
        fault="    if False:",
        tests=("test_claimed.py::test_a_borne_out_text_exits_with_0_and_a_stronger_one_with_1",),
    ),
    Fault(
        name="a page written over something else",
        file="src/exvivo/cli/claims.py",
        right="or (page.exists() and not _is_ours(page, PAGE_MARK)):",
        fault="or False:",
        tests=("test_claimed.py::test_the_page_is_never_written_over_something_else",),
    ),
    Fault(
        name="the markup of a text printed as markup",
        file="src/exvivo/tell/page.py",
        right="        autoescape=True,",
        fault="        autoescape=False,",
        tests=("tell/test_claims_shown.py::test_the_page_stands_alone_and_shows_both_sides",),
    ),
    Fault(
        name="a judgement shown with the answers of none of its spins",
        file="src/exvivo/tell/claims/shown.py",
        right="against=(_words_of(spin.against, findings),) if spin.against else (),",
        fault="against=(),",
        tests=("tell/test_claims_shown.py::test_json_has_every_place_and_every_side",),
    ),
)
