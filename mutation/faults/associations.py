"""Faults of: associations."""

from __future__ import annotations

from mutation.fault import Fault

_CORRELATION = "src/exvivo/compare/methods/correlation.py"
_PERMUTATION = "src/exvivo/compare/methods/permutation.py"
_ASSOCIATION = "src/exvivo/compare/asks/association.py"

ASSOCIATIONS = (
    Fault(
        name="Fisher's z with another degree of freedom",
        file=_CORRELATION,
        right="/ (df - 1)) ** 0.5",
        fault="/ df) ** 0.5",
        tests=("compare/asks/test_association.py",),
    ),
    Fault(
        name="Spearman's interval without Bonett and Wright's factor",
        file=_CORRELATION,
        right="1 + r * r / 2 if",
        fault="1.0 if",
        tests=("compare/asks/test_association.py",),
    ),
    Fault(
        name="pooled correlation as the answer",
        file=_ASSOCIATION,
        right="donors = pairs.of(group)",
        fault="donors = pairs",
        tests=("compare/asks/test_association.py",),
    ),
    Fault(
        name="groups not taken out of the adjusted correlation",
        file=_ASSOCIATION,
        right="return np.asarray(numbers - means @ marks.T)",
        fault="return np.asarray(numbers)",
        tests=("compare/asks/test_association.py",),
    ),
    Fault(
        name="direction of a scale turned round",
        file=_ASSOCIATION,
        right="1 if question.symptoms == scale.higher_is else -1",
        fault="-1 if question.symptoms == scale.higher_is else 1",
        tests=(
            "compare/test_answers.py::test_a_direction_opposite_to_the_one_expected_is_pointed_out",
        ),
    ),
    Fault(
        name="undetected counted as its limit in Kendall's tau",
        file="src/exvivo/compare/methods/kendall.py",
        right="settled(low[:, None], high[:, None], low, high)",
        fault="settled(high[:, None], high[:, None], high, high)",
        tests=(
            "compare/methods/test_correlations.py::test_kendall_ties_the_pairs_that_bounds_leave_open",
        ),
    ),
    Fault(
        name="detected at the limit ties with undetected below it",
        file="src/exvivo/compare/methods/ranks.py",
        right="low_a > low_b, low_a >= high_b",
        fault="low_a > low_b, low_a > high_b",
        tests=("compare/methods/test_ranks.py",),
    ),
    Fault(
        name="permutation p of groups without the observed one",
        file=_PERMUTATION,
        right="return (extreme + 1) / (self.number + 1)",
        fault="return extreme / self.number",
        tests=(
            "compare/methods/test_permutation.py::test_the_observed_arrangement_is_one_of_those_drawn",
        ),
    ),
    Fault(
        name="permutation p of a relation without the observed one",
        file=_PERMUTATION,
        right="float(x @ y), size) + 1) / (self.number + 1)",
        fault="float(x @ y), size)) / self.number",
        tests=(
            "compare/methods/test_permutation.py::test_the_observed_arrangement_is_one_of_those_drawn",
        ),
    ),
)
