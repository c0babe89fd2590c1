"""FCS files made byte by byte or by flowio."""

from __future__ import annotations

import io
import struct

import flowio
import numpy as np

from exvivo.study import Beads

NAMES = ["FSC-A", "SSC-A", "FL6-H", "FL2-H", "Time"]

LABELS = ["", "", "APC-H", "PE-H", ""]

EVENTS = np.random.default_rng(7).normal(1000, 300, (400, 5)).astype(np.float32)


def assay(
    classifier: tuple[str, ...] = ("FL6-H",),
    reporter: str = "FL2-H",
    scatter: tuple[str, ...] = ("FSC-A", "SSC-A"),
) -> Beads:
    return Beads(
        id="protein",
        kind="beads",
        classifier=classifier,
        reporter=reporter,
        scatter=scatter,
        panel={"TNF": "1"},
    )


def written(
    events: np.ndarray = EVENTS,
    names: list[str] = NAMES,
    labels: list[str] = LABELS,
    **keywords: str,
) -> bytes:
    buffer = io.BytesIO()
    flowio.create_fcs(
        buffer, events.flatten(), names, opt_channel_names=labels, metadata_dict=keywords
    )
    return buffer.getvalue()


def made(text: dict[str, str], data: bytes, version: str = "3.0", offset: int = 0) -> bytes:
    """A file byte by byte, for what flowio does not write: integers, gains, logs, wrong offsets."""

    def segment(begin: int, end: int) -> bytes:
        whole = {
            "$BEGINDATA": str(begin),
            "$ENDDATA": str(end),
            "$NEXTDATA": "0",
            "$MODE": "L",
        } | text
        return ("|" + "|".join(f"{key}|{value}" for key, value in whole.items()) + "|").encode()

    begin = 58 + len(segment(10_000, 10_000)) + 200
    written_text = segment(begin, begin + len(data) - 1 + offset)
    places = [58, 58 + len(written_text) - 1, begin, begin + len(data) - 1 + offset, 0, 0]
    head = f"FCS{version}    ".encode() + b"".join(f"{place:>8}".encode() for place in places)
    return (head + written_text).ljust(begin) + data + b"\0" * max(offset, 0)


def integers(values: list[list[int]], parameters: dict[str, str], **text: str) -> bytes:
    number = len(values[0])
    common = {
        "$BYTEORD": "1,2,3,4",
        "$DATATYPE": "I",
        "$PAR": str(number),
        "$TOT": str(len(values)),
    }
    bits = {f"$P{i}B": "32" for i in range(1, number + 1)}
    data = b"".join(struct.pack(f"<{number}I", *row) for row in values)
    return made(common | bits | parameters | text, data)
