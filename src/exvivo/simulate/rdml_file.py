"""Amplification curves as an RDML 1.2 archive (Lefever et al. 2009, doi:10.1093/nar/gkp056)."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from xml.sax.saxutils import quoteattr

import polars as pl

from exvivo.arrays import Floats

MARK = "SIMULATED DATA: no person, cell or instrument gave these values."
_TYPES = {"sample": "unkn", "standard": "std", "ntc": "ntc"}
_POINT = "<adp><cyc>{}</cyc><fluor>%.4f</fluor></adp>"
_EPOCH = (1980, 1, 1, 0, 0, 0)


def write_rdml(
    path: Path,
    reactions: pl.DataFrame,
    curves: Floats,
    *,
    plate: str,
    references: Iterable[str],
    cycles: int,
) -> None:
    """Write one 384-well plate. `reactions` has number (0-based along the rows), sample, role,
    target and nominal.

    The bytes depend on the arguments alone: the archive carries a fixed date.
    """
    body = "".join(
        (
            *_head(reactions, frozenset(references)),
            *_run(reactions, curves, plate=plate, cycles=cycles),
        )
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(_member(), body.encode(), compresslevel=1)


def _member() -> zipfile.ZipInfo:
    """The one file of the archive, with nothing of the clock or the machine in it."""
    member = zipfile.ZipInfo("rdml_data.xml", date_time=_EPOCH)
    member.compress_type = zipfile.ZIP_DEFLATED
    member.external_attr = 0o644 << 16
    member.create_system = 3
    return member


def _head(reactions: pl.DataFrame, references: frozenset[str]) -> Iterator[str]:
    """What stands before the run: dyes, samples and targets."""
    yield '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    yield f"<!-- {MARK} -->\n"
    yield '<rdml xmlns="http://www.rdml.org" version="1.2">\n'
    yield "<dateMade>2026-01-05T00:00:00</dateMade>\n"
    yield f'<documentation id="simulated"><text>{MARK}</text></documentation>\n<dye id="SYBR"/>\n'
    yield from _samples(reactions)
    for target in reactions["target"].unique(maintain_order=True):
        kind = "ref" if target in references else "toi"
        yield f'<target id={quoteattr(target)}><type>{kind}</type><dyeId id="SYBR"/></target>\n'


def _run(reactions: pl.DataFrame, curves: Floats, *, plate: str, cycles: int) -> Iterator[str]:
    """The run, and the end of the document."""
    yield f'<experiment id="simulated"><description>{MARK}</description>\n'
    yield f"<run id={quoteattr(plate)}>"
    yield f"<description>{MARK}</description><instrument>simulated</instrument>"
    yield "<pcrFormat><rows>16</rows><columns>24</columns><rowLabel>ABC</rowLabel>"
    yield "<columnLabel>123</columnLabel></pcrFormat>\n"
    yield from _reacts(reactions, curves, cycles)
    yield "</run>\n</experiment>\n</rdml>\n"


def _samples(reactions: pl.DataFrame) -> Iterator[str]:
    samples = reactions.select("sample", "role", "nominal").unique(maintain_order=True)
    for name, role, nominal in samples.iter_rows():
        kind = f"<type>{_TYPES[role]}</type>"
        yield f"<sample id={quoteattr(name)}>{kind}{_quantity(nominal)}</sample>\n"


def _quantity(copies: float | None) -> str:
    """The copies of a standard; nothing for other samples."""
    if copies is None:
        return ""
    return f"<quantity><value>{copies:g}</value><unit>cop</unit></quantity>"


def _reacts(reactions: pl.DataFrame, curves: Floats, cycles: int) -> Iterator[str]:
    """Each reaction with its curve; the points of all curves are one pattern, filled in."""
    points = "".join(_POINT.format(cycle) for cycle in range(1, cycles + 1))
    rows = reactions.select("number", "sample", "target").iter_rows()
    for (number, sample, target), curve in zip(rows, curves.tolist(), strict=True):
        yield f'<react id="{number + 1}"><sample id={quoteattr(sample)}/>'
        yield f"<data><tar id={quoteattr(target)}/>{points % tuple(curve)}</data></react>\n"
