"""The words of Applied Biosystems exports: what their columns, sections and facts are called, and
why some are not read.

All names are plain (`exvivo.read.qpcr.sections.plain_name`): programs differ in case, spaces and
signs.
"""

from __future__ import annotations

import re

COLUMNS = {
    "well": ("well",),
    "position": ("wellposition",),
    "omit": ("omit",),
    "sample": ("samplename", "sample"),
    "target": ("targetname", "target", "detectorname", "detector"),
    "task": ("task",),
    "quantity": ("quantity", "qty"),
    "cq": ("ct", "cq", "crt", "c?"),
    "cycle": ("cycle", "cyclenumber"),
    "rn": ("rn",),
    "temperature": ("temperature",),
    "fluorescence": ("fluorescence",),
}
"""What is read, and the names its column may have. `c?` is what a program without Cyrillic letters
makes of Cт.
"""

READ = {
    "results": ("well", "position", "omit", "sample", "target", "task", "quantity", "cq"),
    "amplificationdata": ("well", "position", "omit", "sample", "target", "cycle", "rn"),
    "meltcurverawdata": (
        "well",
        "position",
        "omit",
        "sample",
        "target",
        "temperature",
        "fluorescence",
    ),
}
"""The sections that give readings, and what is read of each."""

TITLES = {
    "results": "Results",
    "amplificationdata": "Amplification Data",
    "meltcurverawdata": "Melt Curve Raw Data",
}
"""Those sections as the programs call them."""

SAME = {"meltcurveraw": "meltcurverawdata"}
"""What Design & Analysis calls such a section, where it is another name."""

ROLES = {"unknown": "sample", "standard": "standard", "ntc": "ntc"}
"""Tasks whose role is beyond doubt; IPC, controls of alleles and their like stay open."""

OMITTED = frozenset({"true", "1", "1.0", "yes", "x"})
"""What the column Omit says of a well that a person omitted."""

_OF_WELLS = (
    "read for samples, tasks and amounts of standards where Results leaves them out; "
    "nothing else of it is"
)
_DYES = "the dyes before division by the passive reference: Rn is read"
_CALLS = "the vendor's calls of presence or absence: Cq and curves are read"
_OWN_PEAKS = "the vendor's melting temperatures: exvivo makes its own from the melting curves"
_OWN_MEANS = "the vendor's summaries of replicates: exvivo makes its own from the wells"

SECTIONS = {
    "samplesetup": _OF_WELLS,
    "standardcurveresult": _OF_WELLS,
    "rawdata": "light through each filter, before the dyes are told apart",
    "multicomponentdata": _DYES,
    "multicomponent": _DYES,
    "replicategroupresult": _OWN_MEANS,
    "rqreplicategroupresult": _OWN_MEANS,
    "samplegroupresult": _OWN_MEANS,
    "rqresult": _OWN_MEANS,
    "technicalanalysisresult": _OWN_MEANS,
    "genotypingresult": "genotypes",
    "reagentinformation": "reagents are not needed for quantification",
    "meltcurveresult": _OWN_PEAKS,
    "targetcall": _CALLS,
    "samplecall": _CALLS,
    "wellcall": _CALLS,
    "controlstatus": _CALLS,
}
"""Known sections that give no readings, and why."""

LIGHT = ("rawdata", "multicomponentdata", "multicomponent")
"""Sections whose columns are all numbers, but for the wells and steps."""

