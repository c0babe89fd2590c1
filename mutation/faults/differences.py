"""Faults of: differences."""

from __future__ import annotations

from mutation.fault import Fault

_DESIGN = "src/exvivo/compare/design.py"
_SIDES = "src/exvivo/compare/sides.py"
_OF_DONORS = "src/exvivo/compare/asks/difference_of_donors.py"
_OF_WELLS = "src/exvivo/compare/asks/difference_of_wells.py"
_REGRESSION = "src/exvivo/compare/methods/regression.py"
_CONTRAST = "src/exvivo/compare/asks/contrast.py"

DIFFERENCES = (
    Fault(
        name="sign of the groups swapped (donors)",
        file=_OF_DONORS,
        right="sides = Sides.of_group(donors, groups[0])",
        fault="sides = Sides.of_group(donors, groups[1])",
        tests=("compare/asks/test_difference.py",),
    ),
    Fault(
        name="sign of the groups swapped (wells)",
        file=_OF_WELLS,
        right='(wells["group"] == first)',
        fault='(wells["group"] != first)',
        tests=("compare/asks/test_difference_of_wells.py",),
    ),
    Fault(
        name="plate effect ignored in the mixed model",
        file=_OF_WELLS,
        right='_RANDOM = ("batch", "plate")',
        fault='_RANDOM = ("batch",)',
        tests=(
            "compare/asks/test_difference_of_wells.py::test_what_a_batch_or_plate_does_to_its_wells_is_no_spread_of_donors",
        ),
    ),
    Fault(
        name="batch effect ignored in the mixed model",
        file=_OF_WELLS,
        right='_RANDOM = ("batch", "plate")',
        fault='_RANDOM = ("plate",)',
        tests=(
            "compare/asks/test_difference_of_wells.py::test_what_a_batch_or_plate_does_to_its_wells_is_no_spread_of_donors",
        ),
    ),
    Fault(
        name="shared errors ignored in the mixed model",
        file=_OF_WELLS,
        right="variance, _shared(wells))",
        fault="variance, None)",
        tests=(
            "compare/asks/test_difference_of_wells.py::test_an_error_that_one_group_shares_widens_the_interval_and_a_common_one_does_not",
        ),
    ),
    Fault(
        name="variance that donors share ignored",
        file=_SIDES,
        right="return shared_added(self.weights, loading_matrix(self.donors.shared, keys))",
        fault="return 0.0",
        tests=("compare/asks/test_difference.py",),
    ),
    Fault(
        name="groups confounded with plates answered",
        file=_DESIGN,
        right="if not separates(asked, design.columns):",
        fault="if True:",
        tests=(
            "compare/test_design.py",
            "compare/asks/test_difference.py",
        ),
    ),
    Fault(
        name="terms of the design named and not held",
        file=_DESIGN,
        right="return Held(columns, names, _strata(terms, donors))",
        fault="return Held(columns[:, :0], names, _strata(terms, donors))",
        tests=("compare/test_design.py",),
    ),
    Fault(
        name="equivalence tested at half the level",
        file="src/exvivo/compare/methods/tost.py",
        right="half_width = stdtrit(df, 1 - alpha) * error",
        fault="half_width = stdtrit(df, 1 - alpha / 2) * error",
        tests=("compare/methods/test_correlations.py",),
    ),
    Fault(
        name="equivalence by the smaller of its two p values",
        file="src/exvivo/compare/methods/tost.py",
        right="p=np.maximum(above, below)",
        fault="p=np.minimum(above, below)",
        tests=("compare/methods/test_correlations.py",),
    ),
    Fault(
        name="Kenward and Roger's degrees of freedom halved",
        file="src/exvivo/compare/mixed/kenward_roger.py",
        right="df = 2 * _quadratic",
        fault="df = _quadratic",
        tests=(
            "compare/mixed/test_mixed.py::test_errors_and_degrees_of_freedom_are_those_of_the_papers",
        ),
    ),
    Fault(
        name="Kenward and Roger's standard error not adjusted",
        file="src/exvivo/compare/mixed/kenward_roger.py",
        right="fixed.adjusted if kenward_roger else fixed.covariance",
        fault="fixed.covariance",
        tests=(
            "compare/mixed/test_mixed.py::test_errors_and_degrees_of_freedom_are_those_of_the_papers",
        ),
    ),
    Fault(
        name="undetected wells of the joint model drawn without their bounds",
        file="src/exvivo/compare/joint/gibbs.py",
        right="truncated_normal(low, high, rng)",
        fault="rng.standard_normal(len(well))",
        tests=(
            "compare/joint/test_joint_sampler.py"
            "::test_every_drawn_well_lies_within_its_bounds_and_every_score_is_kept",
        ),
    ),
    Fault(
        name="bounds of results with the other sign not swapped",
        file=_CONTRAST,
        right="lower, upper = ends if weight > 0 else reversed(ends)",
        fault="lower, upper = ends",
        tests=("compare/asks/test_contrast.py",),
    ),
    Fault(
        name="bounds of results with their own sign swapped",
        file=_CONTRAST,
        right="lower, upper = ends if weight > 0 else reversed(ends)",
        fault="lower, upper = reversed(ends)",
        tests=("compare/asks/test_contrast.py",),
    ),
    Fault(
        name="interval of a likelihood with its sides swapped",
        file="src/exvivo/compare/methods/well_likelihood.py",
        right="(a.below, a.df), (b.above, b.df)",
        fault="(a.below, a.df), (b.below, b.df)",
        tests=(
            "compare/methods/test_well_likelihood.py::test_shifting_or_swapping_everything_shifts_or_swaps_the_answer",
        ),
    ),
    Fault(
        name="robustness value of another formula",
        file=_REGRESSION,
        right="f**4 + 4 * f**2",
        fault="f**4 + f**2",
        tests=(
            "compare/asks/test_treatment.py::test_a_confounder_of_the_robustness_value_takes_the_estimate_to_nothing",
        ),
    ),
    Fault(
        name="robustness value of the interval with other degrees of freedom",
        file=_REGRESSION,
        right="/ (fit.df - 1) ** 0.5",
        fault="/ fit.df**0.5",
        tests=(
            "compare/asks/test_treatment.py::test_a_confounder_of_the_robustness_value_takes_the_estimate_to_nothing",
        ),
    ),
)
