"""Every named fault, room by room: one mistake each that a tired person could make.

Rules with two halves have a fault for each half, since a test of one says nothing of the other.
"""

from __future__ import annotations

from mutation.fault import Fault

_RESPONSES = "src/exvivo/compare/responses.py"
_VERDICTS = "src/exvivo/compare/judge/verdicts.py"
_EQUIVALENCE = "src/exvivo/compare/judge/equivalence.py"
_DESIGN = "src/exvivo/compare/design.py"
_SIDES = "src/exvivo/compare/sides.py"
_DIFFERENCE = "src/exvivo/compare/asks/difference.py"
_OF_DONORS = "src/exvivo/compare/asks/difference_of_donors.py"
_OF_WELLS = "src/exvivo/compare/asks/difference_of_wells.py"
_CORRELATION = "src/exvivo/compare/methods/correlation.py"
_PERMUTATION = "src/exvivo/compare/methods/permutation.py"
_REGRESSION = "src/exvivo/compare/methods/regression.py"
_MAXT = "src/exvivo/compare/judge/maxt.py"
_CONTRAST = "src/exvivo/compare/asks/contrast.py"
_ASSOCIATION = "src/exvivo/compare/asks/association.py"
_RELATIVE = "src/exvivo/quantify/qpcr/relative.py"
_READINGS = "src/exvivo/quantify/curve/readings.py"
_GUARDS = "src/exvivo/read/cells/guards.py"

RESPONSES = (
    Fault(
        name="sign of the sides of a response",
        file=_RESPONSES,
        right='pl.lit(-1.0).alias("side")',
        fault='pl.lit(1.0).alias("side")',
        tests=("compare/test_responses.py",),
    ),
    Fault(
        name="wells counted instead of cultures weighed",
        file=_RESPONSES,
        right='pl.len().over(culture)\n            / pl.col("culture").n_unique().over(place)',
        fault="pl.len().over(place)",
        tests=("compare/test_responses.py",),
    ),
    Fault(
        name="wells counted instead of plates weighed",
        file=_RESPONSES,
        right='/ pl.col("plate").n_unique().over(["row", "side"])',
        fault='/ pl.len().over(["row", "side"]) * pl.len().over(place)',
        tests=("compare/test_responses.py",),
    ),
    Fault(
        name="pairs across plates",
        file=_RESPONSES,
        right='pl.col("paired") | ~pl.col("paired").any().over(response)',
        fault="pl.lit(True)",
        tests=("compare/test_responses.py",),
    ),
    Fault(
        name="both sides undetected told as left-censored",
        file=_RESPONSES,
        right='.when(open_low & ~open_high)\n        .then(pl.lit("left"))',
        fault='.when(open_low)\n        .then(pl.lit("left"))',
        tests=("compare/test_responses.py",),
    ),
    Fault(
        name="undetected control wells bound the wrong end",
        file=_RESPONSES,
        right='pl.when(weight > 0).then("low").otherwise("high")',
        fault='pl.when(weight > 0).then("low").otherwise("low")',
        tests=("compare/test_responses.py",),
    ),
    Fault(
        name="shared errors of a response dropped",
        file=_RESPONSES,
        right='.filter(pl.col("loading").abs() > _ROUNDING)',
        fault=".filter(pl.lit(False))",
        tests=("compare/test_responses.py",),
    ),
)

