"""FCS 2.0 to 3.1 list-mode files, one file a well, through flowio.

Formats: FCS 3.1, Spidlen et al. 2010, doi:10.1002/cyto.a.20825. Values are never cut at $PnR.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import polars as pl

from exvivo.arrays import Floats
from exvivo.bounds import LONGEST_TEXT_SEGMENT, MIB
from exvivo.cells.messages import read_error
from exvivo.errors import Mistake
from exvivo.read.cytometer.facts import (
    HEADER,
    channel_facts,
    file_facts,
    role_in_file,
    text_segment,
    well_in_file,
)
from exvivo.read.cytometer.segments import damage
from exvivo.read.result import FileRead, Gathered, Request
from exvivo.study import Beads
from exvivo.study.layout import plain_well

_LONGEST_CHAIN = 20
_LONGEST_REASON = 200
_PLATE_WELL = re.compile(r"[A-P]\d{1,2}|A[A-F]\d{1,2}")
_EXPORT_AGAIN = "copy or export the file again"


@dataclass(frozen=True)
class _DataSet:
    """The last data set of a file: flowio's, its number, its first byte, and whether its data
    offset had to be overlooked (MACSQuant: a byte off).
    """

    flow: Any
    number: int
    start: int
    offset_ignored: bool


def sniff(head: bytes, suffix: str) -> bool:
    """Every FCS file begins with its version."""
    del suffix
    return head.startswith(b"FCS")


def read(raw: bytes, request: Request) -> FileRead:
    """One reading a needed channel: all events of the well, in the scale of the instrument (gain
    and log undone).

    Of chained data sets (Beckman .LMD) the last is read: the first is the same tube in ten bits.
    The well, role and dilution that a file states (BD FACSuite) are held against the layout or
    handed on. Raises `ReadError` for a file without a well in the layout or with another well than
    the layout's, a damaged file, bytes that its segments do not account for, FCS 3.2 with mixed
    types, a channel that is missing or not to be told apart, no events, and events that are not
    finite.
    """
    assay = request.assay
    assert isinstance(assay, Beads)
    _refuse_unread(raw, request)
    _refuse_long_text(raw, request.source)
    data = _last_data_set(raw, request.source)
    gathered = Gathered(request)
    gathered.mistakes += _other_well(data.flow.text, request)
    gathered.refuse_mistakes()
    needed = dict.fromkeys((*assay.classifier, assay.reporter, *assay.scatter))
    channels = _channels(data.flow)
    columns = _columns(list(needed), channels, gathered)
    events = _events(data.flow, request.source)
    gathered.mistakes += damage(raw, data.flow.text, data.start, request.source)
    chosen = {name: events[:, column] for name, column in columns.items()}
    gathered.mistakes += _unfinite(chosen, request.source)
    if request.constant_well:
        gathered.ignore(f"well {request.constant_well}", "the same in every file of the plate")
    _list_unread(data, [c for c in channels if c.column not in columns.values()], gathered)
    facts = file_facts(data.flow.text) | channel_facts(data.flow.text, columns)
    return gathered.file_read(_readings(chosen, data, request), _header(data) | facts)


def _has_mixed_numbers(raw: bytes) -> bool:
    """Whether a channel has a number type of its own ($P1DATATYPE), which FCS 3.2 allows."""
    start = raw[: 1 << 20]
    return raw.startswith(b"FCS3.2") and b"DATATYPE" in start.replace(b"$DATATYPE", b"")


def _refuse_unread(raw: bytes, request: Request) -> None:
    if not request.well:
        raise read_error(
            request.source,
            "an FCS file, which holds one well",
            "the well it belongs to",
            "name the file in the `file` column of the layout",
        )
    if _has_mixed_numbers(raw):
        raise read_error(
            request.source,
            "FCS 3.2 with channels of different number types ($PnDATATYPE)",
            "FCS 2.0 to 3.1",
            "export the file as FCS 3.1",
        )


def _refuse_long_text(raw: bytes, source: str, start: int = 0) -> None:
    """Refuse a data set that states more keywords than any instrument: each is looked at by
    itself.
    """
    size = 0
    with suppress(ValueError):
        begin, end = text_segment(raw[start : start + HEADER])
        size = end - begin
    if size > LONGEST_TEXT_SEGMENT:
        raise read_error(
            source,
            f"keywords (the TEXT segment) of {size / MIB:.0f} MB",
            f"at most {LONGEST_TEXT_SEGMENT // MIB} MB; instruments write a hundredth of that",
            _EXPORT_AGAIN,
        )


def _other_well(text: Mapping[str, Any], request: Request) -> Iterator[Mistake]:
    """Either the layout names the wrong file for the well, or the instrument was told the wrong
    well: nobody can tell which.
    """
    here = plain_well(request.well or "")
    for keyword, well in well_in_file(text):
        if _PLATE_WELL.fullmatch(here) and well not in (here, request.constant_well):
            of_layout = f"well {request.well} in the layout of plate {request.plate}"
            yield Mistake(
                request.source,
                f"well {well} in the file ({keyword}), {of_layout}",
                "the same well in both",
                "correct the column `file` of the layout if it names the wrong file; if the "
                "instrument was told the wrong well, export the file again without it",
            )


def _last_data_set(raw: bytes, source: str) -> _DataSet:
    """The last data set of the chain. Raises `ReadError` where there is none, and for a chain of
    several tubes.
    """
    reason = ""
    for offset_ignored in (False, True):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                flow, counts, start = _follow_chain(raw, ignore_offsets=offset_ignored)
        except Exception as error:  # whatever flowio's parsing meets: KeyError, struct.error, ...
            reason = _reason(error)
            continue
        if len(set(counts)) > 1 or len(counts) > _LONGEST_CHAIN:
            raise read_error(
                source,
                f"{len(counts)} data sets with {sorted(set(counts))[:5]} events",
                "one tube, perhaps in two resolutions",
                "export each tube as a file of its own",
            )
        return _DataSet(flow, len(counts), start, offset_ignored)
    raise read_error(
        source,
        f"an FCS file that cannot be read ({reason})",
        "a whole FCS 2.0 to 3.1 list-mode file",
        _EXPORT_AGAIN,
    )


def _follow_chain(raw: bytes, *, ignore_offsets: bool) -> tuple[Any, list[int], int]:
    """Flowio's last data set, the events of each, and where the last begins. Its own function for
    chained files closes a file in memory after the first, so the chain is followed here.
    """
    from flowio import FlowData

    def opened(start: int, *, only_text: bool) -> Any:
        return FlowData(
            io.BytesIO(raw),
            ignore_offset_error=ignore_offsets,
            ignore_offset_discrepancy=ignore_offsets,
            nextdata_offset=start,
            only_text=only_text,
        )

    start, counts = 0, list[int]()
    while True:
        _refuse_long_text(raw, "a data set of the file", start)
        head = opened(start, only_text=True)
        counts.append(int(head.event_count))
        step = int(head.text.get("nextdata") or 0)
        if step <= 0 or len(counts) > _LONGEST_CHAIN:
            return opened(start, only_text=False), counts, start
        start += step


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error)[:_LONGEST_REASON]}"


def _events(flow: Any, source: str) -> Floats:
    """The events (events, channels) with gain and logarithm undone."""
    import numpy as np

    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            events: Floats = flow.as_array(preprocess=True)
            whole: bool = events.shape == (flow.event_count, flow.channel_count)
    except Exception as error:
        raise read_error(
            source,
            f"events that cannot be read ({_reason(error)})",
            "list-mode events",
            _EXPORT_AGAIN,
        ) from None
    if not whole or not len(events):
        raise read_error(
            source,
            f"{len(events)} events of the {flow.event_count} stated",
            "at least one, and all stated",
            _EXPORT_AGAIN,
        )
    return events


@dataclass(frozen=True)
class _Channel:
    """A channel of the file: its column (from 0), its short name ($PnN) and its label ($PnS)."""

    column: int
    short: str
    label: str

    @property
    def words(self) -> str:
        """Its names, for a message."""
        return f"{self.short} ({self.label})" if self.label not in ("", self.short) else self.short


def _channels(flow: Any) -> list[_Channel]:
    """The channels in the order of the file."""
    channels = []
    for number, names in sorted(flow.channels.items()):
        short, label = (str(names.get(key, "")).strip() for key in ("pnn", "pns"))
        channels.append(_Channel(number - 1, short, label))
    return channels


def _columns(
    needed: Sequence[str], channels: Sequence[_Channel], gathered: Gathered
) -> dict[str, int]:
    """The column of each needed channel. Raises `ReadError` where one is not there, where several
    may be meant, and where two are the same.
    """
    columns: dict[str, int] = {}
    for name in needed:
        matches = _matches(name, channels)
        if len(matches) == 1:
            columns[name] = matches[0].column
            continue
        several = f"{len(matches)} channels called {name!r}"
        gathered.complain(
            gathered.request.source,
            several if matches else f"no channel {name!r}",
            "one of its channels: " + ", ".join(channel.words for channel in channels),
            _which(matches) if matches else "correct the name in study.yaml",
        )
    gathered.mistakes += _same_channel(columns, gathered.request.source)
    gathered.refuse_mistakes()
    return columns


def _which(matches: Sequence[_Channel]) -> str:
    """How to name one of several channels of one name: by a label of its own, else its number."""
    labels = [channel.label for channel in matches]
    alone = all(labels) and len(set(map(str.lower, labels))) == len(labels)
    names = labels if alone else [f"P{channel.column + 1}" for channel in matches]
    what = "its label" if alone else "its number in the file"
    return f"name the one you mean in study.yaml by {what}: {' or '.join(names)}"


def _matches(name: str, channels: Sequence[_Channel]) -> list[_Channel]:
    """The channels of a name: by their short name, their label, either without case, then by their
    number (P7: the seventh).
    """
    for same in (str, str.lower):
        for kind in ("short", "label"):
            matches = [c for c in channels if same(getattr(c, kind)) == same(name)]
            if matches:
                return matches
    return [c for c in channels if name == f"P{c.column + 1}"]


def _same_channel(columns: Mapping[str, int], source: str) -> Iterator[Mistake]:
    """Names that stand for one channel, each with every name before it."""
    names = list(columns)
    for at, name in enumerate(names):
        for before in names[:at]:
            if columns[before] == columns[name]:
                yield Mistake(
                    source,
                    f"{before!r} and {name!r} are the same channel",
                    "different channels",
                    "correct the names in study.yaml",
                )


def _unfinite(chosen: Mapping[str, Floats], source: str) -> Iterator[Mistake]:
    import numpy as np

    for name, events in chosen.items():
        count = int((~np.isfinite(events)).sum())
        if count:
            yield Mistake(
                source,
                f"{count} events of {name} that are not finite",
                "finite numbers",
                f"the file is damaged: {_EXPORT_AGAIN}",
            )


def _readings(chosen: Mapping[str, Floats], data: _DataSet, request: Request) -> pl.DataFrame:
    # Without a type of the lists polars takes the columns as they are, and does not go through
    # them number by number.
    y = pl.Series("y", [pl.Series(events, dtype=pl.Float64) for events in chosen.values()])
    stated = role_in_file(data.flow.text)
    return pl.DataFrame({"channel": list(chosen)}, schema={"channel": pl.String}).with_columns(
        y,
        well=pl.lit(request.well),
        block=pl.lit(f"data set {data.number}"),
        kind=pl.lit("bead_events"),
        censor=pl.lit("none"),
        unit=pl.lit("intensity"),
        **{name: pl.lit(value) for name, value in stated.items()},
    )


def _list_unread(data: _DataSet, unused: Sequence[_Channel], gathered: Gathered) -> None:
    """Earlier data sets, and channels that the assay does not name."""
    for number in range(1, data.number):
        gathered.ignore(
            f"data set {number}", "the same tube at a lower resolution; the last data set is read"
        )
    for channel in unused:
        gathered.ignore(f"channel {channel.short}", "not named by the assay in study.yaml")


def _header(data: _DataSet) -> dict[str, str]:
    facts = {
        "format": f"FCS {data.flow.version}",
        "events": str(data.flow.event_count),
        "channels": str(data.flow.channel_count),
        "scale": "gain and logarithm of the file undone (flowio, preprocess=True); "
        "not cut at $PnR; not compensated",
    }
    if data.number > 1:
        facts["data sets"] = f"{data.number}, the last one read"
    if data.offset_ignored:
        facts["offset"] = (
            "the stated place of the data is wrong by a byte or differs between header and text; "
            "read all the same"
        )
    return facts
