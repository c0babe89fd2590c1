"""Every method a finding can be made by: its id, what family it belongs to, its name and source.

Ids decide, names are for readers. A new method is one file in `compare/methods/` and one entry
here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Family = Literal[
    "none", "means", "ranks", "wells", "coefficient", "regression", "similarity", "joint", "check"
]
"""What kind of estimate a method gives. `check`: a test, a description or a number about another
estimate, shown beside it.
"""
Coefficient = Literal["", "spearman", "pearson", "kendall"]
"""The coefficient of correlation a method gives; empty where it gives none."""


@dataclass(frozen=True, slots=True)
class Method:
    """A method: `id` decides, `name` and `doi` are for readers, `when_not` says when not to use."""

    id: str
    family: Family
    name: str
    doi: tuple[str, ...] = ()
    when_not: str = ""
    coefficient: Coefficient = ""


_FISHER_Z = "10.2307/2331838"
_TOBIN = "10.2307/1907382"
_STUDENT = "10.1093/biomet/6.1.1"
_WELCH = "10.1093/biomet/34.1-2.28"
_BONETT_WRIGHT = "10.1007/BF02294183"
_ROBUSTNESS = "10.1111/rssb.12348"

NOT_ESTIMABLE = Method("none", "none", "none: not estimable")

# Two groups, one number a donor.
WELCH = Method(
    "welch",
    "means",
    "Welch's t interval on donor means, errors shared between donors added",
    (_WELCH,),
    "where donors have wells of very different number or error: the mixed model of the wells",
)
MANN_WHITNEY = Method(
    "mann_whitney",
    "ranks",
    "Mann-Whitney test with Hodges and Lehmann's shift",
    ("10.1214/aoms/1177704172",),
    "where the groups differ in spread or shape: the shift is then no difference of medians",
)
VAN_ELTEREN = Method(
    "van_elteren",
    "ranks",
    "van Elteren's test of ranks within strata (1960), with the shift that goes with it",
    (),
    "where the groups differ in spread or shape, or a donor has parts of several levels",
)
SHIFT = Method(
    "gehan_shift",
    "ranks",
    "shift by ranks that respect bounds (Gehan's scores within strata inverted)",
    ("10.1093/biomet/52.1-2.203",),
    "where limits depend on the group, or more than half of a group is undetected",
)
SUPERIORITY = Method(
    "brunner_munzel",
    "ranks",
    "probability of the higher result, Brunner and Munzel's interval on the logit scale, "
    "Gehan's test",
    ("10.1002/(SICI)1521-4036(200001)42:1<17::AID-BIMJ17>3.0.CO;2-U",),
    "where a fold change can be given: it says nothing of the size of a difference",
)
COUNTED = Method(
    "counted_wells",
    "wells",
    "Poisson-lognormal likelihood of the wells' copies, undetected wells as fewer than show, "
    "profile interval",
    ("10.1371/journal.pone.0071448",),
    "where the Cq of a single copy is not known",
)
BOUNDED = Method(
    "bounded_wells",
    "wells",
    "normal likelihood of the wells, bounds as bounds, profile interval",
    (_TOBIN,),
    "where fewer than three donors of a group have a detected well on each side",
)
WELLS = Method(
    "mixed_wells",
    "wells",
    "restricted likelihood of the wells: donors (a covariance for each group), "
    "Kenward and Roger's degrees of freedom",
    ("10.2307/2533558",),
    "with undetected wells, and under five donors a group",
)
TOST = Method(
    "tost",
    "check",
    "two one-sided tests with Welch's error",
    ("10.1007/BF01068419",),
    "with a margin that was chosen after the results were seen",
)
PETO = Method(
    "peto_prentice",
    "check",
    "Peto's and Prentice's test of results with limits",
    ("10.1093/biomet/69.3.553",),
    "where limits depend on the group (its plates, its dilution)",
)
ORDER = Method(
    "order_statistics",
    "check",
    "regression on order statistics",
    ("10.1029/WR024i012p01997",),
    "for anything that is compared or tested: it describes one set of results",
)

# A coefficient between results and scores.
SPEARMAN = Method(
    "spearman",
    "coefficient",
    "Spearman's rho, interval of Bonett and Wright",
    (_BONETT_WRIGHT,),
    "where many results are known only by bounds: they enter as ties and draw it towards 0",
    "spearman",
)
PEARSON = Method(
    "pearson",
    "coefficient",
    "Pearson's r, interval by Fisher's z",
    (_FISHER_Z,),
    "with undetected results, or where one donor lies far from the others",
    "pearson",
)
_CONFOUNDED = "where a covariate lies on the way from the result to the score"
PARTIAL_SPEARMAN = Method(
    "partial_spearman",
    "coefficient",
    f"partial correlation; {SPEARMAN.name}",
    (_FISHER_Z, _BONETT_WRIGHT),
    _CONFOUNDED,
    "spearman",
)
PARTIAL_PEARSON = Method(
    "partial_pearson",
    "coefficient",
    f"partial correlation; {PEARSON.name}",
    (_FISHER_Z,),
    _CONFOUNDED,
    "pearson",
)
_GROUPS_DIFFER = "where the relation differs between groups: it is one number for all of them"
GROUP_SPEARMAN = Method(
    "group_adjusted_spearman",
    "coefficient",
    f"partial correlation, group adjusted for; {SPEARMAN.name}",
    (_BONETT_WRIGHT,),
    _GROUPS_DIFFER,
    "spearman",
)
GROUP_PEARSON = Method(
    "group_adjusted_pearson",
    "coefficient",
    f"partial correlation, group adjusted for; {PEARSON.name}",
    (_FISHER_Z,),
    _GROUPS_DIFFER,
    "pearson",
)
_NEVER = "as an answer: the difference between the groups is mixed in"
POOLED_SPEARMAN = Method(
    "pooled_spearman",
    "coefficient",
    f"all groups pooled; {SPEARMAN.name}",
    (_BONETT_WRIGHT,),
    _NEVER,
    "spearman",
)
POOLED_PEARSON = Method(
    "pooled_pearson",
    "coefficient",
    f"all groups pooled; {PEARSON.name}",
    (_FISHER_Z,),
    _NEVER,
    "pearson",
)
KENDALL = Method(
    "kendall",
    "coefficient",
    "Kendall's tau-b with bounds, jackknife interval by Fisher's z",
    ("10.1080/01621459.1995.10476499", "10.18637/jss.v015.i01"),
    "where nothing is undetected: the declared coefficient says more",
    "kendall",
)
_TWO_WAY = ("10.1080/07350015.2016.1247004",)
_OWN_DRIFT = "where a cause that differs between donors moves both over the visits: it is not held"
TWO_WAY = Method(
    "two_way",
    "coefficient",
    "Pearson's r within donors, what all share at a visit taken out, interval by Fisher's z with "
    "the variance of donors (CR2)",
    _TWO_WAY,
    _OWN_DRIFT,
    "pearson",
)
TWO_WAY_RANKS = Method(
    "two_way_ranks",
    "coefficient",
    "Spearman's rho within donors by Gehan's scores of the changes, what all share at a visit "
    "taken out, interval by Fisher's z with the variance of donors (CR2)",
    ("10.1093/biomet/52.1-2.203", *_TWO_WAY),
    "where more than half of the results are known only by bounds",
    "spearman",
)
RELIABILITY = Method(
    "assumed_reliability",
    "coefficient",
    "Pearson's r; sensitivity to an assumed reliability",
    ("10.2307/1412159",),
    "as an answer: the reliability is assumed, not measured",
    "pearson",
)

# Regression on donors.
LEAST_SQUARES = Method(
    "least_squares",
    "means",
    "least squares on donors with a variance for each group, Satterthwaite's degrees of freedom",
    ("10.2307/3002019",),
    "with undetected results, or with more than one covariate for every ten donors",
)
ROBUSTNESS = Method(
    "robustness_value",
    "check",
    "robustness value: the share of what is left of response and exposure that something "
    "unmeasured must explain",
    (_ROBUSTNESS,),
    "as evidence that nothing unmeasured is there",
)
PRODUCT = Method(
    "product_of_slopes",
    "regression",
    "product of two least-squares slopes, interval of the product of their t distributions",
    ("10.3758/BF03193007",),
    "as evidence of a cause: with everything measured at once the order is not known",
)
UNMEASURED_CAUSES = Method(
    "unmeasured_causes",
    "check",
    "sensitivity to unmeasured common causes",
    ("10.1037/a0020761",),
    "as evidence that nothing unmeasured is there",
)

# Contrasts within donors.
WELCH_CONTRASTS = Method(
    "welch_contrasts",
    "means",
    "Welch's t interval on the contrasts of donors",
    (_WELCH,),
    "for analytes on scales that cannot be compared",
)
STUDENT_CONTRASTS = Method(
    "student_contrasts",
    "means",
    "Student's t interval on the contrasts of donors",
    (_STUDENT,),
    "where donors of several groups are asked about",
)
BOUNDED_CONTRASTS = Method(
    "bounded_contrasts",
    "means",
    "normal likelihood of the donors' contrasts, bounds as bounds, profile interval",
    (_TOBIN,),
    "where more than half of a group is known only by bounds",
)

# Similarity of expression.
_CENTRED = "Pearson's r over genes of log2 expression, each less its mean over the references"
_PLAIN = "Pearson's r over genes as they stand"
_OVER_BOTH = (
    "Student's t interval over donors and over another set of reference donors of the same size"
)
_EFRON_STEIN = "10.1214/aos/1176345462"
_SATTERTHWAITE = "10.2307/3002019"
_SMYTH = "10.2202/1544-6115.1027"
SIMILARITY_CONTRAST = Method(
    "similarity_contrast",
    "similarity",
    f"{_CENTRED}; {_OVER_BOTH}",
    (_EFRON_STEIN, _SATTERTHWAITE, _SMYTH),
    "with fewer than two classes of reference cells: nearer is then not near; with one donor a "
    "class: what such cells differ by is then not known",
    "pearson",
)
SIMILARITY = Method(
    "similarity",
    "similarity",
    f"{_CENTRED}; mean of the donors by Fisher's z, {_OVER_BOTH}",
    (_FISHER_Z, _EFRON_STEIN, _SATTERTHWAITE, _SMYTH),
    "alone: likeness shows only beside cells of another kind",
    "pearson",
)
GATE = Method(
    "gate",
    "check",
    "median over the genes of a lineage of the share of a sample's genes that lie below them",
    (),
    "in tables of selected genes, or of fewer than 5,000: a rank says nothing there",
)
PAIR_AXIS = Method(
    "pair_axis",
    "check",
    "the same with each gene less the midpoint of the two classes, so that no other class counts",
    (),
    "alone: cells that are like neither still lie on one side",
)
ALL_GENES = Method(
    "all_genes",
    "check",
    "the same with all genes of both tables in place of the panel",
    (),
    "as the answer, where a panel was declared: it is a check of it",
)
WITHOUT_CLASS = Method(
    "without_class",
    "check",
    "leaving out one reference class at a time",
    (),
    "as an interval: it is a range",
)
WITHOUT_BATCH = Method(
    "without_batch",
    "check",
    "leaving out one batch of the references at a time",
    (),
    "as an interval: it is a range",
)
WITHOUT_PROGRAMME = Method(
    "without_programme",
    "check",
    "the same with the direction of a condition taken out of every gene: the mean over kinds of "
    "stimulated less resting references",
    (),
    "where no kind of reference cell is there in both conditions",
)
OWN_PAIRS_BEYOND = Method(
    "own_pairs_beyond",
    "similarity",
    "own pairs less other pairs, less the same of a control kind of cells of the same donors",
    (),
    "without a control kind of the same donors: own pairs then show the person",
    "pearson",
)
_SHARED_GENES = "to tell kinds of cells apart: most genes are shared by all of them"
PLAIN_POOLED = Method(
    "plain_correlation_pooled",
    "similarity",
    f"{_PLAIN}, donors pooled",
    (),
    _SHARED_GENES,
    "pearson",
)
PLAIN = Method("plain_correlation", "similarity", _PLAIN, (), _SHARED_GENES, "pearson")
ACROSS_DONORS = Method(
    "correlation_across_donors",
    "similarity",
    "Pearson's r across donors, each less the mean of the group, gene by gene; mean over genes",
    (),
    "with fewer than three donors who gave both",
    "pearson",
)
OWN_PAIRS = Method(
    "own_pairs",
    "similarity",
    "Pearson's r over genes, each less its mean over the donors of a group; own pairs against "
    "pairs shuffled within groups, one-sided",
    (),
    "with fewer than three donors who gave both",
    "pearson",
)
GENES_COUNTED = Method("genes_counted", "check", "genes counted")

# The joint model of wells, donors and scores.
JOINT = Method(
    "joint",
    "joint",
    "joint Bayesian model of wells, donors and scores; effects of groups unpooled, "
    "full covariance of donors, bounds as bounds; block Gibbs sampler",
    ("10.1214/13-BA815",),
    "as an answer: it stands beside one, and only where its gates hold",
)
JOINT_CORRELATION = Method(
    "joint_correlation",
    "joint",
    f"Pearson's r; {JOINT.name}",
    JOINT.doi,
    JOINT.when_not,
    "pearson",
)
JOINT_SCEPTICAL = Method(
    "joint_sceptical",
    "joint",
    "the same with the analytes' differences exchangeable (sceptical: it draws them together)",
    (),
    "alone: it stands beside the joint model",
)

# Numbers about another estimate.
LEAVE_ONE_OUT = Method(
    "leave_one_out",
    "check",
    "leaving out one donor at a time",
    (),
    "as an interval: it is a range, and leaves nobody out of the answer",
)
WITHOUT_REFERENCE = Method(
    "without_reference",
    "check",
    "leaving out one reference sample at a time",
    (),
    "as an interval: it is a range",
)
SIMULATED = Method(
    "simulated_design",
    "check",
    "simulated studies of this very design: donors, its terms, wells and limits as fitted",
    ("10.1002/sim.8086",),
    "as proof: they know of nothing that the design does not have (a bias, a wrong scale)",
)

DESIGN_ANALYSIS = Method(
    "design_analysis",
    "check",
    "design analysis: what studies of this size and spread claim",
    ("10.1177/1745691614551642",),
    "as the power of the result that was seen: the truth is assumed, and said",
)
NEXT_STUDY = Method(
    "next_study",
    "check",
    "chance that a next study claims it too, with nothing known before",
    ("10.1002/sim.4780110705",),
    "where the answer was picked from many: it is then too high",
)
EMPIRICAL_NULL = Method(
    "empirical_null",
    "check",
    "Student's t with the answers of the negative controls as the null",
    ("10.1002/sim.5925", "10.1073/pnas.1708282114"),
    "where what moves the controls is not what would move the answer",
)

METHODS = {
    method.id: method
    for method in (
        NOT_ESTIMABLE,
        WELCH,
        MANN_WHITNEY,
        VAN_ELTEREN,
        SHIFT,
        SUPERIORITY,
        COUNTED,
        BOUNDED,
        WELLS,
        TOST,
        PETO,
        ORDER,
        SPEARMAN,
        PEARSON,
        PARTIAL_SPEARMAN,
        PARTIAL_PEARSON,
        GROUP_SPEARMAN,
        GROUP_PEARSON,
        POOLED_SPEARMAN,
        POOLED_PEARSON,
        KENDALL,
        TWO_WAY,
        TWO_WAY_RANKS,
        RELIABILITY,
        LEAST_SQUARES,
        ROBUSTNESS,
        PRODUCT,
        UNMEASURED_CAUSES,
        WELCH_CONTRASTS,
        STUDENT_CONTRASTS,
        BOUNDED_CONTRASTS,
        SIMILARITY_CONTRAST,
        SIMILARITY,
        PLAIN_POOLED,
        PLAIN,
        ACROSS_DONORS,
        OWN_PAIRS,
        GENES_COUNTED,
        JOINT,
        JOINT_CORRELATION,
        JOINT_SCEPTICAL,
        LEAVE_ONE_OUT,
        DESIGN_ANALYSIS,
        NEXT_STUDY,
        EMPIRICAL_NULL,
        WITHOUT_REFERENCE,
        GATE,
        PAIR_AXIS,
        ALL_GENES,
        WITHOUT_CLASS,
        WITHOUT_BATCH,
        WITHOUT_PROGRAMME,
        OWN_PAIRS_BEYOND,
        SIMULATED,
    )
}
"""Every method by its id."""
