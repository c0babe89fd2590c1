"""The events of a plate as arrays: the lists of the WELLS table, one tube after the other, without
a loop.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from exvivo.arrays import Floats, Ints
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
    tube: Ints
    classifier: Floats
    scatter: Floats
    pulse: Floats
    reporter: Floats
    channels: tuple[str, ...]


def events_of(wells: pl.DataFrame, *, plate: str, assay: Beads) -> Events:
    """Collect one plate. Raises `StudyError` naming each tube that lacks a channel or whose
    channels differ in length.
    """
    channels = tuple(dict.fromkeys((*assay.classifier, *assay.scatter, assay.reporter)))
    in_plate = wells.filter(pl.col("channel").is_in(channels), plate=plate, kind="bead_events")
    rows = in_plate.sort("well")
    mistakes = list(_uneven(rows, channels, plate, assay))
    if rows.is_empty():
        nothing = Mistake(
            f"plate {plate}", "no bead events", "at least one tube", "check its files"
        )
        mistakes = [nothing]
    if mistakes:
        raise StudyError(mistakes)
    flat = {channel: _flat(rows.filter(channel=channel)["y"]) for channel in channels}
    tubes = rows.filter(channel=assay.reporter)
    size = tubes["y"].list.len().to_numpy().astype(np.int64)
    tube = np.repeat(np.arange(len(size)), size)
    return Events(
        plate=plate,
        tubes=tubes,
        tube=tube,
        classifier=_side_by_side([flat[channel] for channel in assay.classifier], tube.size),
        scatter=_side_by_side([flat[c] for c in scatter_places(assay.scatter)], tube.size),
        pulse=_side_by_side(_pulses(flat, assay.scatter), tube.size),
        reporter=flat[assay.reporter],
        channels=assay.classifier,
    )


def _uneven(
    rows: pl.DataFrame, channels: Sequence[str], plate: str, assay: Beads
) -> Iterator[Mistake]:
    """Tubes that lack a channel, or whose channels differ in length."""
    tubes = rows.group_by("well", maintain_order=True).agg(
        pl.col("source").first(), "channel", pl.col("y").list.len().n_unique().alias("lengths")
    )
    for well, source, present, lengths in tubes.iter_rows():
        place = f"plate {plate}, well {well} ({source})"
        lacking = [channel for channel in channels if channel not in present]
        if lacking:
            yield Mistake(
                place,
                f"no channel {', '.join(lacking)}",
                "every channel of the assay in every tube",
                f"name the channels as the file does (assay {assay.id} of study.yaml)",
            )
        elif lengths > 1:
            yield Mistake(
                place,
                "channels with different numbers of events",
                "one value an event",
                "export the file again",
            )


def _pulses(flat: dict[str, Floats], channels: tuple[str, ...]) -> list[Floats]:
    """What is left of each pulse of which a detector gives more than one number."""
    return [_pulse(flat[area], flat[second], part) for area, second, part in pulse_pairs(channels)]


def _pulse(area: Floats, second: Floats, part: str) -> Floats:
    """The width of a pulse, or its area over its height."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return second if part == "W" else np.asarray(area / second)


def scatter_places(channels: tuple[str, ...]) -> tuple[str, ...]:
    """The scatter channels without second numbers of one pulse: those of `Events.scatter` and of a
    population's size.

    >>> scatter_places(("FSC-A", "FSC-H", "SSC-A"))
    ('FSC-A', 'SSC-A')
    """
    seconds = {second for _, second, _ in pulse_pairs(channels)}
    return tuple(channel for channel in channels if channel not in seconds)


def pulse_pairs(channels: tuple[str, ...]) -> list[tuple[str, str, str]]:
    """Area and height, or area and width, of one detector: (area, other, `H` or `W`).

    >>> pulse_pairs(("FSC-A", "SSC-A", "FSC-H", "FSC-Width")), pulse_pairs(("FSC-H", "SSC-H"))
    ([('FSC-A', 'FSC-H', 'H'), ('FSC-A', 'FSC-Width', 'W')], [])
    """
    parts = [_detector_and_part(channel) for channel in channels]
    named = list(zip(channels, parts, strict=True))
    areas = {detector: channel for channel, (detector, part) in named if part == "A"}
    return [
        (areas[detector], channel, part)
        for channel, (detector, part) in named
        if part in ("H", "W") and detector in areas
    ]


def _detector_and_part(channel: str) -> tuple[str, str]:
    """The detector of a channel, and which part of its pulse it is: A, H or W; empty where its name
    does not say.
    """
    match = _PULSE.fullmatch(channel.strip())
    return (match[1].casefold(), match[2][0].upper()) if match else ("", "")


def _side_by_side(columns: list[Floats], events: int) -> Floats:
    return np.stack(columns, axis=1) if columns else np.empty((events, 0))


def _flat(lists: pl.Series) -> Floats:
    return lists.filter(lists.list.len() > 0).explode().cast(pl.Float64).to_numpy()