_COLUMN_REASONS = (
    (
        r"(delta|d|\?)rn",
        "the vendor's baseline is taken off: exvivo takes the baseline from the curve itself (Rn)",
    ),
    (r".*(threshold|baseline).*", "the vendor's settings"),
    (
        r"(c[tq?]|crt|eqcq|quantity|qty|rn)(mean|sd|se)|(mean|stddev)(c[tq?]|qty|quantity)|.*(delta|\?)c.*|.*(rq|eqcq).*",
        _OWN_MEANS,
    ),
    (
        r"slope|yintercept|r2|rsuperscript2|efficiency|standard(deviation|error)",
        "the vendor's standard curve: efficiencies come from study.yaml or from the standards",
    ),
    (
        r"cqconf.*|amp(score|status)|curvequality|resultqualityissues|noamp|expfail|highsd|call|method|quality|pass.*|rn",
        "the vendor's judgement of a well",
    ),
    (r"tm[0-9]*|.*melt.*|derivative", _OWN_PEAKS),
    (r"reading", "readings are in the order of their temperatures"),
    (r"reporter|quencher|dye|.*color", "dyes and colours are not needed for quantification"),
    (r"comments?|custom[0-9]*|bio.*group.*", "free text"),
    (r"quantity|qty", "amounts are read of the wells in Results and Sample Setup"),
)

FACTS = {
    "experimentname": "experiment",
    "experimenttype": "experiment type",
    "experimentfilename": "instrument file",
    "filename": "instrument file",
    "instrumenttype": "instrument",
    "instrumentserialnumber": "serial number",
    "blocktype": "block",
    "chemistry": "chemistry",
    "passivereference": "passive reference",
    "quantificationcyclemethod": "Cq method",
    "signalsmoothingon": "signal smoothing",
    "softwarenameandversion": "software",
    "runstartdatetime": "run start",
    "experimentrunendtime": "run date",
    "runenddatetime": "run date",
    "runenddatatime": "run date",
    "stagecyclewhereanalysisisperformed": "stage read",
    "stagecyclewherectanalysisisperformed": "stage read",
    "pcrstagestepnumber": "stage read",
    "exportedon": "exported",
}
"""Facts that are passed on, and the words they are passed on under."""

CYCLES_RUN = ("numberofcycles", "cycles", "totalcycles", "numberofpcrcycles")
"""Facts that state how many cycles were run."""

_FACT_REASONS = (
    (r"calibration.*", "calibrations of the instrument"),
    (r".*(operator|user|exportedby).*", "a person's name is not taken over"),
)

_NUMBERS = re.compile(
    r"c[tq?](mean|sd|se)?|crt(mean|sd|se)?|(d|delta|\?)?rn(mean|sd)?|(quantity|qty)(mean|sd)?|rq(min|max)?|"
    r"(delta)+(c[tq?]|crt)(mean|sd|se)?|(c[tq?]|crt)?threshold|tm[0-9]+|slope|yintercept|r2|rsuperscript2|efficiency|"
    r"ampscore|cqconf(idence)?|temperature|fluorescence|derivative"
)
_PLACES = (
    "well",
    "wellposition",
    "stage",
    "stagenumber",
    "step",
    "stepnumber",
    "cycle",
    "cyclenumber",
    "omit",
    "sample",
    "samplename",
    "target",
    "targetname",
)
_CQ = re.compile(r"(c[tq?]|crt)(mean)?")


def is_number(section: str, column: str) -> bool:
    """Whether a column of a section holds numbers and nothing else: these tell the decimal mark of
    a file.
    """
    return _NUMBERS.fullmatch(column) is not None or (section in LIGHT and column not in _PLACES)


def is_cq(column: str) -> bool:
    """Whether a column holds Cq: below 1000, so that a comma with three digits behind it is a
    decimal comma.
    """
    return _CQ.fullmatch(column) is not None


def why_column(column: str) -> str:
    """Why a column of a section that is read is not read itself."""
    return _reason(_COLUMN_REASONS, column, "not known to this reader")


def why_fact(fact: str) -> str:
    """Why a fact is not passed on."""
    return _reason(_FACT_REASONS, fact, "not needed for quantification")


def _reason(reasons: tuple[tuple[str, str], ...], name: str, otherwise: str) -> str:
    return next((why for pattern, why in reasons if re.fullmatch(pattern, name)), otherwise)
