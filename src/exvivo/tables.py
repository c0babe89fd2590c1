"""The tables the rooms hand to one another: the only shared vocabulary of the house.

A table is a polars frame. Its columns, types, units and meanings are declared here, and `check` is
called at every door, so a room can trust what it receives. Flags never delete a row; an undetected
result never has a value.
"""

from __future__ import annotations

from typing import get_args

import polars as pl

from exvivo.clinic_tables import ANSWERS as ANSWERS
from exvivo.clinic_tables import CLINIC as CLINIC
from exvivo.findings import CODED, LeftOutCode
from exvivo.flagged import SCOPE
from exvivo.methods import METHODS
from exvivo.table import PROVENANCE as _PROVENANCE
from exvivo.table import Column, Table
from exvivo.table import column_of as _column
from exvivo.table import number_of as _number
from exvivo.units import UNITS

CENSOR = ("none", "left", "right", "interval")
"""How a result is known: as a value, below `upper`, above `lower`, or between `lower` and
`upper`.
"""

ROLES = (
    "sample",
    "standard",
    "blank",
    "ntc",
    "no_rt",
    "positive",
    "calibrator",
    "qc",
    "spike",
    "empty",
)
"""What a well is for. `calibrator`: one sample on every plate; `qc`: a control of known amount;
`spike`: a donor's sample to which the amount in `nominal` was added.
"""
KINDS = ("amplification", "melt", "cq", "bead_events", "mfi", "net_mfi", "signal", "concentration")
"""`signal` is what a plate reader read of a well: absorbance, fluorescence or luminescence; its
unit says which.
"""
SEVERITIES = ("stop", "look", "note")
VERDICTS = ("supported", "equivalent", "not resolved", "not estimable")

SHARED = pl.List(pl.Struct({"key": pl.String, "loading": pl.Float64}))
"""Errors a value shares with others: each key is one standard normal variable, its loading in the
value's unit.

The covariance of two values is the sum over the keys they share of the product of their loadings.
"""
NAMED_NUMBERS = pl.List(pl.Struct({"name": pl.String, "value": pl.Float64}))
"""Numbers by the name of what they belong to, such as an analyte."""
FIGURES = pl.List(
    pl.Struct(
        dict.fromkeys(("name", "of", "plate", "condition", "baseline"), pl.String)
        | {"value": pl.Float64}
    )
)
"""Figures, in their order of reading. `exvivo.figures` holds their vocabulary and readers."""
POINTS = pl.List(
    pl.Struct(
        {
            "well": pl.String,
            "x": pl.Float64,
            "y": pl.Float64,
            "fitted": pl.Float64,
            "used": pl.Boolean,
        }
    )
)
"""The wells behind a fit: `x` nominal, `y` response, `fitted` the curve's reading of `y` on the x
scale, `used` to fit it.

A qPCR target lists every one of its reactions with its Cq as `y`; `x` is empty where a well is no
standard.
"""
NEAR_CONTROL = pl.Struct(
    dict.fromkeys(("role", "bears"), pl.String)
    | dict.fromkeys(("shows", "share", "wells", "amplified"), pl.Float64)
)
"""Controls that a result is not clear of: their role, what they bear on it (`bound`: it is at most
what they show; `share`: so much of its signal may be theirs, an error it carries; `doubt`: too few
amplify to bound it), what they show (earliest Cq, or signal), how many there are, and amplify.
"""
EACH_WELL = pl.List(
    pl.Struct(
        dict.fromkeys(
            (
                *("side", "weight", "value", "lower", "upper", "sd"),
                *("one_copy", "one_copy_sd", "run_end"),
            ),
            pl.Float64,
        )
        | dict.fromkeys(("plate", "well", "culture"), pl.String)
        | {"near_control": NEAR_CONTROL}
    )
)
"""The wells behind a response: side 1 stimulated (or the only condition), -1 unstimulated; the
weight it has in the response; a value, or bounds; its plate and name, its culture, and the controls
that it is not clear of.
"""
COUNTS = pl.List(pl.Struct({"group": pl.String, "n": pl.Int64, "undetected": pl.Int64}))
"""Donors per group, and how many of them have an undetected (censored) result."""


