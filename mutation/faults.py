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
_POOLED = "src/exvivo/quantify/qpcr/pooled.py"
_GROWTH = "src/exvivo/quantify/qpcr/growth.py"
_CONTROLS = "src/exvivo/quantify/qpcr/controls.py"
_OF_CONTROLS = "quantify/test_qpcr_controls.py"
_READINGS = "src/exvivo/quantify/curve/readings.py"
_DILUTIONS = "src/exvivo/quantify/dilutions.py"
_BLANKS = "src/exvivo/quantify/immunoassay/blanks.py"
_GUARDS = "src/exvivo/cells/guards.py"
_AS_HANDED_IN = "study/test_tables_as_handed_in.py"

_FLAGGED = "src/exvivo/flagged.py"
_WITHHOLD = "src/exvivo/compare/judge/withhold.py"
_OF_WITHHOLD = "compare/judge/test_withhold.py"

WITHHELD = (
    Fault(
        name="an accepted contradiction that still withholds",
        file=_FLAGGED,
        right='return self.severity == "stop" and self.accepted is None',
        fault='return self.severity == "stop"',
        tests=(_OF_WITHHOLD,),
    ),
    Fault(
        name="a contradiction that withholds nothing",
        file=_FLAGGED,
        right='return self.severity == "stop" and self.accepted is None',
        fault='return self.severity == "halt" and self.accepted is None',
        tests=(_OF_WITHHOLD,),
    ),
    Fault(
        name="two flags of one rule share a name",
        file="src/exvivo/flagged.py",
        right="evidence=each.evidence or (each.row,)",
        fault="evidence=each.evidence",
        tests=("flag/test_flags.py",),
    ),
    Fault(
        name="a withheld answer draws its group means",
        file="src/exvivo/tell/figures/groups.py",
        right='if finding.reason is None or finding.reason.code != "contradiction":',
        fault="if finding.level:",
        tests=("tell/test_question_figures.py",),
    ),
    Fault(
        name="an acceptance that outlives what it accepted",
        file=_FLAGGED,
        right='"\\n".join(self.evidence)',
        fault='"\\n".join(())',
        tests=(_OF_WITHHOLD,),
    ),
    Fault(
        name="a scope of which one field is enough",
        file=_FLAGGED,
        right="return all(reach.get(",
        fault="return any(reach.get(",
        tests=(_OF_WITHHOLD,),
    ),
    Fault(
        name="numbers beside a withheld answer",
        file=_WITHHOLD,
        right="elif not stops:",
        fault="else:",
        tests=(_OF_WITHHOLD,),
    ),
    Fault(
        name="an effect size in a withheld answer",
        file=_WITHHOLD,
        right='replace(emptied(answer), part="answer", p_adjusted=None',
        fault='replace(answer, part="answer", p_adjusted=None',
        tests=(_OF_WITHHOLD,),
    ),
)

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
        name="well not seen in time taken to have held no copy",
        file="src/exvivo/compare/methods/donor_likelihoods.py",
        right="return log_not_seen(copies, shown_last(well), error)",
        fault="return -copies",
        tests=(
            "compare/methods/test_counted_copies.py::test_a_donor_counts_what_all_its_wells_say",
        ),
    ),
    Fault(
        name="end of the run drawn to three copies with the bound",
        file="src/exvivo/quantify/qpcr/copies.py",
        right="run_end=pl.when(one_copy.is_not_null()).then(bound)",
        fault="run_end=pl.when(one_copy.is_not_null()).then(three_copies)",
        tests=("quantify/test_qpcr.py",),
    ),
    Fault(
        name="offset of a plate left in the end of the run",
        file="src/exvivo/quantify/qpcr/calibrators.py",
        right='pl.col("quantity", "one_copy", "run_end")',
        fault='pl.col("quantity", "one_copy")',
        tests=(
            "quantify/test_qpcr.py::test_the_end_of_the_run_moves_with_the_offset_of_its_plate",
        ),
    ),
    Fault(
        name="curves not called counted as crossing until the last cycle",
        file="src/exvivo/quantify/qpcr/threshold.py",
        right="if number < len(late) else last",
        fault="if number < 0 else last",
        tests=(
            "quantify/test_qpcr_curves.py::test_the_bound_is_the_latest_cq_that_a_shorter_run_shows",
        ),
    ),
    Fault(
        name="maximum in the last half cycle taken to be seen",
        file="src/exvivo/quantify/qpcr/cq.py",
        right="calls.bound - _HALF_CYCLE",
        fault="calls.bound",
        tests=(
            "quantify/test_qpcr_curves.py::test_the_bound_is_the_latest_cq_that_a_shorter_run_shows",
        ),
    ),
    Fault(
        name="counted wells of a stopped run drawn again as always seen",
        file="src/exvivo/compare/calibrated/wells.py",
        right="return well.upper if well.one_copy is None else well.run_end",
        fault="return well.upper if well.one_copy is None else None",
        tests=(
            "compare/methods/test_counted_copies.py::test_new_wells_of_a_study_are_undetected_as_often_as_their_run_says",
        ),
    ),
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
        name="error common to efficiencies dropped",
        file=_RELATIVE,
        right="pl.when(loading != 0)",
        fault="pl.when(False)",
        tests=("quantify/test_pooled.py",),
    ),
    Fault(
        name="error common to efficiencies added over target and references",
        file=_RELATIVE,
        right='pl.col("common") - pl.col("ref_common")',
        fault='pl.col("common") + pl.col("ref_common")',
        tests=("quantify/test_pooled.py",),
    ),
    Fault(
        name="common part of an efficiency's error counted twice",
        file=_RELATIVE,
        right="math.sqrt(fit.sd**2 - fit.common**2)",
        fault="fit.sd",
        tests=("quantify/test_pooled.py",),
    ),
    Fault(
        name="impossible efficiency of curves as sure as any",
        file=_POOLED,
        right="+ np.maximum(fitted - MOST, 0.0) ** 2",
        fault="",
        tests=("quantify/test_pooled.py",),
    ),
    Fault(
        name="poor assay drawn to a working one",
        file=_POOLED,
        right="+ np.maximum(LEAST - fitted, 0.0) ** 2",
        fault="+ 0.0 * fitted",
        tests=("quantify/test_pooled.py",),
    ),
    Fault(
        name="scatter of the curves left out of their efficiency's error",
        file=_POOLED,
        right="_model_variance(fits) + fits.sd**2",
        fault="_model_variance(fits)",
        tests=("quantify/test_pooled.py",),
    ),
    Fault(
        name="standards of other targets say nothing of curves",
        file="src/exvivo/quantify/qpcr/efficiency.py",
        right="believed(growth, known)",
        fault="believed(growth)",
        tests=("quantify/test_pooled.py",),
    ),
    Fault(
        name="curves err alike on every instrument though standards tell otherwise",
        file=_POOLED,
        right="    if not n:",
        fault="    if n >= 0:",
        tests=("quantify/test_pooled.py",),
    ),
    Fault(
        name="curves judged by two standards",
        file=_POOLED,
        right="_FEWEST_MEASURED, _MOST_MEASURED = 3, 2.1",
        fault="_FEWEST_MEASURED, _MOST_MEASURED = 2, 2.1",
        tests=("quantify/test_pooled.py",),
    ),
    Fault(
        name="drift of the base taken for growth",
        file=_GROWTH,
        right="_unit(_off(root * offset, level))",
        fault="0.0 * root",
        tests=("quantify/test_growth.py",),
    ),
    Fault(
        name="scatter of an efficiency between curves understated",
        file=_GROWTH,
        right="np.stack([ss, -rs]) / np.where",
        fault="0.3 * np.stack([ss, -rs]) / np.where",
        tests=("quantify/test_growth.py",),
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

CONTROLS = (
    Fault(
        name="wells later than their control kept as values",
        file=_CONTROLS,
        right="pl.when(half & (share > HALF))",
        fault="pl.when(half & (share > 1e9))",
        tests=(_OF_CONTROLS,),
    ),
    Fault(
        name="one late primer dimer bounds a plate",
        file=_CONTROLS,
        right='half = 2 * pl.col("alike") >= pl.col("wells")',
        fault='half = pl.col("alike") > 0',
        tests=(_OF_CONTROLS,),
    ),
    Fault(
        name="wells that a control bounds counted as without a copy",
        file=_CONTROLS,
        right='_UNKNOWN = ("cq", "one_copy", "one_copy_sd", "run_end")',
        fault='_UNKNOWN = ("cq",)',
        tests=(_OF_CONTROLS,),
    ),
    Fault(
        name="share of a control left out of the errors",
        file=_CONTROLS,
        right='.then(with_error).otherwise("ref_shared")',
        fault='.then("ref_shared").otherwise("ref_shared")',
        tests=(_OF_CONTROLS,),
    ),
    Fault(
        name="controls that melt elsewhere taken for the product",
        file=_CONTROLS,
        right="& ~apart.fill_null(False) &",
        fault="&",
        tests=(_OF_CONTROLS,),
    ),
    Fault(
        name="answers silent about controls",
        file="src/exvivo/compare/answers.py",
        right="    by_question = with_controls(study.questions, by_question, evidence)\n",
        fault="",
        tests=("test_beside_controls.py::test_samples_later_than_the_control_are_no_number",),
    ),
    Fault(
        name="blanks that the curve detects pass",
        file="src/exvivo/quantify/concentrations.py",
        right="    read = concentrations_over_blanks(read, wells, curves)\n",
        fault="    read = read.with_columns(near_control=pl.lit(None))\n",
        tests=("quantify/test_blanks.py",),
    ),
    Fault(
        name="excluded wells take part",
        file="src/exvivo/study/exclusions.py",
        right='role=pl.when(is_out).then(pl.lit("empty")).otherwise("role"),',
        fault='role="role",',
        tests=("study/test_exclusions.py",),
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
        file="src/exvivo/cells/text.py",
        right='return next(iter(examples), ".")',
        fault='return "."',
        tests=("read/cells/test_text.py",),
    ),
    Fault(
        name="1,234 taken for a thousand unasked",
        file="src/exvivo/cells/text.py",
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
        name="a well that all files state held against the layout",
        file="src/exvivo/read/cytometer/fcs.py",
        right="well not in (here, request.constant_well)",
        fault="well != here",
        tests=(
            "read/cytometer/test_fcs_facts.py::test_a_constant_well_is_not_held_against_the_layout_and_is_listed",
        ),
    ),
    Fault(
        name="directions of bead positions ignored",
        file="src/exvivo/quantify/beads/labeling.py",
        right="bright = centre[:, [letter, 1 - letter]] * convention.directions",
        fault="bright = centre[:, [letter, 1 - letter]]",
        tests=(
            "quantify/test_labeling.py::test_a_kit_tells_the_beads_in_either_order_of_the_channels",
        ),
    ),
    Fault(
        name="a second labeling of beads that fits is overlooked",
        file="src/exvivo/quantify/beads/naming.py",
        right="return best.even and all(other.behind(best) for other in others)",
        fault="return best.even",
        tests=(
            "quantify/test_labeling.py::test_two_labelings_that_fit_are_refused_and_both_are_shown",
        ),
    ),
    Fault(
        name="beads named however badly they lie",
        file="src/exvivo/quantify/beads/labeling.py",
        right="return max(self.off) <= EVEN and math.isfinite(self.misfit)",
        fault="return True",
        tests=("quantify/test_labeling.py::test_the_other_lot_of_a_bead_is_proposed",),
    ),
    Fault(
        name="order of the classifiers not held against the beads",
        file="src/exvivo/quantify/beads/naming.py",
        right="return best.convention.letter != 0",
        fault="return False",
        tests=("quantify/test_labeling.py::test_what_a_refusal_proposes_is_taken",),
    ),
    Fault(
        name="absolute paths of instrument files allowed",
        file="src/exvivo/sources.py",
        right="        if not is_absolute and path.is_relative_to(_real(self.root)):",
        fault="        if is_absolute or path.is_relative_to(_real(self.root)):",
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
        right="(now.sha256, now.bytes) == (file.sha256, file.bytes)",
        fault="now.bytes == file.bytes",
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
    Fault(
        name="a percentage beside equality rounded to all of it",
        file="src/exvivo/tell/asks/plain.py",
        right="if float(text) < 100), f",
        fault="), f",
        tests=("tell/test_sentences.py",),
    ),
    Fault(
        name="receptors explained as cytokines",
        file="src/exvivo/tell/glossary.py",
        right="_CYTOKINE.fullmatch(symbol)",
        fault="_CYTOKINE.match(symbol[:4])",
        tests=("tell/test_plain.py::test_receptors_are_no_cytokines",),
    ),
    Fault(
        name="flags listed but not at the answers they touch",
        file="src/exvivo/tell/rows.py",
        right="return replace(row, flags=eyes.at(row.shown.finding))",
        fault="return row",
        tests=("tell/test_eyes.py",),
    ),
    Fault(
        name="flags at every answer, touched or not",
        file="src/exvivo/tell/eyes.py",
        right="for name in finding.flags if (entry := self.of_name.get(name))}",
        fault="for name in self.of_name if (entry := self.of_name.get(name))}",
        tests=("tell/test_eyes.py",),
    ),
    Fault(
        name="flags with another cure taken as equal",
        file="src/exvivo/tell/eyes.py",
        right="flag.code, flag.why, flag.cure, accepted)",
        fault='flag.code, flag.why, "", accepted)',
        tests=("tell/test_eyes.py",),
    ),
    Fault(
        name="an accepted contradiction told without its reason",
        file="src/exvivo/tell/eyes.py",
        right='        first.accepted or "",\n',
        fault='        "",\n',
        tests=("tell/test_eyes.py",),
    ),
)

HANDED_IN = (
    Fault(
        name="merged cells of a table taken for empty ones",
        file="src/exvivo/study/sheets.py",
        right="workbook.spread_rows(name)",
        fault="workbook.marked_rows(name)",
        tests=(f"{_AS_HANDED_IN}::test_merged_cells_hold_for_all_they_cover",),
    ),
    Fault(
        name="wells outside the numbers of a grid dropped",
        file="src/exvivo/study/layout_files.py",
        right="        layout.mistakes += _beside_grids(sheet, grids, others)\n",
        fault="",
        tests=(f"{_AS_HANDED_IN}::test_a_column_left_outside_a_grid_is_asked_about",),
    ),
    Fault(
        name="the first of two grids that contradict one another believed",
        file="src/exvivo/study/layout_files.py",
        right="        if before != text:\n",
        fault="        if False:\n",
        tests=(f"{_AS_HANDED_IN}::test_two_grids_that_contradict_one_another_are_asked_about",),
    ),
    Fault(
        name="a name of two readings taken for one of them",
        file="src/exvivo/study/sample_names.py",
        right="if len(told) == 1 else None",
        fault="if told else None",
        tests=("study/test_sample_names.py::test_a_name_of_two_readings_is_asked_about",),
    ),
    Fault(
        name="one of two tables of donors read",
        file="src/exvivo/study/files.py",
        right="    if len(there) > 1:\n",
        fault="    if False:\n",
        tests=(f"{_AS_HANDED_IN}::test_donors_clinic_and_cultures_may_be_workbooks",),
    ),
    Fault(
        name="letters of another computer taken for Windows'",
        file="src/exvivo/study/sheets.py",
        right="        _refuse_other_letters(raw, file)\n",
        fault="        pass\n",
        tests=(f"{_AS_HANDED_IN}::test_what_cannot_be_told_is_asked_about",),
    ),
    Fault(
        name="another person offered for a donor",
        file="src/exvivo/catalog/spelling.py",
        right=" if _numbers(other) == _numbers(word)",
        fault="",
        tests=("test_spelling.py::test_a_word_with_other_numbers_is_never_offered",),
    ),
    Fault(
        name="wells asked about said to be without a layout",
        file="src/exvivo/gather.py",
        right="        sorted(examined.asked), schema=",
        fault="        [], schema=",
        tests=("test_one_round.py::test_many_alike_are_one_with_five_of_them",),
    ),
)

CONTRADICTIONS = (
    Fault(
        name="one plate exported twice taken for two",
        file="src/exvivo/gather.py",
        right="    reading.study_mistakes += plates_exported_twice(readings, study)\n",
        fault="",
        tests=("test_same_plate.py",),
    ),
    Fault(
        name="equal numbers looked for beyond the decimals of a file",
        file="src/exvivo/reconcile/same_plate.py",
        right="half_unit = max(self.half_unit[i], self.half_unit[j])",
        fault="half_unit = min(self.half_unit[i], self.half_unit[j])",
        tests=("test_same_plate.py::test_a_file_that_rounds_is_the_same_plate",),
    ),
    Fault(
        name="a few equal Cq by chance make two plates one",
        file="src/exvivo/reconcile/same_plate.py",
        right="_SHARE = 0.9",
        fault="_SHARE = 0.1",
        tests=("test_same_plate.py",),
    ),
    Fault(
        name="an omitted well called undetected",
        file="src/exvivo/read/qpcr/applied_biosystems.py",
        right="if value is None and _is_omitted(line):",
        fault='if value is None and _is_omitted(line) and is_blank(line.text("cq")):',
        tests=("read/qpcr/test_applied_biosystems.py",),
    ),
    Fault(
        name="the curve of an omitted well in another file kept",
        file="src/exvivo/plate_files.py",
        right="rest = [(name, read.without(left_out)) for name, read in every]",
        fault="rest = list(every)",
        tests=("read/qpcr/test_two_files.py",),
    ),
    Fault(
        name="results of a target written in another case lost",
        file="src/exvivo/reconcile/targets.py",
        right="if one.samples.height]",
        fault="if one.samples.height > 6]",
        tests=("test_look_alikes.py",),
    ),
    Fault(
        name="a Greek letter taken for a Latin one by the catalog",
        file="src/exvivo/catalog/spelling.py",
        right="return _joined(_compatible(_printing(name)).casefold())",
        fault="return _key(name)",
        tests=("test_spelling.py",),
    ),
    Fault(
        name="cycles of the study believed against the curves",
        file="src/exvivo/reconcile/cycles.py",
        right="if cycles != assay.cycles:",
        fault="if cycles > assay.cycles:",
        tests=("test_look_alikes.py",),
    ),
    Fault(
        name="the slope of a melting curve read as fluorescence",
        file="src/exvivo/read/qpcr/melting_table.py",
        right="curve = points if table in falling else fluorescence_of(points)",
        fault="curve = points",
        tests=("read/qpcr/test_cfx.py",),
    ),
    Fault(
        name="calls of presence taken for results",
        file="src/exvivo/read/qpcr/applied_biosystems_tables.py",
        right="if table in results and len(table.columns) < most else table",
        fault="if False else table",
        tests=("read/qpcr/test_applied_biosystems.py",),
    ),
    Fault(
        name="cycles stated for a file in which nothing was measured",
        file="src/exvivo/read/qpcr/rdml.py",
        right="if value != value and not has_curve:",
        fault="if False:",
        tests=("read/qpcr/test_rdml.py",),
    ),
)

_CALLS = "quantify/test_calls.py::"
CALLS = (
    Fault(
        name="amplification without exponential growth",
        file="src/exvivo/quantify/qpcr/climb.py",
        right="grown[grown] = grows(curve[grown], growth.peak[grown], noise[grown])",
        fault="grown &= grows(curve, growth.peak, noise) | True",
        tests=(f"{_CALLS}test_wells_that_hold_nothing_are_undetected_whatever_drifts",),
    ),
    Fault(
        name="drift that knows no ramps",
        file="src/exvivo/quantify/qpcr/amplification.py",
        right="np.array([*ramps, ",
        fault="np.array([*ramps[:1], ",
        tests=(f"{_CALLS}test_a_ramp_of_some_cycles_is_no_growth",),
    ),
    Fault(
        name="falling curves called undetected",
        file="src/exvivo/quantify/qpcr/curves.py",
        right="falling[rest] = fall.grown & deep & down",
        fault="falling[rest] = False",
        tests=(f"{_CALLS}test_falling_curves_are_neither_detected_nor_undetected",),
    ),
    Fault(
        name="disturbed rise called undetected",
        file="src/exvivo/quantify/qpcr/curves.py",
        right="~before & ~falling & ~disturbed",
        fault="~before & ~falling",
        tests=(
            f"{_CALLS}"
            "test_a_curve_that_goes_up_as_far_as_growth_but_not_so_is_disturbed_not_undetected",
        ),
    ),
    Fault(
        name="jumps left in",
        file="src/exvivo/quantify/qpcr/curves.py",
        right="smooth, jumped = without_jumps(fluorescence)",
        fault="smooth, jumped = fluorescence, without_jumps(fluorescence)[1]",
        tests=(f"{_CALLS}test_a_jump_moves_no_cq",),
    ),
    Fault(
        name="Cq of a bubble kept",
        file="src/exvivo/quantify/qpcr/cq.py",
        right="cq = np.where(off, np.nan, cq)",
        fault="cq = np.where(off, cq, cq)",
        tests=(f"{_CALLS}test_a_bubble_that_takes_the_cq_is_seen_by_the_shape_of_the_curve_alone",),
    ),
    Fault(
        name="threshold for missing maxima alone",
        file="src/exvivo/quantify/qpcr/cq.py",
        right="_unfinished(calls, target) | _unlevelled(cycles, fluorescence, calls, target)",
        fault="_unfinished(calls, target)",
        tests=(
            f"{_CALLS}"
            "test_targets_that_level_keep_the_maximum_and_those_that_do_not_take_the_threshold",
        ),
    ),
)

SIDES = (
    Fault(
        name="dilutions above the range refute nothing",
        file=_DILUTIONS,
        right='lows = [_end(well, "lower", -math.inf) for well in wells]',
        fault='lows = [_end(well, "value", -math.inf) for well in wells]',
        tests=("quantify/test_dilutions.py",),
    ),
    Fault(
        name="a dilution that nothing confirms taken for a value",
        file=_DILUTIONS,
        right="if not any(_rising(each, dilutions) for each in left):",
        fault="if False:",
        tests=(
            "quantify/test_dilutions.py::test_a_thin_dilution_that_nothing_confirms_is_a_bound",
        ),
    ),
    Fault(
        name="errors of dilutions left out",
        file=_DILUTIONS,
        right=" + 2 * DILUTION_SD**2",
        fault="",
        tests=("quantify/test_dilutions.py",),
    ),
    Fault(
        name="blanks rank among standards that fall",
        file="src/exvivo/quantify/standard_checks.py",
        right='means = usable.filter(pl.col("nominal") > 0)',
        fault='means = usable.filter(pl.col("nominal") >= 0)',
        tests=("quantify/test_standard_checks.py",),
    ),
    Fault(
        name="bounds survive a curve that does not rise",
        file="src/exvivo/quantify/concentrations.py",
        right='join(flat, on=CURVE, how="anti", maintain_order="left")',
        fault='join(flat.clear(), on=CURVE, how="anti", maintain_order="left")',
        tests=("quantify/test_standard_checks.py",),
    ),
    Fault(
        name="saturated wells without a result",
        file="src/exvivo/read/plate_reader/overflow.py",
        right='return replace(signal, censor="right", lower=max(read))',
        fault="return replace(signal)",
        tests=("quantify/test_blank_results.py",),
    ),
    Fault(
        name="saturated wells below the range",
        file="src/exvivo/read/plate_reader/overflow.py",
        right='return replace(signal, censor="right", lower=max(read))',
        fault='return replace(signal, censor="left", upper=max(read))',
        tests=("quantify/test_blank_results.py",),
    ),
    Fault(
        name="blank results told on the other side",
        file=_BLANKS,
        right='return "right" if above else "left"',
        fault='return "left" if above else "right"',
        tests=("quantify/test_blank_results.py",),
    ),
    Fault(
        name="open wells not asked about",
        file=_BLANKS,
        right="        raise StudyError(mistakes)",
        fault="        pass",
        tests=("quantify/test_blank_results.py",),
    ),
    Fault(
        name="open results of a table not asked about",
        file="src/exvivo/read/tables/results.py",
        right="self._ask(channel, cells)",
        fault="pass",
        tests=("read/tables/test_open_results.py",),
    ),
    Fault(
        name="a signal short of those above the range told above",
        file="src/exvivo/read/tables/open_results.py",
        right='return "right" if is_above else "left"',
        fault='return "left" if is_above else "right"',
        tests=("read/tables/test_open_results.py",),
    ),
    Fault(
        name="bridge samples without their error",
        file="src/exvivo/flag/curves.py",
        right="max(_BRIDGE, z * math.hypot(*sds))",
        fault="_BRIDGE",
        tests=("quantify/test_standard_checks.py",),
    ),
)

_WHO = ("test_who.py",)
WHO = (
    Fault(
        name="donors counted whose result says nothing",
        file="src/exvivo/compare/sample.py",
        right="return self.only(self.informative)",
        fault="return self",
        tests=_WHO,
    ),
    Fault(
        name="donors without a well of the assay are nobody",
        file="src/exvivo/account/everyone.py",
        right="if donor not in names:",
        fault="if donor not in names and self.why.elsewhere.get(donor):",
        tests=_WHO,
    ),
    Fault(
        name="wells set to empty are no wells",
        file="src/exvivo/account/wells.py",
        right='return "set_empty" if row["is_read"] else None',
        fault="return None",
        tests=_WHO,
    ),
    Fault(
        name="wells that a file lacks are no wells",
        file="src/exvivo/account/wells.py",
        right="well is not None and (not _is_unread(row, well) or names.expects(row))",
        fault="well is not None and not _is_unread(row, well)",
        tests=_WHO,
    ),
    Fault(
        name="wells of other targets are asked for",
        file="src/exvivo/account/wells.py",
        right='return bool(held) and held in self.beside.get(row["plate"], ())',
        fault="return True",
        tests=_WHO,
    ),
    Fault(
        name="scores of another visit do for an answer",
        file="src/exvivo/account/why.py",
        right="for visit in self.asked.visits:\n            if not self._scored",
        fault='for visit in ("2",):\n            if not self._scored',
        tests=_WHO,
    ),
    Fault(
        name="everybody with a word is drawn as in the answer",
        file="src/exvivo/tell/figures/exposure.py",
        right="_Exposure(side if known else UNKNOWN, donor in inside)",
        fault="_Exposure(side if entry else UNKNOWN, bool(entry))",
        tests=("tell/test_question_figures.py",),
    ),
)

FIGURES = (
    Fault(
        name="the lower end of a median from upper bounds",
        file="src/exvivo/tell/figures/groups.py",
        right="lows[rank - 1] if rank else None",
        fault="highs[rank - 1] if rank else None",
        tests=("tell/test_drawing.py",),
    ),
    Fault(
        name="a median interval one rank too narrow",
        file="src/exvivo/tell/figures/groups.py",
        right="below, rank = 0.5**count, 0",
        fault="below, rank = 0.5**count, 1",
        tests=("tell/test_drawing.py",),
    ),
    Fault(
        name="an upright axis upside down",
        file="src/exvivo/tell/drawing/scales.py",
        right="(1 - share) * self.length if self.upright",
        fault="share * self.length if self.upright",
        tests=("tell/test_drawing.py",),
    ),
    Fault(
        name="an old drawing in the place of a new one",
        file="src/exvivo/tell/drawn.py",
        right="""if f'data-drawn-from="{self.drawn_from}"' in old else []""",
        fault="if old else []",
        tests=("tell/test_drawing.py",),
    ),
    Fault(
        name="groups in the order of the question",
        file="src/exvivo/tell/figures/chart.py",
        right="tuple(sorted(groups, key=order.index))",
        fault="tuple(groups)",
        tests=("tell/test_drawing.py",),
    ),
    Fault(
        name="dots that do not say whose they are",
        file="src/exvivo/tell/figures/marks.py",
        right="values, tooltip=DONOR)",
        fault="values)",
        tests=("tell/test_drawing.py",),
    ),
)

PEOPLE = (
    Fault(
        name="a blank dilution counts as 1",
        file="src/exvivo/reconcile/blank_cells.py",
        right='blank = asked.filter(~pl.col(f"{column}_known"))',
        fault="blank = asked.filter(pl.lit(False))",
        tests=("reconcile/test_blank_cells.py",),
    ),
    Fault(
        name="a blank that the file fills asked about",
        file="src/exvivo/reconcile/blank_cells.py",
        right='pl.col("dilution").is_not_null() | pl.col("vendor_dilution")',
        fault='pl.col("dilution").is_not_null()',
        tests=("reconcile/test_blank_cells.py",),
    ),
    Fault(
        name="each plate a column of its own for blanks",
        file="src/exvivo/reconcile/blank_cells.py",
        right='assay=pl.col("plate").replace_strict(plates, default=None)',
        fault='assay=pl.col("plate")',
        tests=("reconcile/test_blank_cells.py",),
    ),
    Fault(
        name="another spelling of exposed counts as not exposed",
        file="src/exvivo/study/donor_columns.py",
        right="if _means_exposed(word, exposed) or is_unclear(word):",
        fault="if is_unclear(word):",
        tests=("study/test_donor_columns.py",),
    ),
    Fault(
        name="unknown exposures count as not exposed",
        file="src/exvivo/study/donor_columns.py",
        right="if _means_exposed(word, exposed) or is_unclear(word):",
        fault="if _means_exposed(word, exposed):",
        tests=("study/test_donor_columns.py",),
    ),
    Fault(
        name="words among numbers are kinds",
        file="src/exvivo/study/donor_columns.py",
        right="yield from _no_numbers(words, others)",
        fault="pass",
        tests=("study/test_donor_columns.py",),
    ),
    Fault(
        name="missing words are answers",
        file="src/exvivo/study/unknown.py",
        right='"" if name not in kept and is_missing(cell, declared) else cell',
        fault="cell",
        tests=("study/test_donor_columns.py",),
    ),
    Fault(
        name="the declared order of visits passed over",
        file="src/exvivo/study/visits.py",
        right="if visit in declared:",
        fault="if False:",
        tests=("reconcile/test_visit_names.py",),
    ),
    Fault(
        name="the first visit by the alphabet",
        file="src/exvivo/study/visits.py",
        right="if len(visits) > 1 and not (set(visits) <= set(study.visits) or is_plain(visits)):",
        fault="if False:",
        tests=("reconcile/test_visit_names.py",),
    ),
    Fault(
        name="scores at other visits than the cells",
        file="src/exvivo/reconcile/visits.py",
        right="if scored and wanted not in scored:",
        fault="if False:",
        tests=("reconcile/test_visit_names.py",),
    ),
    Fault(
        name="a sentence without its visit",
        file="src/exvivo/tell/visits.py",
        right='return f" at visit {finding.visit}"',
        fault='return ""',
        tests=("tell/test_visit_words.py",),
    ),
    Fault(
        name="scores without their visit",
        file="src/exvivo/tell/visits.py",
        right='return f" (visit {finding.visit} of the scores)"',
        fault='return ""',
        tests=("tell/test_visit_words.py",),
    ),
    Fault(
        name="years of birth are ages",
        file="src/exvivo/reconcile/people.py",
        right="not can_be.lowest <= number <= can_be.highest",
        fault="not can_be.lowest <= number",
        tests=("reconcile/test_people.py",),
    ),
    Fault(
        name="ages below 0",
        file="src/exvivo/reconcile/people.py",
        right="not can_be.lowest <= number <= can_be.highest",
        fault="not number <= can_be.highest",
        tests=("reconcile/test_people.py",),
    ),
    Fault(
        name="stimulated before drawn",
        file="src/exvivo/reconcile/cultures.py",
        right="if first and last and last < first:",
        fault="if False:",
        tests=("reconcile/test_people.py",),
    ),
    Fault(
        name="declared after the results",
        file="src/exvivo/reconcile/declared.py",
        right="date.fromisoformat(declared) <= days[-1]",
        fault="True",
        tests=("reconcile/test_people.py",),
    ),
)

_DRAFT = "draft/test_draft.py"
_NAMED = "study/test_named_wells.py"
DRAFTS = (
    Fault(
        name="open questions forgotten",
        file="src/exvivo/study/load.py",
        right="    mistakes += open_mistakes(study, entry)\n",
        fault="",
        tests=(_NAMED,),
    ),
    Fault(
        name="numbers of standards taken for amounts",
        file="src/exvivo/draft/wells.py",
        right='("" in units and all(map(_may_count, numbers)))',
        fault="False",
        tests=(_DRAFT,),
    ),
    Fault(
        name="amounts of two units as one",
        file="src/exvivo/draft/wells.py",
        right="len(units) != 1 or ",
        fault="",
        tests=(_DRAFT,),
    ),
    Fault(
        name="samples proposed without replicates that agree",
        file="src/exvivo/draft/matrices.py",
        right="return within < _AGREE * between",
        fault="return True",
        tests=(_DRAFT,),
    ),
    Fault(
        name="samples proposed where two plates fit",
        file="src/exvivo/draft/matrices.py",
        right="if len(ways) == 1:",
        fault="if ways:",
        tests=(_DRAFT,),
    ),
    Fault(
        name="any stimulus as the control",
        file="src/exvivo/draft/names.py",
        right="usual = [name for name in stimuli if _core(name).casefold() in _CONTROLS]",
        fault="usual = list(stimuli)[:1]",
        tests=(_DRAFT,),
    ),
    Fault(
        name="groups by letters not asked about",
        file="src/exvivo/draft/open_questions.py",
        right="        _of_groups(found),\n",
        fault="",
        tests=(_DRAFT,),
    ),
    Fault(
        name="a donor's name in a control taken as the control",
        file="src/exvivo/study/named_wells.py",
        right="        yield from self._contradictions(wells)\n",
        fault="",
        tests=(_NAMED,),
    ),
    Fault(
        name="measured wells without a name not asked about",
        file="src/exvivo/study/named_wells.py",
        right="        if without:\n",
        fault="        if False:\n",
        tests=(_NAMED,),
    ),
    Fault(
        name="the names before the layout",
        file="src/exvivo/study/named_wells.py",
        right="if well.well not in in_layout]",
        fault="]",
        tests=(_NAMED,),
    ),
    Fault(
        name="dilutions of an assay for every stimulus",
        file="src/exvivo/study/layout.py",
        right='return assay.dilutions.get(stimulus or "")',
        fault="return max(assay.dilutions.values(), default=None)",
        tests=(_NAMED,),
    ),
)

PLAUSIBLE = (
    Fault(
        name="steps of numbers are never coarser than their decimals",
        file="src/exvivo/reconcile/chance.py",
        right="        step[~strange] = candidate\n",
        fault="        step[~strange] = min(candidate, 0.001)\n",
        tests=("reconcile/test_plausible.py",),
    ),
    Fault(
        name="copies that chance makes",
        file="src/exvivo/reconcile/matrix.py",
        right="SURE, LIKELY = -8.0, -3.0",
        fault="SURE, LIKELY = -8.0, 3.0",
        tests=("reconcile/test_plausible.py",),
    ),
    Fault(
        name="near copies not looked for",
        file="src/exvivo/reconcile/matrix.py",
        right="for near in (False, True):",
        fault="for near in (False,):",
        tests=("reconcile/test_plausible.py",),
    ),
    Fault(
        name="standards apart by the larger of both estimates",
        file="src/exvivo/reconcile/standards_apart.py",
        right="return min(at_middle, at_signal, key=abs)",
        fault="return max(at_middle, at_signal, key=abs)",
        tests=("reconcile/test_plausible.py",),
    ),
    Fault(
        name="a lost decimal point beside other whole numbers",
        file="src/exvivo/reconcile/readings_possible.py",
        right="among = (back >= rest.min()) & (back <= rest.max())",
        fault="among = back < rest.min()",
        tests=("reconcile/test_plausible.py",),
    ),
    Fault(
        name="sorted columns of sorted people only",
        file="src/exvivo/reconcile/score_columns.py",
        right="list(values) in (ordered, ordered[::-1])",
        fault="list(values) == ordered",
        tests=("reconcile/test_plausible.py",),
    ),
    Fault(
        name="responses of the other direction on the same side",
        file="src/exvivo/flag/directions.py",
        right="turned = (values * middle < 0) & sure",
        fault="turned = (values * middle > 0) & sure",
        tests=("flag/test_directions.py",),
    ),
    Fault(
        name="coarse grids unseen",
        file="src/exvivo/reconcile/chance.py",
        right="return np.maximum(coarse, 1.0)",
        fault="return np.ones(values.size)",
        tests=("reconcile/test_plausible.py",),
    ),
)

_NAMES = "src/exvivo/reconcile/names/"
_OF_NAMES = "reconcile/test_names.py"
NAMES = (
    Fault(
        name="names not held against the stimulus",
        file=f"{_NAMES}vocabulary.py",
        right='says["stimulus"] = self.stimuli.meant(told, neutral | self.neutral)',
        fault='says["stimulus"] = frozenset()',
        tests=(_OF_NAMES,),
    ),
    Fault(
        name="words of a stimulus within another take it for that one",
        file=f"{_NAMES}stimuli.py",
        right="return frozenset(whole or fit)",
        fault="return frozenset(fit)",
        tests=(_OF_NAMES,),
    ),
    Fault(
        name="numbers side by side read as one",
        file=f"{_NAMES}atoms.py",
        right='word += f"-{part}" if apart else part',
        fault="word += part",
        tests=(_OF_NAMES,),
    ),
    Fault(
        name="layouts turned by 180 degrees not tried",
        file=f"{_NAMES}moves.py",
        right='yield "turned by 180 degrees", partial(_turned, both, np.array([-1, -1]))',
        fault="pass",
        tests=(_OF_NAMES,),
    ),
    Fault(
        name="plates exchanged not tried",
        file=f"{_NAMES}exchanged.py",
        right="return circle if at == start else []",
        fault="return []",
        tests=(_OF_NAMES,),
    ),
    Fault(
        name="a role marked in the file passed over",
        file=f"{_NAMES}vocabulary.py",
        right='return {**says, "role": _ROLES[role]}',
        fault="return says",
        tests=("reconcile/test_stated_twice.py",),
    ),
    Fault(
        name="amounts in another order passed as another unit",
        file="src/exvivo/reconcile/stated_twice.py",
        right="return max(factors) - min(factors) <= _ALIKE * max(factors)",
        fault="return True",
        tests=("reconcile/test_stated_twice.py",),
    ),
    Fault(
        name="empty wells with a sample's name passed over",
        file="src/exvivo/reconcile/empty_wells.py",
        right="if told or (well in with_signal and not is_control):",
        fault="if well in with_signal and not is_control and not told:",
        tests=("reconcile/test_empty_wells.py",),
    ),
    Fault(
        name="empty wells with a signal passed over",
        file="src/exvivo/reconcile/empty_wells.py",
        right="if told or (well in with_signal and not is_control):",
        fault="if told:",
        tests=("reconcile/test_empty_wells.py",),
    ),
    Fault(
        name="a date read in the way that contradicts",
        file="src/exvivo/reconcile/clocks.py",
        right="days_of(text)[-1]))",
        fault="days_of(text)[0]))",
        tests=("reconcile/test_files.py",),
    ),
    Fault(
        name="files of another analyte taken",
        file="src/exvivo/reconcile/file_names.py",
        right="is_one = len(named) == 1 and not named & own",
        fault="is_one = False",
        tests=("reconcile/test_files.py",),
    ),
)

LOAD: tuple[Fault, ...] = (
    Fault(
        name="a path written twice",
        file="src/exvivo/tell/written.py",
        right="if folded in self.paths:",
        fault="if False:",
        tests=("tell/test_paths.py",),
    ),
    Fault(
        name="paths that differ in capitals are two",
        file="src/exvivo/tell/written.py",
        right="folded = name.casefold()",
        fault="folded = name",
        tests=("tell/test_paths.py",),
    ),
    Fault(
        name="names of files without a mark",
        file="src/exvivo/tell/stems.py",
        right="paths[path] == 1",
        fault="paths[path] >= 1",
        tests=("tell/test_paths.py",),
    ),
)

_COMPARED = "src/exvivo/history/compared.py"
_LOCKS = "src/exvivo/history/locks.py"
_GROWING = "src/exvivo/history/growing.py"
_LOOKS = "src/exvivo/looks.py"
_OF_HISTORY = "history/test_history.py"

HISTORY = (
    Fault(
        name="a key that is new in a question is no change",
        file=_COMPARED,
        right="        if was != now:\n",
        fault="        if was != now and was is not None:\n",
        tests=(_OF_HISTORY,),
    ),
    Fault(
        name="a key that is gone from a question is no change",
        file=_COMPARED,
        right="        if was != now:\n",
        fault="        if was != now and now is not None:\n",
        tests=(_OF_HISTORY,),
    ),
    Fault(
        name="lists of a question are compared by nothing",
        file=_COMPARED,
        right="        return tuple(map(str, value))",
        fault="        return ()",
        tests=(_OF_HISTORY,),
    ),
    Fault(
        name="the declared date is not compared",
        file=_COMPARED,
        right='    yield from mapped("parameter", before["parameters"], after["parameters"])\n',
        fault="",
        tests=(_OF_HISTORY,),
    ),
    Fault(
        name="a verdict that turned is no change",
        file=_COMPARED,
        right="(before.verdict, before.n, before.unit) != (after.verdict, after.n, after.unit)",
        fault="(before.n, before.unit) != (after.n, after.unit)",
        tests=(_OF_HISTORY,),
    ),
    Fault(
        name="the last digits of a processor are a change",
        file=_COMPARED,
        right="_ALIKE = 1e-9",
        fault="_ALIKE = 1e-15",
        tests=(_OF_HISTORY,),
    ),
    Fault(
        name="a lock whose text is erased has never changed",
        file=_LOCKS,
        right='        if hashes["questions"].get(name) != sha256:',
        fault='        if hashes["questions"].get(name, sha256) and False:',
        tests=(_OF_HISTORY,),
    ),
    Fault(
        name="a new parameter of a later version breaks a lock",
        file=_LOCKS,
        right='if shared or k in facts["parameters"]',
        fault="if True",
        tests=(_OF_HISTORY,),
    ),
    Fault(
        name="a lock forgets the runs before it",
        file="src/exvivo/tell/locked.py",
        right="    if not lock.instrument_files and not lock.runs:",
        fault="    if not lock.instrument_files:",
        tests=(_OF_HISTORY,),
    ),
    Fault(
        name="a lock forgets the files that were there",
        file="src/exvivo/tell/locked.py",
        right="    if not lock.instrument_files and not lock.runs:",
        fault="    if not lock.runs:",
        tests=(_OF_HISTORY,),
    ),
    Fault(
        name="the same donors again are a look",
        file=_GROWING,
        right="        if donors > most:",
        fault="        if donors >= most:",
        tests=(_OF_HISTORY,),
    ),
    Fault(
        name="answers of other analytes are looks at one",
        file=_GROWING,
        right="    return key[1:], answer.ask,",
        fault="    return key[1:2], answer.ask,",
        tests=(_OF_HISTORY,),
    ),
    Fault(
        name="a look spends what earlier looks have spent",
        file=_LOOKS,
        right="bounds.append(_bound(inside, time, spent - before))",
        fault="bounds.append(_bound(inside, time, spent))",
        tests=("test_looks.py",),
    ),
    Fault(
        name="bounds of one side for tests of two",
        file=_LOOKS,
        right="    return float(4 * ndtr(ndtri(alpha / 4) / np.sqrt(share)))",
        fault="    return float(2 * ndtr(ndtri(alpha / 2) / np.sqrt(share)))",
        tests=("test_looks.py",),
    ),
    Fault(
        name="a look beyond the declared ones keeps an unspent error",
        file=_LOOKS,
        right="if look < donors and look != looks[-1]]",
        fault="if look < donors]",
        tests=("test_looks.py",),
    ),
    Fault(
        name="the interval at a look is that of a study looked at once",
        file="src/exvivo/run.py",
        right="    study = study if look is None else _at_level(study, look.nominal)\n",
        fault="",
        tests=("test_record.py",),
    ),
    Fault(
        name="a page of the record that was edited stands",
        file="src/exvivo/record.py",
        right="    if not place or there != _page(entries[:place]):",
        fault="    if not place:",
        tests=("test_record.py",),
    ),
    Fault(
        name="the texts of a run are not kept",
        file="src/exvivo/run.py",
        right="        texts=gathered.texts,\n",
        fault="",
        tests=("test_record.py",),
    ),
)

CACHE: tuple[Fault, ...] = (
    Fault(
        name="entry believed without its seal",
        file="src/exvivo/cache.py",
        right="if hmac.compare_digest(raw[:_SEAL], self._seal(name, content)) else None",
        fault="",
        tests=("test_cache.py::test_no_flipped_bit_is_believed",),
    ),
    Fault(
        name="seal of an entry without its name",
        file="src/exvivo/cache.py",
        right="name.encode() + content",
        fault="content",
        tests=("test_cache.py::test_an_entry_under_the_name_of_another_is_not_believed",),
    ),
    Fault(
        name="entry named without its work",
        file="src/exvivo/cache.py",
        right="(_made_by(), what, *arguments)",
        fault="(_made_by(), *arguments)",
        tests=("test_cache.py::test_other_work_or_arguments_are_another_entry",),
    ),
    Fault(
        name="entry named without its arguments",
        file="src/exvivo/cache.py",
        right="(_made_by(), what, *arguments)",
        fault="(_made_by(), what)",
        tests=("test_cache.py::test_other_work_or_arguments_are_another_entry",),
    ),
    Fault(
        name="entry named without its code",
        file="src/exvivo/cache.py",
        right="(_made_by(), what, *arguments)",
        fault="(what, *arguments)",
        tests=("test_cache.py::test_other_code_makes_other_entries",),
    ),
    Fault(
        name="a text taken for bytes",
        file="src/exvivo/cache.py",
        right="whole = hashlib.sha256(kind)",
        fault="whole = hashlib.sha256()",
        tests=("test_cache.py::test_other_work_or_arguments_are_another_entry",),
    ),
    Fault(
        name="code told by the time that a copy keeps",
        file="src/exvivo/cache.py",
        right="times = status.st_mtime_ns, status.st_ctime_ns, status.st_ino",
        fault="times = (status.st_mtime_ns,)",
        tests=("test_cache.py::test_code_that_was_written_again_is_other_code",),
    ),
    Fault(
        name="a secret that others read",
        file="src/exvivo/cache.py",
        right="not status.st_mode & 0o077",
        fault="status.st_mode",
        tests=("test_cache.py::test_a_secret_that_others_can_read_is_none",),
    ),
    Fault(
        name="entries written through a link",
        file="src/exvivo/cache.py",
        right="bool(_made_by()) and not folder.is_symlink()",
        fault="bool(_made_by())",
        tests=("test_cache.py::test_a_folder_that_leads_elsewhere_is_not_written_to",),
    ),
    Fault(
        name="entries without a bound",
        file="src/exvivo/cache.py",
        right="+ len(content) <= LARGEST",
        fault="+ len(content) >= 0",
        tests=("test_cache.py::test_entries_have_a_bound",),
    ),
    Fault(
        name="entries of this run tidied away",
        file="src/exvivo/cache.py",
        right="surplus > 0 and path.name not in self.used",
        fault="surplus > 0",
        tests=("test_cache.py::test_entries_have_a_bound",),
    ),
    Fault(
        name="plate kept without the bytes of its files",
        file="src/exvivo/plate_files.py",
        right="(repr(asked), *(content.sha256 for content in contents))",
        fault="(repr(asked),)",
        tests=("test_cache.py::test_edits_give_the_same_bytes_with_and_without_the_cache",),
    ),
    Fault(
        name="plate kept without how it is read",
        file="src/exvivo/plate_files.py",
        right="(repr(asked), *(content.sha256 for content in contents))",
        fault="tuple(content.sha256 for content in contents)",
        tests=("test_cache.py::test_edits_give_the_same_bytes_with_and_without_the_cache",),
    ),
    Fault(
        name="quantities kept without their wells",
        file="src/exvivo/quantify/__init__.py",
        right="(*_parts_of(study), wells)",
        fault="(*_parts_of(study),)",
        tests=("test_cache.py::test_edits_give_the_same_bytes_with_and_without_the_cache",),
    ),
    Fault(
        name="quantities kept without their study",
        file="src/exvivo/quantify/__init__.py",
        right="(*_parts_of(study), wells)",
        fault="(wells,)",
        tests=("test_cache.py::test_edits_give_the_same_bytes_with_and_without_the_cache",),
    ),
    Fault(
        name="quantities kept without amounts of the layout",
        file="src/exvivo/quantify/__init__.py",
        right="value if isinstance(value, pl.DataFrame) else",
        fault="",
        tests=("test_cache.py::test_amounts_of_a_layout_are_part_of_the_key",),
    ),
    Fault(
        name="beads kept without their events",
        file="src/exvivo/quantify/beads/quantify.py",
        right="(repr(assay), plate, events)",
        fault="(repr(assay), plate)",
        tests=("test_cache.py::test_edits_give_the_same_bytes_with_and_without_the_cache",),
    ),
    Fault(
        name="beads kept without their assay",
        file="src/exvivo/quantify/beads/quantify.py",
        right="(repr(assay), plate, events)",
        fault="(plate, events)",
        tests=("test_cache.py::test_edits_give_the_same_bytes_with_and_without_the_cache",),
    ),
)

_WALK = "src/exvivo/store/walk.py"
_TEXTS = "src/exvivo/store/texts.py"
_SCHEMA = "src/exvivo/store/schema.py"
_VERIFY = "src/exvivo/store/verify.py"
_PRUNE = "src/exvivo/store/prune.py"
_OF_VERIFY = ("store/test_verify.py",)
_OF_PRUNE = ("store/test_prune.py",)

RECORD = (
    Fault(
        name="a row that does not carry the hash of the row before",
        file=_WALK,
        right='        yield "before"\n',
        fault="        pass\n",
        tests=_OF_VERIFY,
    ),
    Fault(
        name="a first row that carries a hash",
        file=_WALK,
        right="(last.hash if last else START)",
        fault="(last.hash if last else row.before)",
        tests=_OF_VERIFY,
    ),
    Fault(
        name="a gap in the numbers of the rows",
        file=_WALK,
        right="(last.number + 1 if last else 1)",
        fault="(row.number if last else 1)",
        tests=_OF_VERIFY,
    ),
    Fault(
        name="a chain that begins late",
        file=_WALK,
        right="(last.number + 1 if last else 1)",
        fault="(last.number + 1 if last else row.number)",
        tests=_OF_VERIFY,
    ),
    Fault(
        name="a row that says something else than its hash",
        file=_WALK,
        right="if row.hash != row.right_hash:",
        fault="if not row.hash:",
        tests=_OF_VERIFY,
    ),
    Fault(
        name="a hash that leaves out the date",
        file="src/exvivo/store/chain.py",
        right="said = [self.number, self.kind, self.recorded, self.before, self.states]",
        fault="said = [self.number, self.kind, self.before, self.states]",
        tests=("store/test_chain.py",),
    ),
    Fault(
        name="a kind of row that nobody knows",
        file=_WALK,
        right="if row.kind not in KINDS:",
        fault="if not row.kind:",
        tests=_OF_VERIFY,
    ),
    Fault(
        name="two texts of what a row states",
        file=_WALK,
        right="isinstance(facts, dict) and canonical(facts) == states",
        fault="isinstance(facts, dict)",
        tests=_OF_VERIFY,
    ),
    Fault(
        name="the hash of a study not computed again",
        file=_WALK,
        right="if study_hash(run.inputs) != run.study_hash:",
        fault="if not run.study_hash:",
        tests=_OF_VERIFY,
    ),
    Fault(
        name="a kept text that is not that of the file",
        file=_WALK,
        right="files.get(path, sha256) != sha256",
        fault="not sha256",
        tests=_OF_VERIFY,
    ),
    Fault(
        name="a kept text not held against its hash",
        file=_TEXTS,
        right="not unpacked.unused_data and digest.hexdigest() == sha256",
        fault="not unpacked.unused_data",
        tests=_OF_VERIFY,
    ),
    Fault(
        name="a text gone because of an earlier erasure",
        file=_TEXTS,
        right="self.last[sha256][0] >= self.erased.get(sha256, 0)",
        fault="not self.erased.get(sha256, 0)",
        tests=_OF_VERIFY,
    ),
    Fault(
        name="a text gone that nobody erased",
        file=_TEXTS,
        right="if named.is_kept(each) and each not in there)",
        fault="if named.is_kept(each) and each not in named.last)",
        tests=_OF_VERIFY,
    ),
    Fault(
        name="any row may say that a text was erased",
        file=_TEXTS,
        right="if row.kind in ERASING:",
        fault="if row.kind:",
        tests=_OF_VERIFY,
    ),
    Fault(
        name="an erased text put back",
        file=_TEXTS,
        right="if not named.is_kept(sha256):",
        fault="if sha256 not in named.last:",
        tests=_OF_VERIFY,
    ),
    Fault(
        name="a text that no row names",
        file=_TEXTS,
        right="if not named.is_kept(sha256):",
        fault="if sha256 in named.last and not named.is_kept(sha256):",
        tests=_OF_VERIFY,
    ),
    Fault(
        name="a trigger taken out",
        file=_SCHEMA,
        right="sorted(right.keys() - now.keys())",
        fault="sorted(set[str]())",
        tests=_OF_VERIFY,
    ),
    Fault(
        name="a trigger that lets pass",
        file=_SCHEMA,
        right="for name in both if right[name] != now[name])",
        fault="for name in both if not now[name])",
        tests=_OF_VERIFY,
    ),
    Fault(
        name="another table in the record",
        file=_SCHEMA,
        right="sorted(now.keys() - right.keys())",
        fault="sorted(set[str]())",
        tests=_OF_VERIFY,
    ),
    Fault(
        name="damaged pages of the record",
        file=_SCHEMA,
        right='.fetchone() != ("ok",):',
        fault=".fetchone() is None:",
        tests=_OF_VERIFY,
    ),
    Fault(
        name="an empty folder among the results",
        file="src/exvivo/store/tree.py",
        right='"folder" if any(path.iterdir()) else "empty"',
        fault='"folder"',
        tests=_OF_VERIFY,
    ),
    Fault(
        name="links among the results followed",
        file="src/exvivo/store/tree.py",
        right="if path.is_symlink():",
        fault="if path.is_symlink() and not path.exists():",
        tests=_OF_VERIFY,
    ),
    Fault(
        name="a link in the place of a result",
        file=_VERIFY,
        right='return "folder" if form == "empty" else form',
        fault='return "folder" if form == "empty" else None',
        tests=_OF_VERIFY,
    ),
    Fault(
        name="an input that leads out of the study",
        file=_VERIFY,
        right='        return "outside"\n',
        fault="        pass\n",
        tests=_OF_VERIFY,
    ),
    Fault(
        name="roots of raw files not admitted",
        file=_VERIFY,
        right='for root in ("", *roots))',
        fault='for root in ("",))',
        tests=_OF_VERIFY,
    ),
    Fault(
        name="an expected hash that is in no row",
        file=_VERIFY,
        right="if expect is not None and since is None else []",
        fault="if expect is not None and rows is None else []",
        tests=_OF_VERIFY,
    ),
    Fault(
        name="a link of the user thrown away by the next run",
        file="src/exvivo/store/results.py",
        right='if form != "file" or (name not in made and not is_of_the_system(path))',
        fault='if form == "file" and (name not in made and not is_of_the_system(path))',
        tests=_OF_VERIFY,
    ),
    Fault(
        name="a text pruned that a decision names",
        file=_PRUNE,
        right="for row in rows if row not in old for each",
        fault="for row in rows if row not in old and row.kind in RUNS for each",
        tests=_OF_PRUNE,
    ),
    Fault(
        name="a prune that no row states",
        file=_PRUNE,
        right='chain.append(connection, "prune", states)',
        fault="rows[-1]",
        tests=_OF_PRUNE,
    ),
    Fault(
        name="what was erased left in the file beside the record",
        file="src/exvivo/store/database.py",
        right="    if is_held:\n",
        fault="    if is_held is None:\n",
        tests=_OF_PRUNE,
    ),
    Fault(
        name="a record of version 1 brought up in pieces",
        file="src/exvivo/store/database.py",
        right='    connection.execute("BEGIN IMMEDIATE")\n    version = _version(connection)\n',
        fault="    version = _version(connection)\n",
        tests=("store/test_version_1.py",),
    ),
)

BROKEN_OFF = (
    Fault(
        name="an export without its checksum taken for whole",
        file="src/exvivo/read/luminex/xponent_whole.py",
        right="    if export.sealed:\n        return\n",
        fault="    if export.blocks:\n        return\n",
        tests=("read/luminex/test_xponent.py",),
    ),
    Fault(
        name="wells without a line in Dilution Factor taken for undiluted",
        file="src/exvivo/read/luminex/xponent_whole.py",
        right="    if silent and (stated or not export.sealed):",
        fault="    if silent and not stated:",
        tests=("read/luminex/test_xponent.py",),
    ),
    Fault(
        name="bytes behind the segments of an FCS file passed over",
        file="src/exvivo/read/cytometer/segments.py",
        right="    if surplus == 0 or",
        fault="    if surplus >= 0 or",
        tests=("read/cytometer/test_segments.py",),
    ),
    Fault(
        name="a checksum read as the last of the data",
        file="src/exvivo/read/cytometer/segments.py",
        right="return not behind and _DIGITS",
        fault="return False and _DIGITS",
        tests=("read/cytometer/test_segments.py",),
    ),
    Fault(
        name="the checksum of a FACSVerse not compared",
        file="src/exvivo/read/cytometer/segments.py",
        right="    if own != int(seal):",
        fault="    if own < 0:",
        tests=("read/cytometer/test_segments.py",),
    ),
    Fault(
        name="tubes with few gated events passed over",
        file="src/exvivo/quantify/beads/gated.py",
        right="return np.asarray(fall > np.maximum(",
        fault="return np.asarray(-fall > np.maximum(",
        tests=("quantify/test_gated_shares.py",),
    ),
    Fault(
        name="Gen5 lines that lost cells taken for something computed",
        file="src/exvivo/read/plate_reader/gen5.py",
        right="        if not name:\n            yield Mistake(",
        fault="        if name is None:\n            yield Mistake(",
        tests=("read/plate_reader/test_vendors.py",),
    ),
    Fault(
        name="a number cut at the end of a text taken for whole",
        file="src/exvivo/read/open_end.py",
        right="return len(decimals) >= _FEWEST and set(decimals) == {len(own[1])}",
        fault="return bool(own)",
        tests=("read/test_prefixes.py",),
    ),
    Fault(
        name="a last line that breaks off read",
        file="src/exvivo/read/open_end.py",
        right="    if wells and end.is_short:",
        fault="    if not wells and end.is_short:",
        tests=("read/test_prefixes.py",),
    ),
    Fault(
        name="curves that end before the others read",
        file="src/exvivo/read/qpcr/applied_biosystems.py",
        right="    if 0 < curve.last < last:",
        fault="    if last < 0:",
        tests=("read/qpcr/test_applied_biosystems.py",),
    ),
    Fault(
        name="wells that lack a channel passed over",
        file="src/exvivo/reconcile/channels_lacking.py",
        right="return {well: lack[own] for well, own in wells.items() if lack[own]}",
        fault="return {well: lack[own] for well, own in wells.items() if not own}",
        tests=("reconcile/test_broken_off.py",),
    ),
)

FAULTS: tuple[Fault, ...] = (
    *PLAUSIBLE,
    *NAMES,
    *WITHHELD,
    *RESPONSES,
    *VERDICTS,
    *DIFFERENCES,
    *ASSOCIATIONS,
    *QPCR,
    *CALLS,
    *CONTROLS,
    *CURVES,
    *FILES,
    *SENTENCES,
    *HANDED_IN,
    *CONTRADICTIONS,
    *SIDES,
    *FIGURES,
    *PEOPLE,
    *DRAFTS,
    *WHO,
    *LOAD,
    *HISTORY,
    *RECORD,
    *CACHE,
    *BROKEN_OFF,
)
