"""FCS 2.0 to 3.1 list-mode files, one file a well, through flowio.

Formats: FCS 3.1, Spidlen et al. 2010, doi:10.1002/cyto.a.20825. Values are never cut at $PnR.
"""

from __future__ import annotations

import io
import re
import warnings
from typing import TYPE_CHECKING, Any

import polars as pl

from exvivo.errors import Mistake, ReadError
from exvivo.read.cytometer.facts import channel_facts, file_facts, role_in_file, well_in_file
from exvivo.read.result import FileRead, Ignored, Request
from exvivo.study import Beads
from exvivo.study.layout import plain_well
from exvivo.tables import READINGS

if TYPE_CHECKING:
    import numpy as np

_LONGEST_CHAIN = 20
_PLATE_WELL = re.compile(r"[A-P]\d{1,2}|A[A-F]\d{1,2}")


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
    the layout's, a damaged file, FCS 3.2 with mixed types, a channel that is missing or not to be
    told apart, no events, and events that are not finite.
    """
    assay = request.assay
    assert isinstance(assay, Beads)
    if not request.well:
        raise _wrong(
            request,
            "an FCS file, which holds one well",
            "the well it belongs to",
            "name the file in the `file` column of the layout",
        )
    _refuse_mixed_types(raw, request)
    data, sets, offset_ignored = _last_data_set(raw, request)
    _refuse_other_well(data.text, request)
    needed = list(dict.fromkeys((*assay.classifier, assay.reporter, *assay.scatter)))
    columns = _match(needed, data.channels, request)
    events = _events(data, request)
    chosen = [events[:, columns[name]] for name in needed]
    _refuse_unfinite(needed, chosen, request)
    header = (
        _header(data, sets, offset_ignored)
        | file_facts(data.text)
        | channel_facts(data.text, columns)
    )
    readings = _frame(needed, chosen, request, sets, role_in_file(data.text))
    return FileRead(readings, _ignored(data, columns, sets), header)


def _wrong(request: Request, found: str, expected: str, cure: str) -> ReadError:
    return ReadError(Mistake(request.source, found, expected, cure))


def _refuse_mixed_types(raw: bytes, request: Request) -> None:
    if raw.startswith(b"FCS3.2") and b"DATATYPE" in raw[: 1 << 20].replace(b"$DATATYPE", b""):
        raise _wrong(
            request,
            "FCS 3.2 with channels of different number types ($PnDATATYPE)",
            "FCS 2.0 to 3.1",
            "export the file as FCS 3.1",
        )


def _refuse_other_well(text: dict[str, Any], request: Request) -> None:
    """Either the layout names the wrong file for the well, or the instrument was told the wrong
    well: nobody can tell which.
    """
    here = plain_well(request.well or "")
    mistakes = [
        Mistake(
            request.source,
            f"well {said} in the file ({keyword}), well {request.well} in the layout of plate {request.plate}",
            "the same well in both",
            "correct the column `file` of the layout if it names the wrong file; if the instrument was "
            "told the wrong well, export the file again without it",
        )
        for keyword, said in well_in_file(text)
        if _PLATE_WELL.fullmatch(here) and said != here
    ]
    if mistakes:
        raise ReadError(mistakes)


def _last_data_set(raw: bytes, request: Request) -> tuple[Any, int, bool]:
    """The last data set, how many there are, and whether its data offset had to be overlooked
    (MACSQuant: a byte off).

    flowio's own function for chained files closes a file in memory after the first, so the chain is
    followed here.
    """
    from flowio import FlowData

    def opened(start: int, **options: bool) -> Any:
        return FlowData(io.BytesIO(raw), nextdata_offset=start, **options)

    reason = ""
    for ignore in (False, True):
        options = {"ignore_offset_error": ignore, "ignore_offset_discrepancy": ignore}
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                starts, counts = [0], []
                while len(starts) <= _LONGEST_CHAIN:
                    text = opened(starts[-1], only_text=True, **options)
                    counts.append(int(text.event_count))
                    step = int(text.text.get("nextdata") or 0)
                    if step <= 0:
                        break
                    starts.append(starts[-1] + step)
                last = opened(starts[-1], **options)
        except Exception as error:  # flowio raises whatever its parsing meets: KeyError, struct.error, re.error, ...
            reason = f"{type(error).__name__}: {str(error)[:200]}"
            continue
        if len(set(counts)) > 1 or len(starts) > _LONGEST_CHAIN:
            raise _wrong(
                request,
                f"{len(counts)} data sets with {sorted(set(counts))[:5]} events",
                "one tube, perhaps in two resolutions",
                "export each tube as a file of its own",
            )
        return last, len(starts), ignore
    raise _wrong(
        request,
        f"an FCS file that cannot be read ({reason})",
        "a whole FCS 2.0 to 3.1 list-mode file",
        "copy or export the file again",
    )


def _events(data: Any, request: Request) -> np.ndarray:
    import numpy as np

    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            events = data.as_array(preprocess=True)
            whole: bool = events.shape == (data.event_count, data.channel_count)
    except Exception as error:
        raise _wrong(
            request,
            f"events that cannot be read ({type(error).__name__}: {str(error)[:200]})",
            "list-mode events",
            "copy or export the file again",
        ) from None
    if not whole or not len(events):
        raise _wrong(
            request,
            f"{len(events)} events of the {data.event_count} stated",
            "at least one, and all stated",
            "copy or export the file again",
        )
    return events  # type: ignore[no-any-return]


def _match(
    needed: list[str], channels: dict[int, dict[str, Any]], request: Request
) -> dict[str, int]:
    """The column of each needed channel: by its short name ($PnN), its label ($PnS), then either
    without case.
    """
    short = {number - 1: str(c.get("pnn", "")).strip() for number, c in channels.items()}
    label = {number - 1: str(c.get("pns", "")).strip() for number, c in channels.items()}
    found: dict[str, int] = {}
    mistakes = []
    every = ", ".join(
        f"{n} ({label[i]})" if label[i] not in ("", n) else n for i, n in sorted(short.items())
    )
    for name in needed:
        for names in (short, label, _lower(short), _lower(label)):
            wanted = name.lower() if names not in (short, label) else name
            hits = [column for column, text in names.items() if text == wanted]
            if hits:
                break
        if len(hits) == 1:
            found[name] = hits[0]
            continue
        what = f"{len(hits)} channels called {name!r}" if hits else f"no channel {name!r}"
        mistakes.append(
            Mistake(
                request.source,
                what,
                f"one of its channels: {every}",
                "correct the name in study.yaml",
            )
        )
    for name, column in found.items():
        for other in list(found)[: list(found).index(name)]:
            if found[other] == column:
                mistakes.append(
                    Mistake(
                        request.source,
                        f"{other!r} and {name!r} are the same channel",
                        "different channels",
                        "correct the names in study.yaml",
                    )
                )
    if mistakes:
        raise ReadError(mistakes)
    return found


def _lower(names: dict[int, str]) -> dict[int, str]:
    return {
        column: text.lower() + "\0" if not text else text.lower() for column, text in names.items()
    }


def _refuse_unfinite(needed: list[str], chosen: list[np.ndarray], request: Request) -> None:
    import numpy as np

    bad = {
        name: int((~np.isfinite(events)).sum()) for name, events in zip(needed, chosen, strict=True)
    }
    mistakes = [
        Mistake(
            request.source,
            f"{count} events of {name} that are not finite",
            "finite numbers",
            "the file is damaged: copy or export it again",
        )
        for name, count in bad.items()
        if count
    ]
    if mistakes:
        raise ReadError(mistakes)


def _frame(
    needed: list[str],
    chosen: list[np.ndarray],
    request: Request,
    sets: int,
    stated: dict[str, str | float | None],
) -> pl.DataFrame:
    # Without a type of the lists polars takes the columns as they are, and does not go through them number by number.
    y = pl.Series("y", [pl.Series(events, dtype=pl.Float64) for events in chosen])
    own = pl.DataFrame({"channel": needed}, schema={"channel": pl.String}).with_columns(
        y,
        source=pl.lit(request.source),
        sha256=pl.lit(request.sha256),
        plate=pl.lit(request.plate),
        well=pl.lit(request.well),
        block=pl.lit(f"data set {sets}"),
        kind=pl.lit("bead_events"),
        censor=pl.lit("none"),
        unit=pl.lit("intensity"),
        **{name: pl.lit(value) for name, value in stated.items()},
    )
    return READINGS.complete(own)


def _ignored(data: Any, columns: dict[str, int], sets: int) -> tuple[Ignored, ...]:
    used = set(columns.values())
    skipped = [
        Ignored(f"channel {str(c.get('pnn', '')).strip()}", "not named by the assay in study.yaml")
        for number, c in sorted(data.channels.items())
        if number - 1 not in used
    ]
    earlier = [
        Ignored(
            f"data set {number}", "the same tube at a lower resolution; the last data set is read"
        )
        for number in range(1, sets)
    ]
    return (*earlier, *skipped)


def _header(data: Any, sets: int, offset_ignored: bool) -> dict[str, str]:
    facts = {
        "format": f"FCS {data.version}",
        "events": str(data.event_count),
        "channels": str(data.channel_count),
        "scale": "gain and logarithm of the file undone (flowio, preprocess=True); not cut at $PnR; not compensated",
    }
    if sets > 1:
        facts["data sets"] = f"{sets}, the last one read"
    if offset_ignored:
        facts["offset"] = (
            "the stated place of the data is wrong by a byte or differs between header and text; read all the same"
        )
    return facts
