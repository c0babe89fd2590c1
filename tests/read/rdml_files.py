"""RDML files, element by element."""

from __future__ import annotations

import io
import zipfile

FORMAT = (
    "<pcrFormat><rows>8</rows><columns>12</columns>"
    "<rowLabel>{}</rowLabel><columnLabel>{}</columnLabel></pcrFormat>"
)

CURVE = [(1.0, 0.5), (2.0, 0.625), (3.0, 1.25)]


def curve(points: list[tuple[float, float]] = CURVE) -> str:
    return "".join(f"<adp><cyc>{x}</cyc><tmp>60</tmp><fluor>{y}</fluor></adp>" for x, y in points)


def react(name: str, inside: str, *, target: str = "TNF", sample: str = "s1") -> str:
    data = f'<data><tar id="{target}"/>{inside}</data>'
    return f'<react id="{name}"><sample id="{sample}"/>{data}</react>'


def document(
    runs: str, *, samples: str = '<sample id="s1"><type>unkn</type></sample>', root: str = ""
) -> str:
    opening = root or '<rdml xmlns="http://www.rdml.org" version="1.3">'
    closing = "</" + opening[1:].split()[0].rstrip(">") + ">"
    return f'{opening}{samples}<experiment id="e">{runs}</experiment>{closing}'


def run(reacts: str, *, name: str = "r1", labels: tuple[str, str] | None = ("ABC", "123")) -> str:
    return f'<run id="{name}">{FORMAT.format(*labels) if labels else ""}{reacts}</run>'


def zipped(xml: str, member: str = "rdml_data.xml", **others: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in others.items():
            archive.writestr(f"{name}.xml", text)
        archive.writestr(member, xml)
    return buffer.getvalue()