VERDICTS = (
    Fault(
        name="Holm off by one",
        file="src/exvivo/compare/judge/holm.py",
        right="np.arange(len(values), 0, -1)",
        fault="np.arange(len(values) - 1, -1, -1)",
        tests=("compare/judge/test_verdicts.py",),
    ),
    Fault(
        name="Benjamini and Hochberg without the number of tests",
        file="src/exvivo/compare/judge/benjamini_hochberg.py",
        right="* len(values) / np.arange",
        fault="/ np.arange",
        tests=("compare/methods/test_correlations.py::test_false_discovery_is_scipys",),
    ),
    Fault(
        name="max T against each statistic alone",
        file=_MAXT,
        right="np.stack([ranked >= threshold, largest >= threshold])",
        fault="np.stack([ranked >= threshold, ranked >= threshold])",
        tests=("compare/judge/test_maxt.py::test_a_family_is_as_made_by_hand",),
    ),
    Fault(
        name="max T without the observed arrangement",
        file=_MAXT,
        right="(counts + 1) / (len(ranked) + 1)",
        fault="counts / len(ranked)",
        tests=("compare/judge/test_maxt.py::test_the_result_counts_as_one_of_the_draws",),
    ),
    Fault(
        name="supported without correction",
        file=_VERDICTS,
        right="answer.excludes_null and answer.p_adjusted <= study.plan.alpha",
        fault="answer.excludes_null",
        tests=(
            "compare/judge/test_verdicts.py::test_a_supported_answer_of_a_family_needs_the_corrected_p_value",
        ),
    ),
    Fault(
        name="supported without the interval",
        file=_VERDICTS,
        right="answer.excludes_null and answer.p_adjusted <= study.plan.alpha",
        fault="answer.p_adjusted <= study.plan.alpha",
        tests=(
            "compare/judge/test_verdicts.py::test_supported_needs_both_the_interval_and_the_p_value",
        ),
    ),
    Fault(
        name="equivalent with one end of the interval inside",
        file=_EQUIVALENCE,
        right="-margin < finding.lower and finding.upper < margin",
        fault="(-margin < finding.lower or finding.upper < margin)",
        tests=(
            "compare/judge/test_verdicts.py::test_equivalent_needs_both_ends_of_the_interval_inside_the_margin_of_a_fold",
        ),
    ),
    Fault(
        name="equivalent with the lower end outside",
        file=_EQUIVALENCE,
        right="-margin < finding.lower and",
        fault="",
        tests=(
            "compare/judge/test_verdicts.py::test_equivalent_needs_both_ends_of_the_interval_inside_the_margin_of_a_fold",
        ),
    ),
    Fault(
        name="equivalent with the upper end outside",
        file=_EQUIVALENCE,
        right="and finding.upper < margin",
        fault="",
        tests=(
            "compare/judge/test_verdicts.py::test_equivalent_needs_both_ends_of_the_interval_inside_the_margin_of_a_fold",
        ),
    ),
    Fault(
        name="donors rearranged in spite of shared errors",
        file=_DIFFERENCE,
        right="sides.bounded or _shares(sides, evidence.alpha)",
        fault="sides.bounded",
        tests=(
            "compare/judge/test_verdicts.py::test_a_family_with_an_undetected_donor_or_few_donors_or_shared_errors_is_holms",
        ),
    ),
)

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
        right="np.asarray(numbers - (np.bincount",
        fault="np.asarray(numbers - 0 * (np.bincount",
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

