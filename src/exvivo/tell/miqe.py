"""What a reader needs to judge a qPCR result, item by item: known, checked, or missing. A list, and
no certificate.

The items follow the MIQE guidelines (doi 10.1373/clinchem.2008.112797; revised doi
10.1093/clinchem/hvaf043) in words of our own. What no file says, people may state under `miqe` of
the assay in study.yaml, by the item's name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import polars as pl

from exvivo.study import Qpcr, Study
from exvivo.tell import miqe_facts as ask
from exvivo.tell import words
from exvivo.tell.miqe_facts import FINE, KNOWN, LOOK, MISSING, STUDY, Facts, Said
from exvivo.tell.provenance import Provenance

TITLE = "Reporting items for qPCR (after MIQE)"
Ask = Callable[[Facts], Said | None]


@dataclass(frozen=True, slots=True)
class Item:
    """One row: what it is, one of the four status words, what is known, and where it comes from."""

    name: str
    status: str
    what: str
    source: str


@dataclass(frozen=True, slots=True)
class ReportingItems:
    """The list of one assay, in parts; `intro` says what it is and what it is not."""

    title: str
    intro: str
    parts: tuple[tuple[str, tuple[Item, ...]], ...]


def reporting_items(
    study: Study, tables: Mapping[str, pl.DataFrame], provenance: Provenance
) -> list[ReportingItems]:
    """A list for each qPCR assay that was quantified."""
    lists = []
    assays = [assay for assay in study.assays if isinstance(assay, Qpcr)]
    for assay in assays:
        facts = ask.gather(study, assay, tables, provenance)
        if facts.targets:
            title = TITLE if len(assays) == 1 else f"{TITLE}: {assay.id}"
            parts = _parts(facts)
            lists.append(ReportingItems(title, _intro(assay, parts), parts))
    return lists


def _parts(facts: Facts) -> tuple[tuple[str, tuple[Item, ...]], ...]:
    given = {_plain(name): what for name, what in facts.assay.miqe.items()}
    parts = [
        (
            part,
            tuple(
                _item(name, answer, given.get(_plain(name), ""), facts) for name, answer in items
            ),
        )
        for part, items in _ITEMS
    ]
    asked = {_plain(name) for _, items in _ITEMS for name, _ in items}
    more = [
        Item(n, KNOWN, what, STUDY)
        for n, what in facts.assay.miqe.items()
        if _plain(n) not in asked
    ]
    return (*parts, *([("also stated", tuple(more))] if more else []))


def _plain(name: str) -> str:
    return " ".join(name.casefold().replace("_", " ").replace("-", " ").split())


def _item(name: str, answer: Ask | None, given: str, facts: Facts) -> Item:
    """What the files say comes first; what people stated stands beside it, and fills what no file
    says.
    """
    said = answer(facts) if answer else None
    if said is None:
        return Item(name, KNOWN, given, STUDY) if given else Item(name, MISSING, "", "")
    if given:
        return Item(name, said.status, f"{given} (stated); {said.what}", f"{STUDY}, {said.source}")
    return Item(name, said.status, said.what, said.source)


def _intro(assay: Qpcr, parts: tuple[tuple[str, tuple[Item, ...]], ...]) -> str:
    count = dict.fromkeys((KNOWN, FINE, LOOK, MISSING), 0)
    for _, items in parts:
        for item in items:
            count[item.status] += 1
    return (
        f"What a reader needs to judge these results, after the MIQE guidelines in our own words: {count[KNOWN]} items known, "
        f"{count[FINE]} checked and fine, {words.counted(count[LOOK], 'item')} to look at, {count[MISSING]} missing. This list is an aid "
        f"for authors and reviewers; it does not say that the guidelines are met. To fill an item, write a line of its name and what was done under miqe of the "
        f"assay {assay.id} in study.yaml."
    )


def _file(*names: str) -> Ask:
    return lambda facts: ask.stated(facts, *names)


def _told(what: str, source: str) -> Ask:
    return lambda facts: Said(KNOWN, what, source)


def _melted(facts: Facts) -> Said | None:
    """What melting curves show of the product, where files hold them."""
    known = [target for target in facts.targets if target.get("melt_wells")]
    if not known:
        return None
    odd = [
        target.name for target in known if target.get("melt_several") or target.get("melt_other")
    ]
    said = ", ".join(
        f"{t.name} melts at {t.get('melt_temperature'):.1f} °C in {t.get('melt_wells'):.0f} wells"
        for t in known
    )
    return Said(
        LOOK if odd else FINE,
        said + (f"; more than one product: {words.listed(odd)}" if odd else ""),
        ask.TABLE,
    )


def _inhibition(facts: Facts) -> Said | None:
    """What samples at several dilutions show, where there are any."""
    known = [target for target in facts.targets if target.get("dilution_samples")]
    if not known:
        return None
    said = ", ".join(
        f"{t.name} {2 ** t.get('dilution_shift'):.2f} times as much when diluted most, {t.get('dilution_samples'):.0f} samples"
        for t in known
    )
    return Said(KNOWN, said, ask.TABLE)


def _software(facts: Facts) -> Said:
    packages = ", ".join(f"{name} {version}" for name, version in facts.provenance.packages.items())
    return Said(
        KNOWN,
        f"exvivo {facts.provenance.version}" + (f" ({packages})" if packages else ""),
        "this run",
    )


_ITEMS: tuple[tuple[str, tuple[tuple[str, Ask | None], ...]], ...] = (
    (
        "design",
        (
            ("groups and donors", ask.donors),
            ("conditions", ask.conditions),
            ("replicate wells", ask.replicates),
            ("ethics and consent", None),
        ),
    ),
    (
        "sample",
        (
            ("sample", ask.sample),
            ("sample collection and storage", None),
            ("RNA extraction", None),
            ("DNase treatment", None),
            ("RNA amount and purity", None),
            ("RNA integrity", None),
            ("test for inhibition", _inhibition),
        ),
    ),
    (
        "reverse transcription",
        (
            ("reverse transcription", None),
            ("cDNA storage", None),
            ("controls without reverse transcriptase", lambda facts: ask.controls(facts, "no_rt")),
        ),
    ),
    (
        "targets",
        (
            ("targets", ask.targets),
            ("primers and probes", None),
            ("amplicon", None),
            ("primer specificity", None),
        ),
    ),
    (
        "reaction",
        (
            ("instrument", _file("instrument")),
            ("instrument software", _file("software")),
            ("run date", _file("run date", "run start", "made")),
            ("chemistry", _file("chemistry", "dye")),
            ("passive reference", _file("passive reference")),
            ("reaction mix", None),
            ("thermal profile", _file("thermal profile")),
            ("cycles", ask.cycles),
            ("plates and seals", _file("block")),
        ),
    ),
    (
        "validation",
        (
            ("efficiency", ask.efficiency),
            ("linearity", ask.linearity),
            ("dynamic range", ask.dynamic_range),
            ("limit of detection", None),
            ("specificity of the product", _melted),
            ("controls without template", lambda facts: ask.controls(facts, "ntc")),
            ("repeatability", ask.repeatability),
            ("comparison between plates", ask.between_plates),
        ),
    ),
    (
        "analysis",
        (
            ("Cq method", ask.cq_method),
            ("baseline and threshold", ask.baseline),
            ("undetected reactions", ask.undetected),
            ("outliers", _told("no well was removed; flags name what needs a look", "exvivo")),
            ("reference genes", ask.references),
            ("stability of reference genes", ask.stability),
            (
                "normalisation",
                lambda facts: (
                    Said(KNOWN, facts.normalisation, ask.TABLE) if facts.normalisation else None
                ),
            ),
            (
                "uncertainty",
                _told(
                    "every quantity has its own SD and the error of its efficiency, carried as shared",
                    "table quantities",
                ),
            ),
            (
                "statistics",
                _told(
                    "intervals and corrected p values over donors, never wells: see Methods",
                    "table findings",
                ),
            ),
            ("analysis software", _software),
        ),
    ),
    (
        "data",
        (
            ("raw data", ask.raw_data),
            ("data deposition", None),
        ),
    ),
)
