"""The events of a plate as arrays: the lists of the WELLS table, one tube after the other, without
a loop.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import polars as pl

from exvivo.arrays import Floats
from exvivo.errors import Mistake, StudyError
from exvivo.study.records import Beads

_PULSE = re.compile(r"(.+?)[ _.-]?(A|H|W|Area|Height|Width)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Events:
    """Events of one plate. tubes: the reporter's WELLS row of each tube, by well. tube (events,):
    index into it.

    classifier (events, 1 or 2), scatter (events, 0 or more), reporter (events,): as the instrument
    gave them. pulse (events, 0 or more): area over height, or the width, of a scatter pulse, which
    tell two beads in one drop from one. channels: the names of the classifiers.
    """

    plate: str
    tubes: pl.DataFrame
    tube: np.ndarray
    classifier: Floats
    scatter: Floats
    pulse: Floats
    reporter: Floats
    channels: tuple[str, ...]


def events_of(wells: pl.DataFrame, *, plate: str, assay: Beads) -> Events:
    """Collect one plate. Raises `StudyError` naming each tube that lacks a channel or whose
    channels differ in length.
    """
    channels = (*assay.classifier, *assay.scatter, assay.reporter)
    mine = (
        wells.filter(plate=plate, kind="bead_events")
        .filter(pl.col("channel").is_in(channels))
        .sort("well")
    )
    tubes = mine.filter(channel=assay.reporter)
    parts = {
        c: mine.filter(channel=c).select("well", "source", "y") for c in dict.fromkeys(channels)
    }
    lengths = {
        c: dict(part.select("well", pl.col("y").list.len()).iter_rows())
        for c, part in parts.items()
    }
    mistakes = []
    for well, source in mine.select("well", "source").unique(maintain_order=True).iter_rows():
        lacking = [c for c in parts if well not in lengths[c]]
        uneven = len({lengths[c][well] for c in parts if well in lengths[c]}) > 1
        place = f"plate {plate}, well {well} ({source})"
        if lacking:
            mistakes.append(
                Mistake(
                    place,
                    f"no channel {', '.join(lacking)}",
                    "every channel of the assay in every tube",
                    f"name the channels as the file does (assay {assay.id} of study.yaml)",
                )
            )
        elif uneven:
            mistakes.append(
                Mistake(
                    place,
                    "channels with different numbers of events",
                    "one value an event",
                    "export the file again",
                )
            )
    if mistakes or tubes.is_empty():
        raise StudyError(
            mistakes
            or Mistake(f"plate {plate}", "no bead events", "at least one tube", "check its files")
        )
    flat = {c: _flat(part["y"]) for c, part in parts.items()}
    size = tubes["y"].list.len().to_numpy().astype(np.int64)
    scatter, pulse = _scatter(flat, assay.scatter, int(size.sum()))
    tube = np.repeat(np.arange(len(size)), size)
    classifier = np.stack([flat[c] for c in assay.classifier], axis=1)
    return Events(
        plate, tubes, tube, classifier, scatter, pulse, flat[assay.reporter], assay.classifier
    )


def _scatter(
    flat: dict[str, Floats], channels: tuple[str, ...], events: int
) -> tuple[Floats, Floats]:
    """The scatter channels that place a bead, and what is left of the pulse where a detector gives
    more than one number.
    """
    pairs = pulse_pairs(channels)
    with np.errstate(divide="ignore", invalid="ignore"):
        pulse = [
            flat[other] if kind == "W" else flat[area] / flat[other] for area, other, kind in pairs
        ]
    places = [flat[c] for c in scatter_places(channels)]
    return _side_by_side(places, events), _side_by_side(pulse, events)


def scatter_places(channels: tuple[str, ...]) -> tuple[str, ...]:
    """The scatter channels without second numbers of one pulse: those of `Events.scatter` and of a
    population's size.

    >>> scatter_places(("FSC-A", "FSC-H", "SSC-A"))
    ('FSC-A', 'SSC-A')
    """
    second = {other for _, other, _ in pulse_pairs(channels)}
    return tuple(c for c in channels if c not in second)


def pulse_pairs(channels: tuple[str, ...]) -> list[tuple[str, str, str]]:
    """Area and height, or area and width, of one detector: (area, other, `H` or `W`).

    >>> pulse_pairs(("FSC-A", "SSC-A", "FSC-H", "FSC-Width")), pulse_pairs(("FSC-H", "SSC-H"))
    ([('FSC-A', 'FSC-H', 'H'), ('FSC-A', 'FSC-Width', 'W')], [])
    """
    parts = {c: match for c in channels if (match := _PULSE.fullmatch(c.strip()))}
    areas = {
        match[1].casefold(): c for c, match in parts.items() if match[2].upper().startswith("A")
    }
    return [
        (areas[match[1].casefold()], c, match[2][0].upper())
        for c, match in parts.items()
        if not match[2].upper().startswith("A") and match[1].casefold() in areas
    ]


def _side_by_side(columns: list[Floats], events: int) -> Floats:
    return np.stack(columns, axis=1) if columns else np.empty((events, 0))


def _flat(lists: pl.Series) -> Floats:
    return lists.filter(lists.list.len() > 0).explode().cast(pl.Float64).to_numpy()