QPCR = (
    Fault(
        name="shared error of the efficiency dropped",
        file=_RELATIVE,
        right='pl.concat_list(pl.struct("key", "loading"), "ref_shared")',
        fault='pl.col("ref_shared")',
        tests=("quantify/test_qpcr.py",),
    ),
    Fault(
        name="shared error of the references' efficiency dropped",
        file=_RELATIVE,
        right='-pl.col("loading") / n',
        fault='0 * pl.col("loading")',
        tests=(
            "quantify/test_qpcr.py::test_loadings_agree_with_brute_force_over_efficiency_and_reference_errors",
        ),
    ),
    Fault(
        name="log2 of the efficiency taken as ln",
        file=_RELATIVE,
        right="math.log2(fit.value)",
        fault="math.log(fit.value)",
        tests=("quantify/test_qpcr.py",),
    ),
    Fault(
        name="dilution of cDNA inverted",
        file=_RELATIVE,
        right='quantity=pl.col("dilution").log(2)',
        fault='quantity=-pl.col("dilution").log(2)',
        tests=("quantify/test_qpcr.py",),
    ),
    Fault(
        name="first reference instead of their mean",
        file=_RELATIVE,
        right='pl.col("quantity").mean().alias("ref_quantity")',
        fault='pl.col("quantity").first().alias("ref_quantity")',
        tests=("quantify/test_qpcr.py",),
    ),
    Fault(
        name="sample with one of two references kept",
        file=_RELATIVE,
        right=".filter(genes=n)",
        fault=".filter(pl.lit(True))",
        tests=("quantify/test_qpcr.py",),
    ),
    Fault(
        name="offset of a plate added instead of taken off",
        file="src/exvivo/quantify/qpcr/calibrators.py",
        right='pl.col("quantity") - mean_of_plates',
        fault='mean_of_plates - pl.col("quantity")',
        tests=(
            "quantify/test_qpcr.py::test_calibrators_on_every_plate_take_off_what_a_plate_does_to_a_target",
        ),
    ),
    Fault(
        name="undetected Cq taken as a value",
        file=_RELATIVE,
        right="value=pl.when(detected).then(value)",
        fault="value=value",
        tests=("quantify/test_qpcr.py",),
    ),
    Fault(
        name="slope of the standard curve of the wrong sign",
        file="src/exvivo/quantify/qpcr/efficiency.py",
        right="10 ** (-1 / curve.slope)",
        fault="10 ** (1 / curve.slope)",
        tests=(
            "quantify/test_qpcr.py::test_efficiency_comes_from_standards_first_and_covers_the_truth",
        ),
    ),
    Fault(
        name="reversed standards believed",
        file="src/exvivo/quantify/qpcr/efficiency.py",
        right="if curve and curve.slope >= 0:",
        fault="if False:",
        tests=("quantify/test_qpcr.py::test_reversed_standards_are_refused",),
    ),
    Fault(
        name="reference stable with one end of the interval inside",
        file="src/exvivo/quantify/qpcr/equivalence.py",
        right="return -margin < self.lower and self.upper < margin",
        fault="return -margin < self.lower or self.upper < margin",
        tests=("quantify/test_stability.py::test_what_an_interval_says",),
    ),
)