_BOUNDS = (
    _column("censor", "how the result is known", allowed=CENSOR),
    _number("lower", "the result is above this (right and interval)"),
    _number("upper", "the result is below this (left and interval)"),
)
_ON = _column(
    "on",
    "the amount, or the signal it was read from, kept beside it",
    allowed=("amount", "signal"),
)
_MEASURED = (
    _column("assay", "the assay of study.yaml"),
    _ON,
    _column("readout", "what the assay reads"),
    _column("analyte", "the analyte of study.yaml"),
)
_WHOSE = (
    _column("donor", "whose cells; empty for standards and controls", optional=True),
    _column("visit", "which visit of the donor", optional=True),
    _column("group", "the donor's group", optional=True),
    _column("cell_type", "what the cells were made into", optional=True),
    _column("culture", "which culture of the donor", optional=True),
    _column("stimulus", "what the cells were given", optional=True),
    _column("dose", "how much of it, as the study writes it", optional=True),
    _column("time", "how long, as the study writes it", optional=True),
    _column("replicate", "which technical replicate", optional=True),
)
_EXCLUDE = _column("exclude", "why people leave it out of every result", optional=True)

READINGS = Table(
    "readings",
    "what an instrument said of one well and channel",
    (
        *_PROVENANCE,
        _column("block", "the sheet, section or element inside the file"),
        _column("plate", "the plate, as study.yaml names it"),
        _column("well", "the well (A1), or the sample's name where a file has no wells"),
        _column("sample", "the name the file itself gives", optional=True),
        _column(
            "channel",
            "the target, detector or bead the reading belongs to; empty text where the file "
            "names none",
        ),
        _column("kind", "what was measured", allowed=KINDS),
        _number("value", "the reading, where it is one number and was detected"),
        *_BOUNDS,
        _column("unit", "the unit of value and bounds"),
        _column(
            "x",
            "cycles of an amplification curve, temperatures of a melting curve",
            dtype=pl.List(pl.Float64),
            optional=True,
        ),
        _column(
            "y",
            "fluorescence per cycle or temperature, or one number per event",
            dtype=pl.List(pl.Float64),
            optional=True,
        ),
        _column(
            "vendor_role", "the role the file states without doubt", allowed=ROLES, optional=True
        ),
        _number("vendor_nominal", "the known amount the file states for a standard or control"),
        _number("vendor_dilution", "how many times the file says the sample was diluted"),
        _number("beads", "how many beads the reading rests on"),
    ),
)

VENDOR = Table(
    "vendor",
    "what the instrument's own software wrote beside its readings, as it wrote it",
    (
        *_PROVENANCE,
        _column("plate", "the plate, as study.yaml names it"),
        _column("block", "the sheet, section or element inside the file"),
        _column("row", "the well, sample, or name of the line inside the block"),
        _column("channel", "the bead or target; empty where the line has none"),
        _column("text", "what stands there"),
    ),
)

WELLS = Table(
    "wells",
    "a reading that knows whose it is",
    (
        *READINGS.columns,
        _column("assay", "the assay of study.yaml"),
        _column("readout", "what the assay reads: mRNA, protein, ..."),
        _column(
            "analyte",
            "the analyte of study.yaml; empty for event channels of a bead array",
            optional=True,
        ),
        _column("role", "what the well is for", allowed=ROLES),
        *_WHOSE,
        _column(
            "control",
            "which control or calibrator it is, named alike on every plate",
            optional=True,
        ),
        _number("dilution", "how many times the sample was diluted (1: not)", optional=False),
        _number("nominal", "the known amount of a standard, in the assay's unit"),
        _EXCLUDE,
    ),
)

LAYOUT = Table(
    "layout",
    "what a plate layout says of one well",
    (
        _column("line", "the layout file and line, for error messages"),
        _column("plate", "the plate"),
        _column("well", "the well, or the sample's name"),
        _column("role", "what the well is for", allowed=ROLES),
        *_WHOSE,
        _column(
            "control",
            "which control or calibrator it is (QC low), named alike on every plate",
            optional=True,
        ),
        _number(
            "dilution",
            "how many times the sample was diluted (1: not); empty: as the instrument file says, "
            "else 1",
        ),
        _number("nominal", "the known amount of a standard, for every analyte"),
        _column(
            "nominals",
            "the known amount by analyte, where it differs (nominal:TNF columns)",
            dtype=NAMED_NUMBERS,
        ),
        _column(
            "target",
            "the qPCR target of the well, where the instrument file names none",
            optional=True,
        ),
        _column(
            "file", "the instrument file of this well, where a file holds one well", optional=True
        ),
        _EXCLUDE,
        _column(
            "role_within",
            "the role that a well left out by people would have, were it not",
            allowed=ROLES,
            optional=True,
        ),
    ),
)

