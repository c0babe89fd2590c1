"""Faults of: scores of the people, and what their answers betray."""

from __future__ import annotations

from mutation.fault import Fault

_SUMS = "src/exvivo/quantify/scores/sums.py"
_SCORED = ("quantify/scores/test_score_forms.py", "quantify/scores/test_scored_people.py")
_ANSWERS = ("reconcile/test_questionnaires.py",)

CLINIC_SCORES = (
    Fault(
        name="a gap is filled where the rule asks for every item",
        file=_SUMS,
        right="    need = n if score.at_least is None else max(score.at_least, 1)",
        fault="    need = 1 if score.at_least is None else max(score.at_least, 1)",
        tests=_SCORED,
    ),
    Fault(
        name="one item fewer than the rule asks for is enough",
        file=_SUMS,
        right="    made = np.where(answered >= need, prorated, np.nan)",
        fault="    made = np.where(answered >= need - 1, prorated, np.nan)",
        tests=_SCORED,
    ),
    Fault(
        name="bounds as if every gap were at its least",
        file=_SUMS,
        right="    highest = points.high[rows].sum(axis=0) * score.times / divide",
        fault="    highest = points.low[rows].sum(axis=0) * score.times / divide",
        tests=_SCORED,
    ),
    Fault(
        name="criteria with a gap that decides them are not met",
        file="src/exvivo/quantify/scores/criteria.py",
        right="    made = np.where(lowest == highest, lowest, np.nan)",
        fault="    made = lowest",
        tests=_SCORED,
    ),
    Fault(
        name="a form that did not ask is missing",
        file="src/exvivo/quantify/scores/people.py",
        right='    words: list[str] = np.where(unasked, "not applicable", states).tolist()',
        fault='    words: list[str] = np.where(unasked, "missing", states).tolist()',
        tests=_SCORED,
    ),
    Fault(
        name="reverse items that nobody reversed pass",
        file="src/exvivo/reconcile/reverse_items.py",
        right="        if fit is not None and fit.evidence < 0:",
        fault="        if fit is not None and fit.evidence > 0:",
        tests=_ANSWERS,
    ),
    Fault(
        name="a pile of 99 passes",
        file="src/exvivo/reconcile/codes_in_range.py",
        right="    return pile.count >= _FEWEST and chance <= _CHANCE",
        fault="    return False",
        tests=_ANSWERS,
    ),
    Fault(
        name="half an answer to an item is one",
        file="src/exvivo/study/answers_possible.py",
        right='    if item.kind == "choice":\n        wrong |= answer != answer.round()\n',
        fault="",
        tests=("read/tables/test_read_clinic.py", *_ANSWERS),
    ),
    Fault(
        name="a coding that nobody declared is the first",
        file="src/exvivo/study/questionnaires.py",
        right="    if not questionnaire.coding and len(known) > 1:",
        fault="    if not questionnaire.coding and len(known) > 9:",
        tests=("study/test_declared_questionnaires.py",),
    ),
    Fault(
        name="what a person was never asked is missing in the first table",
        file="src/exvivo/tell/cohort/rows.py",
        right="    return replace(known, missing=known.missing - beyond, not_applicable=beyond)",
        fault="    return known",
        tests=("read/redcap/test_redcap_tables.py",),
    ),
    Fault(
        name="a form that asks others and was never opened is missing",
        file="src/exvivo/read/redcap/tables/answers.py",
        right="for row in rows or (line,)]",
        fault="for row in rows]",
        tests=("read/redcap/test_redcap_tables.py",),
    ),
    Fault(
        name="criteria that are met are averaged",
        file="src/exvivo/tell/cohort/scores.py",
        right="    if is_criterion(scale, study):",
        fault="    if False:",
        tests=("tell/test_cohort.py",),
    ),
)