CURVES = (
    Fault(
        name="inverse of the logistic with the wrong steepness",
        file="src/exvivo/quantify/curve/logistic.py",
        right="z / steep",
        fault="z * steep",
        tests=("quantify/test_curve.py",),
    ),
    Fault(
        name="inverse of the logistic without its asymmetry",
        file="src/exvivo/quantify/curve/logistic.py",
        right="np.where(inside, share, 0.5)) / skew",
        fault="np.where(inside, share, 0.5))",
        tests=("quantify/test_curve.py",),
    ),
    Fault(
        name="shared error of the curve dropped",
        file=_READINGS,
        right="loading=np.where(inside[:, None], loading, 0.0)",
        fault="loading=0.0 * loading",
        tests=("quantify/test_curve.py::test_wells_of_one_curve_share_its_error",),
    ),
    Fault(
        name="shared error of the curve not handed on",
        file="src/exvivo/quantify/curve/rows.py",
        right='if censor == "none" else ()',
        fault="if False else ()",
        tests=(
            "quantify/test_concentrations.py::test_what_is_not_known_of_a_curve_is_shared_by_the_wells_read_off_it",
        ),
    ),
    Fault(
        name="dilution of a sample inverted",
        file=_READINGS,
        right="np.log2(dilution)",
        fault="-np.log2(dilution)",
        tests=(
            "quantify/test_curve.py::test_results_beyond_the_limits_are_bounds_and_dilution_moves_everything",
        ),
    ),
    Fault(
        name="above the range told as below",
        file=_READINGS,
        right='["left", "right", "interval"], "none"',
        fault='["left", "left", "interval"], "none"',
        tests=(
            "quantify/test_curve.py::test_results_beyond_the_limits_are_bounds_and_dilution_moves_everything",
        ),
    ),
    Fault(
        name="between the limits told as below",
        file=_READINGS,
        right='["left", "right", "interval"], "none"',
        fault='["left", "right", "left"], "none"',
        tests=(
            "quantify/test_curve.py::test_results_beyond_the_limits_are_bounds_and_dilution_moves_everything",
        ),
    ),
    Fault(
        name="limit of detection at the limit of blank",
        file="src/exvivo/quantify/curve/limits.py",
        right="limit = blank + t * noise.sd(limit, sampling)",
        fault="limit = blank",
        tests=(
            "quantify/test_limits.py::test_blanks_and_samples_at_the_limit_are_mistaken_as_rarely_as_the_limits_say",
        ),
    ),
    Fault(
        name="a well that is off is never marked",
        file="src/exvivo/quantify/curve/calibrate.py",
        right="np.where(beyond, 0.0, (1.0 - off) / (1.0 - OUTLIER))",
        fault="np.where(beyond, 0.0, 1.0)",
        tests=("quantify/test_wells_off.py",),
    ),
    Fault(
        name="twins told apart without the curve of the other levels",
        file="src/exvivo/quantify/curve/wells_off.py",
        right="(of_curve + along) / np.square(unit)",
        fault="(of_curve + along) / np.square(unit) + 1e6",
        tests=("quantify/test_wells_off.py",),
    ),
    Fault(
        name="the distance of a well that is off passes for an error of preparation",
        file="src/exvivo/quantify/curve/calibrate.py",
        right="points = _without_disagreeing(points, replicates, without, beyond)",
        fault="",
        tests=("quantify/test_wells_off.py",),
    ),
    Fault(
        name="a top that falls bends the curve",
        file="src/exvivo/quantify/curve/calibrate.py",
        right="beyond = fallen(points, noise) & (points.same > 1)",
        fault="beyond = np.zeros_like(points.there)",
        tests=("quantify/test_wells_off.py",),
    ),
    Fault(
        name="a range as wide as the standards",
        file="src/exvivo/quantify/curve/limits.py",
        right="(half_width <= np.log(WIDEST))",
        fault="(half_width <= 1e9)",
        tests=("quantify/test_limits.py",),
    ),
    Fault(
        name="limits of detection from what analytes share",
        file="src/exvivo/quantify/curve/noise.py",
        right="np.exp(middle + log_s0), np.exp(log_cv)",
        fault="np.exp(np.mean(middle + log_s0) + 0 * middle), np.exp(log_cv)",
        tests=("quantify/test_wells_off.py",),
    ),
    Fault(
        name="what plates do is not shared by their wells",
        file="src/exvivo/quantify/concentrations.py",
        right='if censor == "none" and loading',
        fault="if False",
        tests=("quantify/test_concentrations.py::test_what_plates_do_is_shared_by_their_wells",),
    ),
    Fault(
        name="log2 of a signal taken as ln",
        file="src/exvivo/quantify/concentrations.py",
        right="then(reading.log(2))",
        fault="then(reading.log())",
        tests=("quantify/test_concentrations.py::test_signals_of_one_dilution_only_stand_beside",),
    ),
    Fault(
        name="recovery of a spike without what was there",
        file="src/exvivo/quantify/controls.py",
        right='(amount - pl.col("own"))',
        fault="amount",
        tests=("quantify/test_controls.py",),
    ),
    Fault(
        name="limit inferred although the laboratory states one",
        file="src/exvivo/quantify/results.py",
        right="if stated.lower is not None:",
        fault="if False:",
        tests=("quantify/test_results.py",),
    ),
)