LABELS = ("hidden", "seen")
"""Whether whoever left something out could see the groups."""
EXCLUSIONS = Table(
    "exclusions",
    "a well that people leave out, or the readings of one analyte in it",
    (
        _column("line", "the line of exclusions.csv, or of a layout, that says so"),
        _column("plate", "the plate"),
        _column("well", "the well, or the sample's name"),
        _column("analyte", "the analyte that is left out; empty: all of the well", optional=True),
        _column("reason", "why it is left out"),
        _column("who", "who decided it", optional=True),
        _column("when", "the day it was decided (2026-03-01)", optional=True),
        _column(
            "labels",
            "whether the groups were hidden or seen when it was decided",
            allowed=LABELS,
            optional=True,
        ),
    ),
)

QUANTITIES = Table(
    "quantities",
    "one analyte in one well, on log2 scale: the only thing statistics ever sees",
    (
        *_MEASURED,
        _column("plate", "the plate"),
        _column("well", "the well"),
        *_WHOSE,
        _number("value", "log2 of the quantity; empty when censored", unit="log2"),
        _number("sd", "its own standard deviation, shared errors left out", unit="log2"),
        *_BOUNDS,
        _column("unit", "the unit under the logarithm"),
        _number(
            "one_copy",
            "the log2 quantity a single copy in this well would have, where copies can be counted",
        ),
        _number(
            "one_copy_sd", "its standard deviation, shared by the wells of a plate", unit="log2"
        ),
        _number(
            "run_end",
            "the log2 quantity that a Cq at the end of the run would be, where copies can be "
            "counted and the well has none: it read less",
        ),
        _column("near_control", "controls it is not clear of", dtype=NEAR_CONTROL, optional=True),
        _column("shared", "the errors it shares with others", dtype=SHARED),
        _column("method", "how it was made from the reading"),
        *_PROVENANCE,
    ),
)

ASSAYS = Table(
    "assays",
    "one fitted thing an assay's quantities rest on: an efficiency, a calibration curve, a bead "
    "population",
    (
        _column("assay", "the assay of study.yaml"),
        _column("readout", "what the assay reads"),
        _column("analyte", "the analyte, target or bead it belongs to"),
        _column("plate", "the plate; empty where one fit serves all plates", optional=True),
        _column(
            "kind",
            "what was fitted",
            allowed=("efficiency", "curve", "population", "reference", "control"),
        ),
        _column(
            "key", "the shared-error key of its quantities; empty if it shares none", optional=True
        ),
        _column("method", "the method, with its source"),
        _column("unit", "the unit of limits and nominal values"),
        _column("parameters", "the fitted parameters", dtype=FIGURES),
        _column("covariance", "their covariance, row by row", dtype=pl.List(pl.Float64)),
        _number("lower", "the lowest quantity it can report, in unit"),
        _number("upper", "the highest quantity it can report, in unit"),
        _column("figures", "its quality figures", dtype=FIGURES),
        _column("points", "the points it was fitted to", dtype=POINTS),
    ),
)

RESPONSES = Table(
    "responses",
    "one donor's stimulated minus unstimulated result (or its level), per analyte, readout and "
    "cell type",
    (
        _column(
            "estimand",
            "stimulated minus unstimulated, with an antagonist minus without, or one condition "
            "alone",
            allowed=("response", "effect", "level"),
        ),
        *_MEASURED,
        _column("cell_type", "what the cells were made into", optional=True),
        _column(
            "stimulus", "the stimulus answered to; empty for an unstimulated level", optional=True
        ),
        _column("visit", "which visit"),
        _column("donor", "the donor"),
        _column("group", "the donor's group"),
        _number("value", "log2 fold (response) or quantity (level); empty: censored", unit="log2"),
        _number("sd", "its measurement error, shared errors left out", unit="log2"),
        *_BOUNDS,
        _column("shared", "the errors it shares with other donors", dtype=SHARED),
        _column("each_well", "its wells one by one", dtype=EACH_WELL, optional=True),
        _column("wells", "how many wells it rests on", dtype=pl.Int64),
        _column("undetected_wells", "how many of them were undetected", dtype=pl.Int64),
        _column("plates", "the plates it rests on", dtype=pl.List(pl.String)),
    ),
)

