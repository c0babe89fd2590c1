"""The named numbers of the ASSAYS table: their closed vocabulary, and how to write and read them.

A figure is a record, so that nobody has to take a name apart: `name` is one of `FIGURE_NAMES`, `of`
is what the number belongs to (a control, gene, well, channel or group; null: the fitted thing
itself), `plate` the plate of a control, and `condition` with `baseline` what a shift compares: a
stimulus with no stimulus (null), or one group with another.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import SupportsFloat, TypedDict

from exvivo.errors import Bug


class Figure(TypedDict):
    """One record of the columns `figures` and `parameters` of ASSAYS."""

    name: str
    of: str | None
    plate: str | None
    condition: str | None
    baseline: str | None
    value: float


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a figure says, its unit (empty: a count, a share, 0 or 1), and what `of` names."""

    meaning: str
    unit: str = ""
    of: str = ""


_SIGNAL, _AMOUNT = "the reading", "the assay"
_CURVE = {
    "A": Meaning("lower asymptote", _SIGNAL),
    "B": Meaning("upper asymptote", _SIGNAL),
    "C": Meaning("midpoint of the logistic", _AMOUNT),
    "D": Meaning("steepness"),
    "F": Meaning("asymmetry; 1 with four parameters"),
    "parameters": Meaning("free parameters, 4 or 5"),
    "aicc_4pl": Meaning("AICc with four parameters"),
    "aicc_5pl": Meaning("AICc with five parameters"),
    "levels": Meaning("different amounts among the standards"),
    "wells": Meaning("wells it rests on"),
    "levels_within_20_percent": Meaning("levels read back within 20 % of their amount"),
    "levels_within_25_percent": Meaning("levels read back within 25 % of their amount"),
    "levels_in_range": Meaning("levels from LLOQ to ULOQ"),
    "accurate_lower": Meaning("lowest standard of those accurate within 20 %, 25 % ends", _AMOUNT),
    "accurate_upper": Meaning("highest standard of those", _AMOUNT),
    "lower_from_curve": Meaning("share of the curve in the interval at the LLOQ, within standards"),
    "upper_from_curve": Meaning("share of the curve in the interval at the ULOQ, within standards"),
    "m10_levels_passing": Meaning("levels that pass as ICH M10 asks"),
    "m10_pass": Meaning("1: the curve passes as ICH M10 asks"),
    "blanks": Meaning("blanks the limits of detection rest on"),
    "lob": Meaning("limit of blank", _AMOUNT),
    "lod": Meaning("limit of detection", _AMOUNT),
    "misfit": Meaning("chi squared per degree of freedom; 1: standards scatter as noise does"),
    "lack_of_fit_p": Meaning("p of level means off the curve by more than replicates differ"),
    "residual_cv": Meaning("coefficient of variation of the standards round the curve"),
    "replicate_cv": Meaning("noise in proportion to the signal"),
    "replicate_s0": Meaning("noise at no signal", _SIGNAL),
    "replicated_levels": Meaning("groups of replicates the noise rests on"),
    "preparation_cv": Meaning("error of preparing a standard, of its amount"),
    "pooled": Meaning("other plates its parameters are pooled with; 0: none"),
    "hook": Meaning("1: the highest standard reads lower than the next one"),
    "flat": Meaning("1: its standards do not rise, so that nothing is read off it"),
    "outlier": Meaning("a standard far off the curve", "standard deviations", of="well"),
}
_CONTROL = {
    "between_sd": Meaning("standard deviation between plates beyond known errors", "log2"),
    "plates": Meaning("plates it rests on"),
    "control_log2": Meaning("mean of a control on a plate", "log2", of="control"),
    "control_sd": Meaning("standard error of that mean", "log2", of="control"),
    "control_expected": Meaning("its known amount", "log2", of="control"),
    "control_above": Meaning("bound of a control that reads above its amount", "log2", "control"),
    "control_below": Meaning("bound of a control that reads below its amount", "log2", "control"),
    "dilution_samples": Meaning("samples at several dilutions"),
    "dilution_slope": Meaning("concentration per doubling of the dilution; 0: linear", "log2"),
    "dilution_slope_se": Meaning("standard error of that slope", "log2"),
    "dilution_shift": Meaning("most diluted less least diluted wells of a sample", "log2"),
    "dilution_shift_se": Meaning("standard error of that shift", "log2"),
    "spikes": Meaning("wells with an added amount"),
    "spike_recovery": Meaning("median share of an added amount that is read"),
    "spike_least": Meaning("smallest such share"),
    "spike_most": Meaning("largest such share"),
    "refuted": Meaning("how much more a thinner dilution shows", "log2", of="well"),
    "refuted_to_bound": Meaning("bound of a well that may be too low as well", "log2", of="well"),
    "gave_way": Meaning("wells off the scale that another dilution replaced"),
}
_POPULATION = {
    "centre": Meaning("centre of a bead population", "asinh", of="channel, or size"),
    "spread": Meaning("its standard deviation", "asinh", of="channel, or size"),
    "cofactor": Meaning("what readings are divided by before asinh", _SIGNAL, of="channel"),
    "weight": Meaning("of the logarithm of a scatter channel in the size of a bead", of="channel"),
    "tubes": Meaning("tubes or wells with beads"),
    "beads_median": Meaning("median of the beads of a well"),
    "beads_least": Meaning("fewest beads of a well"),
    "beads_in": Meaning("beads of a well with too few for a result", of="well"),
    "wells_under_50": Meaning("wells with fewer than 50 beads"),
    "wells_under_35": Meaning("wells with fewer than 35 beads"),
    "gated_in": Meaning(
        "share of a tube's events in any population, where it is far off", of="well"
    ),
    "gated_usual": Meaning("that share in the other tubes of the plate, the median"),
    "wells_without_beads": Meaning("wells with too few beads for a result"),
    "clarity": Meaning("how much clearer its peak is than the clearest surplus one"),
    "assigned_of_plate": Meaning("share of the events of the plate in any population"),
    "largest_drift": Meaning("farthest that a tube moves the populations", "asinh"),
    "letter_step": Meaning("brightness from one letter to the next", "log10", of="channel"),
    "number_step": Meaning("brightness from one number to the next", "log10", of="channel"),
    "steps_off": Meaning("how far the bead lies from the place of its position", "steps"),
}
_DELIVERED = {
    "n": Meaning("results", of="group"),
    "distinct": Meaning("different results", of="group"),
    "zeros": Meaning("results of zero", of="group"),
    "negatives": Meaning("results below zero", of="group"),
    "smallest": Meaning("smallest positive result", _AMOUNT, of="group"),
    "repeated_smallest": Meaning("how often it was given", of="group"),
    "largest_tie": Meaning("how often the most frequent result was given", of="group"),
    "smallest_of_one_condition": Meaning("how often it was given, all in one condition"),
    "left_out": Meaning("samples without a quantity"),
    "undetected": Meaning("undetected wells"),
    "probable_limit": Meaning("limit of detection inferred from the results", _AMOUNT),
}
_EFFICIENCY = {
    "E": Meaning("efficiency: copies after a cycle per copy before it"),
    "efficiency": Meaning("the same"),
    "sd": Meaning("standard deviation of the efficiency"),
    "given": Meaning("1: stated by the laboratory"),
    "defaulted": Meaning("1: the default of the study"),
    "curves": Meaning("amplification curves it was read from"),
    "curve_fit": Meaning("their efficiency before it was drawn towards what is usual"),
    "curve_fit_sd": Meaning("what their scatter leaves it, standard deviation"),
    "common_sd": Meaning("what it errs by together with other targets read from curves"),
    "slope": Meaning("slope of the standard curve", "cycles per tenfold"),
    "slope_sd": Meaning("standard deviation of the slope", "cycles per tenfold"),
    "intercept": Meaning("Cq at an amount of 1, mean of the plates", "cycles"),
    "r2": Meaning("r squared of the standard curve"),
    "standards": Meaning("standards with a Cq"),
    "standards_undetected": Meaning("standards without one"),
    "decades": Meaning("range of the standards", "log10"),
    "residual_sd": Meaning("standard deviation round the standard curve", "cycles"),
    "replicate_sd": Meaning("standard deviation of replicates", "cycles"),
    "replicate_sd_assumed": Meaning("1: too few replicates, assumed"),
    "unreadable": Meaning("wells that are neither read nor undetected"),
    "sample_lowest_cq": Meaning("lowest Cq of a sample", "cycles"),
    "sample_highest_cq": Meaning("highest Cq of a sample", "cycles"),
    "ntc_wells": Meaning("controls without template"),
    "ntc_amplified": Meaning("those that amplify"),
    "ntc_lowest_cq": Meaning("their lowest Cq", "cycles"),
    "ntc_bound": Meaning("sample wells that they bound"),
    "ntc_share": Meaning("sample wells that they may share in, less than five cycles later"),
    "ntc_doubt": Meaning("sample wells no earlier than one that amplifies, the others not"),
    "no_rt_wells": Meaning("controls without reverse transcriptase"),
    "no_rt_amplified": Meaning("those that amplify"),
    "no_rt_lowest_cq": Meaning("their lowest Cq", "cycles"),
    "no_rt_bound": Meaning("sample wells that they bound"),
    "no_rt_share": Meaning("sample wells that they may share in, less than five cycles later"),
    "no_rt_doubt": Meaning("sample wells no earlier than one that amplifies, the others not"),
    "vendor_wells": Meaning("wells with a Cq of exvivo and of the instrument"),
    "vendor_difference": Meaning("median of the difference of the two", "cycles"),
    "vendor_difference_sd": Meaning("its standard deviation", "cycles"),
    "vendor_calls_apart": Meaning("wells in which only one of the two saw amplification"),
    "amplified": Meaning("curves that amplify"),
    "without_plateau": Meaning("those still growing at the last cycle"),
    "by_threshold": Meaning("1: the Cq come from a threshold"),
    "falling": Meaning("curves that go down as others go up"),
    "distorted": Meaning("curves that are disturbed, so that they have no Cq"),
    "jumped": Meaning("curves that jump from one cycle to the next; the jump was taken off"),
    "one_copy_cq": Meaning("Cq of a single copy", "cycles"),
    "one_copy_assumed": Meaning("1: undetected wells, and that Cq was assumed"),
    "later_than_one_copy": Meaning("wells of samples with a Cq after that of a single copy"),
    "latest_cq": Meaning("their latest Cq", "cycles"),
    "counting_sd": Meaning("spread between replicates that counting gives", "cycles"),
    "melt_wells": Meaning("melting curves with a peak"),
    "melt_temperature": Meaning("middle temperature of their highest peaks", "degrees Celsius"),
    "melt_several": Meaning("those with several peaks"),
    "melt_other": Meaning("those with their peak elsewhere"),
}
_REFERENCE = {
    "mean_cq": Meaning("mean Cq of a reference gene", "cycles", of="gene"),
    "samples": Meaning("samples"),
    "samples_without_reference": Meaning("samples that lack a reference gene"),
    "wells_without_reference": Meaning("wells of such samples"),
    "reference_wells": Meaning("wells of reference genes"),
    "reference_undetected": Meaning("those undetected"),
    "reference_unreadable": Meaning("those neither read nor undetected"),
    "cell_types": Meaning("cell types among the samples"),
    "stability_samples": Meaning("samples with every reference gene"),
    "panel_samples": Meaning("samples with every gene of the panel (references and candidates)"),
    "candidate": Meaning("1: measured, neither analyte nor reference", of="gene"),
    "genorm_m": Meaning("geNorm M among the references", "log2", of="gene"),
    "panel_m": Meaning("geNorm M among the panel", "log2", of="gene"),
    "panel_rank": Meaning("geNorm rank in the panel; 1: most stable", of="gene"),
    "genorm_v": Meaning("geNorm V between two sets of the best genes", "log2", "set sizes: 2/3"),
    "best_pair": Meaning("1: one of the steadiest pair of the panel", of="gene"),
    "best_pair_m": Meaning("M of that pair", "log2"),
    "references_m": Meaning("mean M of the references in the same samples", "log2"),
    "normfinder": Meaning("NormFinder rho in the panel", "log2", of="gene"),
    "normfinder_groups": Meaning("conditions NormFinder told apart"),
    "instability": Meaning("error that the references give a normalised amount", "log2"),
    "instability_df": Meaning("its degrees of freedom"),
    "margin": Meaning("margin within which a shift does not matter", "log2"),
    "shift": Meaning("shift against the other references", "log2", of="gene"),
    "shift_lower": Meaning("lower end of its 90 % interval", "log2", of="gene"),
    "shift_upper": Meaning("upper end of its 90 % interval", "log2", of="gene"),
    "shift_donors": Meaning("donors behind it", of="gene"),
    "shift_within": Meaning("1: shown to lie within the margin", of="gene"),
    "shift_moves": Meaning("1: seen to move", of="gene"),
    "raw_shift": Meaning("the shift with the amount of cDNA in it", "log2", of="gene"),
    "raw_shift_lower": Meaning("lower end of its 90 % interval", "log2", of="gene"),
    "raw_shift_upper": Meaning("upper end of its 90 % interval", "log2", of="gene"),
}
FIGURE_NAMES: Mapping[str, Meaning] = (
    _CURVE | _CONTROL | _POPULATION | _DELIVERED | _EFFICIENCY | _REFERENCE
)
"""Every name a figure or parameter may have; units are those of the row where they say so."""