FILES = (
    Fault(
        name="`<` taken as a value (plates)",
        file="src/exvivo/read/cells/values.py",
        right='return below(limit) if cell[0] == "<" else above(limit)',
        fault="return CellValue(limit)",
        tests=("read/plate_reader/test_plate_matrix.py::test_a_stated_bound_is_kept",),
    ),
    Fault(
        name="`<` taken as `>` (tables of results)",
        file="src/exvivo/read/tables/results.py",
        right='return below(value) if stated[1][0] in "<≤" else above(value)',
        fault='return above(value) if stated[1][0] in "<≤" else below(value)',
        tests=("read/tables/test_read_results.py",),
    ),
    Fault(
        name="`<` taken as a value (tables of results)",
        file="src/exvivo/read/tables/results.py",
        right='return below(value) if stated[1][0] in "<≤" else above(value)',
        fault="return CellValue(value)",
        tests=("read/tables/test_read_results.py",),
    ),
    Fault(
        name="decimal comma read as one of thousands",
        file="src/exvivo/read/cells/text.py",
        right='return next(iter(examples), ".")',
        fault='return "."',
        tests=("read/cells/test_text.py",),
    ),
    Fault(
        name="1,234 taken for a thousand unasked",
        file="src/exvivo/read/cells/text.py",
        right="if ambiguous and not examples:",
        fault="if False:",
        tests=("read/cells/test_text.py",),
    ),
    Fault(
        name="zip bomb by its ratio inflated",
        file=_GUARDS,
        right="min(room, max(SMALL_MEMBER, LARGEST_RATIO * len(packed)))",
        fault="room",
        tests=(
            "read/cells/test_guards.py::test_a_member_of_usual_size_must_not_grow_out_of_proportion",
        ),
    ),
    Fault(
        name="members of a zip not counted together",
        file=_GUARDS,
        right="LARGEST_CONTENT - total, source",
        fault="LARGEST_CONTENT, source",
        tests=("read/cells/test_guards.py::test_many_members_are_counted_together",),
    ),
    Fault(
        name="entities of XML allowed",
        file=_GUARDS,
        right="guard.StartDoctypeDeclHandler = forbid",
        fault="pass",
        tests=("read/cells/test_guards.py",),
    ),
    Fault(
        name="number of FCS events unchecked",
        file="src/exvivo/read/cytometer/fcs.py",
        right="if not whole or not len(events):",
        fault="if not len(events):",
        tests=(
            "read/cytometer/test_fcs.py::test_a_file_with_more_or_fewer_events_than_it_states_is_refused",
        ),
    ),
    Fault(
        name="FCS file of another well read",
        file="src/exvivo/read/cytometer/fcs.py",
        right="gathered.mistakes += _other_well(data.flow.text, request)",
        fault="pass",
        tests=("read/cytometer/test_fcs_facts.py",),
    ),
    Fault(
        name="absolute paths of instrument files allowed",
        file="src/exvivo/study/instrument_files.py",
        right="    if Path(name).is_absolute():\n        return",
        fault="    if False:\n        return",
        tests=(
            "study/test_load.py::test_no_file_of_a_plate_is_named_from_the_root_of_this_computer",
            "study/test_load.py::test_no_file_of_a_well_is_named_from_the_root_of_this_computer",
        ),
    ),
    Fault(
        name="absolute paths of profiles allowed",
        file="src/exvivo/study/questions.py",
        right="if not name or PurePath(name).is_absolute():",
        fault="if not name:",
        tests=(
            "compare/asks/test_identity.py::test_a_question_that_cannot_be_asked_is_refused_with_a_cure",
        ),
    ),
    Fault(
        name="guard against formulas cut to `=`",
        file="src/exvivo/csv_text.py",
        right=r'_FORMULA = r"^[=+\-@\t\r]"',
        fault='_FORMULA = r"^="',
        tests=("test_csv_text.py::test_no_text_cell_opens_as_a_formula",),
    ),
    Fault(
        name="changed file of the same size not noticed",
        file="src/exvivo/store/verify.py",
        right="if now != file:",
        fault="if now.bytes != file.bytes:",
        tests=(
            "store/test_store.py::test_verify_names_what_changed_what_is_missing_and_what_is_new",
        ),
    ),
    Fault(
        name="torn results taken for those on record",
        file="src/exvivo/store/results.py",
        right=" and _as_results(all_files(new, root=folder)) == run.outputs",
        fault="",
        tests=("store/test_store.py::test_a_killed_run_leaves_the_last_complete_one",),
    ),
    Fault(
        name="results put in place before they are on record",
        file="src/exvivo/store/results.py",
        right="            write(new)\n            flush(new)",
        fault="            write(new)\n"
        "            shutil.rmtree(folder / RESULTS, ignore_errors=True)\n"
        "            shutil.copytree(new, folder / RESULTS)",
        tests=("store/test_store.py::test_results_that_are_not_on_record_do_not_count",),
    ),
)

SENTENCES = (
    Fault(
        name="higher told as lower",
        file="src/exvivo/tell/asks/numbers.py",
        right='"higher" if points_up(finding) else "lower"',
        fault='"lower" if points_up(finding) else "higher"',
        tests=("tell/test_sentences.py",),
    ),
)

FAULTS: tuple[Fault, ...] = (
    *RESPONSES,
    *VERDICTS,
    *DIFFERENCES,
    *ASSOCIATIONS,
    *QPCR,
    *CURVES,
    *FILES,
    *SENTENCES,
)