FINDINGS = Table(
    "findings",
    "the answer to one declared question for one analyte; or a number shown beside such an answer",
    (
        _column("question", "the question of study.yaml"),
        _column("ask", "what kind of question"),
        _column(
            "part",
            "an answer, beside it, or how firm it is",
            allowed=("answer", "beside", "robustness"),
        ),
        _column("family", "the questions whose p values are adjusted together"),
        *_MEASURED,
        _column("cell_type", "the cell type", optional=True),
        _column("stimulus", "the stimulus", optional=True),
        _column("condition", "the stimulus under which a level is asked", optional=True),
        _column(
            "visit",
            "the visit it is about, where the cells or the scores have several",
            optional=True,
        ),
        _column("scale", "the scale of an association", optional=True),
        _column("estimand", "what was estimated, as a code with its facts", dtype=CODED),
        _column("method", "the id of the method (`exvivo.methods`)", allowed=tuple(METHODS)),
        _column("method_facts", "the facts of how the method ran, as a JSON object"),
        _column("held", "the terms of the design that are held", dtype=pl.List(pl.String)),
        _column("choices", "those of a cell of the grid, else empty", dtype=pl.List(pl.String)),
        _column("larger", "whether a contrast's asked side is the larger one", dtype=pl.Boolean),
        _number("estimate", "the estimate"),
        _number("lower", "lower end of its interval; minus infinity when open"),
        _number("upper", "upper end of its interval; infinity when open"),
        _number("level", "the level of the interval, 0.95 by default", optional=False),
        _column("unit", "the unit of estimate and interval", allowed=tuple(UNITS)),
        _number("p", "the p value that goes with the interval"),
        _number("p_adjusted", "the same after correction over the family (answers only)"),
        _number("p_permutation", "a permutation p value beside it"),
        _number("effect_size", "standardised effect (Hedges g for a difference)"),
        _column("n", "donors per group", dtype=COUNTS),
        _column("donors", "the donors who are in it, group by group", dtype=pl.List(pl.String)),
        _column("verdict", "one of the four words (answers only)", allowed=VERDICTS, optional=True),
        _column("reason", "why a question is not estimable", dtype=CODED, optional=True),
        _column("warnings", "what a reader must know beside the verdict", dtype=pl.List(CODED)),
        _column("flags", "the names of the flags that touch it", dtype=pl.List(pl.String)),
    ),
)

WORDED = Table(
    "findings",
    f"{FINDINGS.row}, with its words",
    (
        *FINDINGS.columns,
        _column("sentence", "the finding in one sentence"),
        _column("estimand_words", "what was estimated, in words"),
        _column("method_words", "the method in words, with its source"),
        _column("reason_words", "why it is not estimable, in words", optional=True),
        _column("warning_words", "the warnings in words", dtype=pl.List(pl.String)),
    ),
)

_OF_ANSWER = (
    _column("question", "the question of study.yaml"),
    _column("assay", "the assay of the answer"),
    _column("analyte", "the analyte of the answer"),
    _column("scale", "the scale of the answer", optional=True),
    _column("cell_type", "the cell type of the answer", optional=True),
    _column("visit", "the visit it is about, where there are several", optional=True),
    _column("donor", "the donor"),
    _column("group", "the donor's group"),
)

ANSWERED = Table(
    "answered",
    "one donor in one answer",
    (
        *_OF_ANSWER,
        _column("wells", "how many wells of this analyte it is in the answer by", dtype=pl.Int64),
        _column("undetected_wells", "how many of them were undetected", dtype=pl.Int64),
        _column("plates", "the plates they are on", dtype=pl.List(pl.String)),
    ),
)

