"""What a reader needs to judge a qPCR result, item by item: known, checked, or missing.

The items follow the MIQE guidelines (doi 10.1373/clinchem.2008.112797; revised doi
10.1093/clinchem/hvaf043) in words of our own. What no file states, people may state under `miqe` of
the assay in study.yaml, by the item's name.
"""

from __future__ import annotations

from exvivo.study import Qpcr, Study
from exvivo.tell import miqe_checks as check
from exvivo.tell import miqe_facts as fact
from exvivo.tell.miqe_facts import Facts
from exvivo.tell.provenance import Provenance
from exvivo.tell.reporting import (
    Answer,
    Asked,
    Check,
    Part,
    ReportingItems,
    answered,
    counts,
    plain_fact,
)
from exvivo.tell.tables import Tables

TITLE = "Reporting items for qPCR (after MIQE)"


def reporting_items(study: Study, tables: Tables, provenance: Provenance) -> list[ReportingItems]:
    """A list for each qPCR assay that was quantified."""
    assays = [assay for assay in study.assays if isinstance(assay, Qpcr)]
    lists = []
    for assay in assays:
        facts = fact.gather(study, assay, tables, provenance)
        if facts.targets:
            title = TITLE if len(assays) == 1 else f"{TITLE}: {assay.id}"
            parts = answered(_ASKED, facts, assay.miqe)
            lists.append(ReportingItems(title, _intro(assay, parts), parts))
    return lists


def _intro(assay: Qpcr, parts: tuple[Part, ...]) -> str:
    return (
        "What a reader needs to judge these results, after the MIQE guidelines in our own words: "
        f"{counts(parts)}. This list is an aid for authors and reviewers; it does not say that the "
        "guidelines are met. To fill an item, write a line of its name and what was done under "
        f"miqe of the assay {assay.id} in study.yaml."
    )


def _file(*names: str) -> Check[Facts]:
    return lambda facts: fact.stated(facts, *names)


def _always(what: str, source: str) -> Check[Facts]:
    return lambda facts: plain_fact(what, source)


def _software(facts: Facts) -> Answer:
    return plain_fact(facts.provenance.software, "this run")


_DESIGN = (
    ("groups and donors", fact.donors),
    ("conditions", fact.conditions),
    ("replicate wells", fact.replicates),
    ("ethics and consent", None),
)
_SAMPLE = (
    ("sample", fact.sample),
    ("sample collection and storage", None),
    ("RNA extraction", None),
    ("DNase treatment", None),
    ("RNA amount and purity", None),
    ("RNA integrity", None),
    ("test for inhibition", check.inhibition),
)
_REVERSE_TRANSCRIPTION = (
    ("reverse transcription", None),
    ("cDNA storage", None),
    ("controls without reverse transcriptase", check.no_transcriptase),
)
_TARGETS = (
    ("targets", fact.targets),
    ("primers and probes", None),
    ("amplicon", None),
    ("primer specificity", None),
)
_REACTION = (
    ("instrument", _file("instrument")),
    ("instrument software", _file("software")),
    ("run date", _file("run date", "run start", "made")),
    ("chemistry", _file("chemistry", "dye")),
    ("passive reference", _file("passive reference")),
    ("reaction mix", None),
    ("thermal profile", _file("thermal profile")),
    ("cycles", fact.cycles),
    ("plates and seals", _file("block")),
)
_VALIDATION = (
    ("efficiency", check.efficiency),
    ("linearity", check.linearity),
    ("dynamic range", check.dynamic_range),
    ("limit of detection", None),
    ("specificity of the product", check.melted),
    ("controls without template", check.no_template),
    ("repeatability", check.repeatability),
    ("comparison between plates", check.between_plates),
)
_OUTLIERS = _always("no well was removed; flags name what needs a look", "exvivo")
_UNCERTAINTY = _always(
    "every quantity has its own SD and the error of its efficiency, carried as shared",
    "table quantities",
)
_STATISTICS = _always(
    "intervals and corrected p values over donors, never wells: see Methods", "table findings"
)
_ANALYSIS = (
    ("Cq method", fact.cq_method),
    ("baseline and threshold", fact.baseline),
    ("undetected reactions", check.undetected),
    ("outliers", _OUTLIERS),
    ("reference genes", check.references),
    ("stability of reference genes", check.stability),
    ("normalisation", check.normalisation),
    ("uncertainty", _UNCERTAINTY),
    ("statistics", _STATISTICS),
    ("analysis software", _software),
)
_DATA = (("raw data", fact.raw_data), ("data deposition", None))
_ASKED: Asked[Facts] = (
    ("design", _DESIGN),
    ("sample", _SAMPLE),
    ("reverse transcription", _REVERSE_TRANSCRIPTION),
    ("targets", _TARGETS),
    ("reaction", _REACTION),
    ("validation", _VALIDATION),
    ("analysis", _ANALYSIS),
    ("data", _DATA),
)
