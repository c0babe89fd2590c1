"""What an FCS file states about itself: the instrument, how it was set, and which well, standard or
sample the tube was.

The facts are those a reader of a report asks for (MIFlowCyt, Lee et al. 2008,
doi:10.1002/cyto.a.20623, its parts on the instrument and on list-mode files), by the keywords of
FCS 3.1 (doi:10.1002/cyto.a.20825).
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from exvivo.bounds import LONGEST_TEXT_SEGMENT
from exvivo.errors import ReadError
from exvivo.sources import part_of
from exvivo.study.layout import plain_well

# Who operated the instrument ($OP), who planned it ($EXP), whose specimen it was ($SRC, $SMNO,
# $CELLS) may name a person: not taken over, and comments ($COM) neither.
_FACTS = {
    "cyt": "instrument",
    "cytsn": "instrument serial number",
    "sys": "system",
    "creator": "software",
    "date": "date",
    "btim": "begin",
    "etim": "end",
    "fil": "file name at acquisition",
    "mode": "mode",
    "datatype": "data type",
    "inst": "institution",
    "vol": "volume (nL)",
    "abrt": "events aborted",
    "lost": "events lost",
    "tr": "trigger",
    "timestep": "time step (s)",
    "spillover": "spillover matrix (not applied)",
    "spill": "spillover matrix (not applied)",
    "comp": "compensation matrix (not applied)",
    "plateid": "plate in the file",
    "well id": "well in the file",
    "wellid": "well in the file",
    "originality": "originality",
    "last_modified": "last modified",
    "cba type": "CBA type",
    "cba plex name": "CBA bead",
    "cba standard id": "CBA standard",
    "cba dilution": "CBA dilution",
}
_CHANNEL = {
    "f": "filter",
    "t": "detector",
    "v": "voltage",
    "g": "gain",
    "r": "range",
    "l": "laser wavelength",
    "o": "laser power",
    "s": "label",
}
_LONGEST = 300
_WELL_KEYWORDS = {"wellid": "$WELLID", "well id": "well id"}
_WELL = re.compile(r"([A-Za-z]{1,2})0?(\d{1,2})")
_RATIO = re.compile(r"1\s*[:/]\s*[1-9]\d*")
_STEM = re.compile(r"(.+?)[-_ ](?:A|H|W|Area|Height|Width)", re.IGNORECASE)
_DETECTOR = re.compile(r"(ch\d+)(?:id|nm)")

HEADER = 26
"""Bytes that name the version and where the text segment begins and ends."""

Part = Callable[[Any, int, int], bytes]
"""The bytes of a file from one place to before another; raises `ReadError` where there are none."""
Text = Mapping[str, Any]
"""The text segment of a file: what stands under each keyword (lower case, without its $)."""


def _value(text: Text, keyword: str) -> str:
    return str(text.get(keyword, ""))[:_LONGEST].strip()


def file_facts(text: Text) -> dict[str, str]:
    """The facts about the whole file, by the names a report uses; what the file leaves empty is
    absent.
    """
    facts: dict[str, str] = {}
    for keyword, name in _FACTS.items():
        if value := _value(text, keyword):
            facts[name] = value
    return facts


def channel_facts(text: Text, used: Mapping[str, int]) -> dict[str, str]:
    """How each used channel was measured: `filter PE`, `detector PE`, `voltage PE`, `gain PE`,
    `amplification PE`, ...

    used: the channel as the study names it, and its column (from 0). Gains that a CytoFLEX sets on
    its detectors, which it keeps apart from $PnG, are `detector gain`.
    """
    facts: dict[str, str] = {}
    for name, column in used.items():
        number = column + 1
        values = {what: _value(text, f"p{number}{letter}") for letter, what in _CHANNEL.items()}
        if values["label"] == name:
            values["label"] = ""
        values["amplification"] = _amplification(str(text.get(f"p{number}e", "")))
        values["detector gain"] = _detector_gain(text, number)
        facts |= {f"{what} {name}": value for what, value in values.items() if value}
    return facts


def _amplification(stated: str) -> str:
    """$PnE in words.

    >>> _amplification("0,0"), _amplification("4,0.1"), _amplification("")
    ('linear', 'logarithmic, 4 decades from 0.1 (undone)', '')
    """
    first, _, second = stated.partition(",")
    decades, start = _number(first), _number(second)
    if decades is None or start is None:
        return stated[:_LONGEST].strip()
    if decades == 0:
        return "linear"
    return f"logarithmic, {decades:g} decades from {start or 1:g} (undone)"


def _detector_gain(text: Text, number: int) -> str:
    """The gain of the detector behind a channel, where the file lists detectors by the channel's
    name without -A or -H.
    """
    names = {str(text.get(f"p{number}{letter}", "")).strip() for letter in "ns"}
    stems = {_stem(name).casefold() for name in names if name}
    gains: set[str] = set()
    for key, value in text.items():
        detector = _DETECTOR.fullmatch(key)
        if detector and str(value).strip().casefold() in stems:
            gains.add(str(text.get(f"{detector[1]}gain", "")).strip())
    return gains.pop() if len(gains) == 1 else ""


def _stem(name: str) -> str:
    """The name of a channel without what of the pulse it measures (-A, -H, -Width)."""
    match = _STEM.fullmatch(name)
    return match[1] if match else name


def well_in_file(text: Text) -> Iterator[tuple[str, str]]:
    """Keyword and well, in plain form, of each place where the file names the well of a plate."""
    for keyword, shown in _WELL_KEYWORDS.items():
        well = _value(text, keyword)
        if _WELL.fullmatch(well):
            yield shown, plain_well(well)


def constant_well(files: Sequence[str] | Sequence[Path], part: Part = part_of) -> str:
    """The well that all of several FCS files state, in plain form; empty where they do not. `part`
    gives a part of the bytes of a file.

    A MACSQuant that measures single tubes writes A1 into every file: what is the same in all files
    of a plate is no well.
    """
    wells = [[well for _, well in well_in_file(_text_of(file, part))] for file in files]
    stated = set(itertools.chain.from_iterable(wells))
    return stated.pop() if len(files) > 1 and len(stated) == 1 and all(wells) else ""


def text_segment(head: bytes) -> tuple[int, int]:
    """Where the text segment begins and ends, by the header of a data set. Raises `ValueError`
    where it does not say.
    """
    return int(head[10:18]), int(head[18:26])


def _text_of(file: Any, part: Part) -> Text:
    """The keywords of an FCS file, by its header; none where it is no such file."""
    try:
        head = part(file, 0, HEADER)
        if not head.startswith(b"FCS"):
            return {}
        begin, end = text_segment(head)
        if end - begin > LONGEST_TEXT_SEGMENT:
            return {}
        text = part(file, begin, end + 1).decode("utf-8", "replace")
    except (ReadError, ValueError):
        return {}
    parts = text[1:].split(text[:1]) if text else []
    return {
        key.strip().lower().removeprefix("$"): value
        for key, value in zip(parts[::2], parts[1::2], strict=False)
    }


@dataclass(frozen=True)
class Tube:
    """What the header of an FCS file says: its well, the sample's name, the role and the channels
    (short name and label); empty where it does not say.
    """

    well: str
    sample: str
    role: str
    date: str
    channels: tuple[tuple[str, str], ...]


def tube(path: Path) -> Tube | None:
    """The header of an FCS file, without its events; None for any other file."""
    text = _text_of(path, part_of)
    if not text:
        return None
    stated = role_in_file(text)
    names = [_value(text, keyword) for keyword in ("smno", "sample id", "tube name", "src")]
    return Tube(
        next((well for _, well in well_in_file(text)), ""),
        str(stated["sample"] or next(filter(None, names), "")),
        str(stated["vendor_role"] or ""),
        _value(text, "date"),
        tuple(_channel_names(text)),
    )


def _channel_names(text: Text) -> Iterator[tuple[str, str]]:
    count = int(_number(_value(text, "par")) or 0)
    for number in range(1, count + 1):
        yield _value(text, f"p{number}n"), _value(text, f"p{number}s")


def role_in_file(text: Text) -> dict[str, str | float | None]:
    """`vendor_role`, `vendor_dilution` and `sample` as BD FACSuite's CBA keywords state them; None
    where in doubt.

    The dilution of a standard is its place in the series, not a factor to multiply by, and stays a
    fact of the file. A standard diluted by zero, or by no number, may be the tube without any: its
    role is left to the layout.
    """
    kind = str(text.get("cba type", "")).strip().casefold()
    stated = str(text.get("cba dilution", "")).strip()
    factor = _number(stated)
    diluted = factor is not None and factor > 0
    role: str | None = None
    sample: str | None = None
    if kind == "standard":
        in_series = not stated or diluted or _RATIO.fullmatch(stated)
        role = "standard" if in_series else None
        sample = str(text.get("cba standard id", "")).strip() or None
    elif kind == "sample":
        role = "sample"
    dilution = factor if role == "sample" and diluted else None
    return {"vendor_role": role, "vendor_dilution": dilution, "sample": sample}


def _number(stated: str) -> float | None:
    try:
        number = float(stated)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