LEFT_OUT = Table(
    "left_out",
    "one donor, or one well of a donor, that an answer could have had and has not",
    (
        *_OF_ANSWER,
        _column("plate", "the plate of the well; empty where the donor is meant", optional=True),
        _column("well", "the well; empty where the donor is meant", optional=True),
        _column("code", "the reason, as a code", allowed=get_args(LeftOutCode)),
        _column("facts", "the facts of the reason, as a JSON object"),
    ),
)

_SIDE = (
    _column("n", "donors per group", dtype=COUNTS),
    _number("estimate", "the estimate"),
    _number("lower", "lower end of its interval; minus infinity when open"),
    _number("upper", "upper end of its interval; infinity when open"),
    _number("p", "the p value that goes with the interval"),
    _number("p_adjusted", "the same after correction over the family"),
    _column("verdict", "one of the four words", allowed=VERDICTS, optional=True),
)
WITH_AND_WITHOUT = Table(
    "with_and_without",
    "an answer that rests on what people left out: as it is given, without, and (`with_...`) as it "
    "would be with all of it put back",
    (
        *_OF_ANSWER[:6],
        _column("wells", "wells left out that it could have had", dtype=pl.Int64),
        _column(
            "nobodys",
            "wells left out of its assay that its layout gives no donor: not put back",
            dtype=pl.Int64,
        ),
        _column("unit", "the unit of estimates and intervals", allowed=tuple(UNITS)),
        *_SIDE,
        *(
            Column(f"with_{c.name}", c.dtype, f"{c.meaning}, with it", c.unit, c.allowed, True)
            for c in _SIDE
        ),
        _column("unknown", "why it cannot be known with it", optional=True),
    ),
)

FLAGS = Table(
    "flags",
    "something a person must look at; it removes nothing",
    (
        _column("name", "what `accept` of study.yaml calls it"),
        _column("code", "the rule that raised it"),
        _column("place", "the plate, assay, scale or column it is about; empty text: the study"),
        _column("table", "the table it points into"),
        _column("row", "which row, in words a person can find"),
        _column(
            "severity",
            "stop: do not trust before it is settled; look: look at it; note: good to know",
            allowed=SEVERITIES,
        ),
        _column("what", "what was seen"),
        _column("why", "why it matters"),
        _column("cure", "what to do"),
        _column("evidence", "the facts it rests on", dtype=pl.List(pl.String)),
        _column("scope", "what it touches; empty: no answer", dtype=SCOPE, optional=True),
        _column("accepted", "the reason for which a person accepted it", optional=True),
    ),
)

PROFILES = Table(
    "profiles",
    "the expression of every gene in one sample of the cells a question of identity is about; or "
    "its marker genes",
    (
        *_PROVENANCE,
        _column("question", "the question of study.yaml it was read for"),
        _column(
            "role",
            "the cultured cells asked about, a reference they are compared with, or a list of "
            "marker genes",
            allowed=("cultured", "reference", "markers"),
        ),
        _column("sample", "the sample's name in the file"),
        _column(
            "cell_type", "the cultured cells of study.yaml, or the reference's name", optional=True
        ),
        _column(
            "donor",
            "who gave the cells: a donor of donors.csv, or another person by the name that the "
            "samples give",
            optional=True,
        ),
        _column("batch", "the series, kit or run a reference was made in", optional=True),
        _column(
            "condition",
            "what the cells were stimulated with or cultured in; empty: nothing",
            optional=True,
        ),
        _column("scale", "what the values are", allowed=("log2", "counts"), optional=True),
        _column("genes", "the genes, in the order of the file", dtype=pl.List(pl.String)),
        _column(
            "values",
            "one number a gene; empty where there is none",
            dtype=pl.List(pl.Float64),
            optional=True,
        ),
    ),
)

ALL = (
    READINGS,
    VENDOR,
    LAYOUT,
    EXCLUSIONS,
    WELLS,
    QUANTITIES,
    ASSAYS,
    ANSWERS,
    CLINIC,
    RESPONSES,
    WORDED,
    ANSWERED,
    LEFT_OUT,
    WITH_AND_WITHOUT,
    FLAGS,
    PROFILES,
)
