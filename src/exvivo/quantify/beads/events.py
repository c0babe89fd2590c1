"""The events of a plate as arrays: the lists of the WELLS table, one tube after the other, without a loop."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from exvivo.errors import Mistake, StudyError
from exvivo.quantify.beads.modes import Array
from exvivo.study.records import Beads


@dataclass(frozen=True, slots=True)
class Events:
    """Events of one plate. tubes: the reporter's WELLS row of each tube, by well. tube (events,): index into it.

    classifier (events, 1 or 2), scatter (events, 0 to 2), reporter (events,): as the instrument gave them.
    """

    plate: str
    tubes: pl.DataFrame
    tube: np.ndarray
    classifier: Array
    scatter: Array
    reporter: Array


def events_of(wells: pl.DataFrame, *, plate: str, assay: Beads) -> Events:
    """Collect one plate. Raises `StudyError` naming each tube that lacks a channel or whose channels differ in length."""
    channels = (*assay.classifier, *assay.scatter, assay.reporter)
    mine = wells.filter(plate=plate, kind="bead_events").filter(pl.col("channel").is_in(channels)).sort("well")
    tubes = mine.filter(channel=assay.reporter)
    parts = {c: mine.filter(channel=c).select("well", "source", "y") for c in dict.fromkeys(channels)}
    lengths = {c: dict(part.select("well", pl.col("y").list.len()).iter_rows()) for c, part in parts.items()}
    mistakes = []
    for well, source in mine.select("well", "source").unique(maintain_order=True).iter_rows():
        lacking = [c for c in parts if well not in lengths[c]]
        uneven = len({lengths[c][well] for c in parts if well in lengths[c]}) > 1
        place = f"plate {plate}, well {well} ({source})"
        if lacking:
            mistakes.append(
                Mistake(place, f"no channel {', '.join(lacking)}", "every channel of the assay in every tube",
                        f"name the channels as the file does (assay {assay.id} of study.yaml)")
            )  # fmt: skip
        elif uneven:
            mistakes.append(Mistake(place, "channels with different numbers of events", "one value an event",
                                    "export the file again"))  # fmt: skip
    if mistakes or tubes.is_empty():
        raise StudyError(
            mistakes or Mistake(f"plate {plate}", "no bead events", "at least one tube", "check its files")
        )
    flat = {c: _flat(part["y"]) for c, part in parts.items()}
    size = tubes["y"].list.len().to_numpy().astype(np.int64)
    return Events(
        plate,
        tubes,
        np.repeat(np.arange(len(size)), size),
        np.stack([flat[c] for c in assay.classifier], axis=1),
        np.stack([flat[c] for c in assay.scatter], axis=1) if assay.scatter else np.empty((int(size.sum()), 0)),
        flat[assay.reporter],
    )


def _flat(lists: pl.Series) -> Array:
    return lists.filter(lists.list.len() > 0).explode().cast(pl.Float64).to_numpy()
