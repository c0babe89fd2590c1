"""Faults of a plan: what is assumed, drawn, answered, laid out, frozen and hidden."""

from __future__ import annotations

from mutation.fault import Fault

PLANNING = (
    Fault(
        name="people whom nobody can be are drawn",
        file="src/exvivo/simulate/population/correlations.py",
        right="    if _least(whole) < -_LEAST:",
        fault="    if False:",
        tests=("simulate/test_population.py::test_correlations_that_no_people_can_have",),
    ),
    Fault(
        name="an antagonist loses the difference of the stimulus alone",
        file="src/exvivo/simulate/population/effects.py",
        right="return (*effects, *_of_blocked(study, effects))",
        fault="return tuple(effects)",
        tests=("simulate/test_asked.py::test_a_blocker_multiplies_what_the_stimulus_gives_alone",),
    ),
    Fault(
        name="a medication that moves results is no part of the truth",
        file="src/exvivo/simulate/population/truths.py",
        right="return float((model.means[row] + taken) @ weights)",
        fault="return float(model.means[row] @ weights)",
        tests=("simulate/test_asked.py::test_a_fold_leaves_what_nobody_asked_about",),
    ),
    Fault(
        name="a negative control is expected to differ",
        file="src/exvivo/simulate/population/effects.py",
        right='    if getattr(question, "negative_control", False):\n        return\n',
        fault="",
        tests=("simulate/test_asked.py::test_of_a_negative_control_nothing_is_expected",),
    ),
    Fault(
        name="many studies are not corrected over their family",
        file="src/exvivo/compare/many/families.py",
        right="        adjusted = holm_of(p)\n",
        fault="        adjusted = p.copy()\n",
        tests=("compare/many/test_many.py::test_without_permutations_holm_corrects",),
    ),
    Fault(
        name="parts of other assumptions are taken for these",
        file="src/exvivo/plan/parts/key.py",
        right="parts = [_hash(each, seen) for each in (made_by(), name, seed, work)]",
        fault="parts = [_hash(each, seen) for each in (made_by(), name, seed)]",
        tests=("plan/test_part_keys.py::test_any_other_value_is_another_key",),
    ),
    Fault(
        name="the difference of the groups counts as the spread of donors",
        file="src/exvivo/plan/next/spread.py",
        right="    variance = (squares - added) / df\n",
        fault="    variance = squares / df\n",
        tests=("plan/test_next.py::test_the_spread_is_that_within_groups",),
    ),
    Fault(
        name="a study is registered from a lock that does not hold",
        file="src/exvivo/plan/register/__init__.py",
        right="    if mistakes := list(_not_locked(folder, standing_now)):",
        fault="    if mistakes := []:",
        tests=("plan/test_register.py::test_a_broken_lock_is_refused_with_what_broke_it",),
    ),
    Fault(
        name="a place of a plate that tells the group goes through",
        file="src/exvivo/plan/layout/confounding.py",
        right="            if is_told_by(at, levels):\n",
        fault="            if False:\n",
        tests=("plan/test_layout.py::test_what_is_told_by_a_place_is_seen",),
    ),
)