def figure(
    name: str,
    value: SupportsFloat,
    *,
    of: str | None = None,
    plate: str | None = None,
    condition: str | None = None,
    baseline: str | None = None,
) -> Figure:
    """One figure. Raises `Bug` for a name outside the vocabulary.

    >>> figure("outlier", 5.1, of="A3")["of"]
    'A3'
    """
    _check_name(name)
    return Figure(
        name=name,
        of=of,
        plate=plate,
        condition=condition,
        baseline=baseline,
        value=float(value),
    )


def figures_from(values: Mapping[str, SupportsFloat], *, of: str | None = None) -> list[Figure]:
    """Figures of one thing (`of`; null: the fitted thing itself), from their values by name."""
    return [figure(name, value, of=of) for name, value in values.items()]


def values_of(figures: Iterable[Figure]) -> dict[str, float]:
    """Values by name of the figures that belong to the fitted thing itself (`of` is null)."""
    return {each["name"]: each["value"] for each in figures if each["of"] is None}


def figures_named(figures: Iterable[Figure], name: str) -> list[Figure]:
    """All figures of one name, in order. Raises `Bug` for a name outside the vocabulary."""
    _check_name(name)
    return [each for each in figures if each["name"] == name]


def value_of(
    figures: Iterable[Figure],
    name: str,
    *,
    of: str | None = None,
    plate: str | None = None,
    condition: str | None = None,
    baseline: str | None = None,
) -> float | None:
    """The value of one figure, or None. Raises `Bug` for a name outside the vocabulary."""
    wanted = (of, plate, condition, baseline)
    for each in figures_named(figures, name):
        if (each["of"], each["plate"], each["condition"], each["baseline"]) == wanted:
            return each["value"]
    return None


def comparison(
    figures: Iterable[Figure], condition: str, baseline: str | None = None
) -> dict[tuple[str, str | None], float]:
    """Values by name and gene of the shifts with `condition`: a stimulus, or a group against
    another.
    """
    return {
        (each["name"], each["of"]): each["value"]
        for each in figures
        if (each["condition"], each["baseline"]) == (condition, baseline)
    }


def _check_name(name: str) -> None:
    if name not in FIGURE_NAMES:
        raise Bug(f"{name!r} is no name of a figure; the names stand in exvivo.figures")
