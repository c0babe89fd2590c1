"""What an FCS file states about itself: the instrument, how it was set, and which well, standard or
sample the tube was.

The facts are those a reader of a report asks for (MIFlowCyt, Lee et al. 2008,
doi:10.1002/cyto.a.20623, its parts on the instrument and on list-mode files), by the keywords of
FCS 3.1 (doi:10.1002/cyto.a.20825).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from exvivo.study.layout import plain_well

# Who operated the instrument ($OP), who planned it ($EXP), whose specimen it was ($SRC, $SMNO, $CELLS) may name a person:
# not taken over, and comments ($COM) neither.
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
_WELL = re.compile(r"([A-Za-z]{1,2})0?(\d{1,2})")
_RATIO = re.compile(r"1\s*[:/]\s*[1-9]\d*")
_STEM = re.compile(r"(.+?)[-_ ](A|H|W|Area|Height|Width)", re.IGNORECASE)


def file_facts(text: Mapping[str, Any]) -> dict[str, str]:
    """The facts about the whole file, by the names a report uses; what the file leaves empty is
    absent.
    """
    said = [
        (name, str(text.get(keyword, ""))[:_LONGEST].strip()) for keyword, name in _FACTS.items()
    ]
    return {name: value for name, value in said if value}


def channel_facts(text: Mapping[str, Any], used: Mapping[str, int]) -> dict[str, str]:
    """How each used channel was measured: `filter PE`, `detector PE`, `voltage PE`, `gain PE`,
    `amplification PE`, ...

    used: the channel as the study names it, and its column (from 0). Gains that a CytoFLEX sets on
    its detectors, which it keeps apart from $PnG, are `detector gain`.
    """
    facts: dict[str, str] = {}
    for name, column in used.items():
        number = column + 1
        for letter, what in _CHANNEL.items():
            value = str(text.get(f"p{number}{letter}", ""))[:_LONGEST].strip()
            if value and not (letter == "s" and value == name):
                facts[f"{what} {name}"] = value
        scale = _amplification(str(text.get(f"p{number}e", "")))
        facts |= {f"amplification {name}": scale} if scale else {}
        gain = _detector_gain(text, number)
        facts |= {f"detector gain {name}": gain} if gain else {}
    return facts


def _amplification(said: str) -> str:
    """$PnE in words.

    >>> _amplification("0,0"), _amplification("4,0.1"), _amplification("")
    ('linear', 'logarithmic, 4 decades from 0.1 (undone)', '')
    """
    parts = [_number(part) for part in said.split(",")]
    if len(parts) != 2 or parts[0] is None or parts[1] is None:
        return said[:_LONGEST].strip()
    decades, start = parts[0], parts[1]
    return (
        "linear"
        if decades == 0
        else f"logarithmic, {decades:g} decades from {start or 1:g} (undone)"
    )


def _detector_gain(text: Mapping[str, Any], number: int) -> str:
    """The gain of the detector behind a channel, where the file lists detectors by the channel's
    name without -A or -H.
    """
    names = {str(text.get(f"p{number}{letter}", "")).strip() for letter in "ns"}
    stems = {
        (match[1] if (match := _STEM.fullmatch(name)) else name).casefold()
        for name in names
        if name
    }
    gains = {
        str(text.get(f"{key[:-2]}gain", "")).strip()
        for key, value in text.items()
        if re.fullmatch(r"ch\d+(id|nm)", key) and str(value).strip().casefold() in stems
    }
    return gains.pop() if len(gains) == 1 else ""


def well_in_file(text: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Keyword and well, in plain form, of each place where the file names the well of a plate."""
    for keyword, shown in (("wellid", "$WELLID"), ("well id", "well id")):
        said = str(text.get(keyword, "")).strip()
        if _WELL.fullmatch(said):
            yield shown, plain_well(said)


def role_in_file(text: Mapping[str, Any]) -> dict[str, str | float | None]:
    """`vendor_role`, `vendor_dilution` and `sample` as BD FACSuite's CBA keywords state them; None
    where in doubt.

    The dilution of a standard is its place in the series, not a factor to multiply by, and stays a
    fact of the file. A standard diluted by zero, or by no number, may be the tube without any: its
    role is left to the layout.
    """
    kind = str(text.get("cba type", "")).strip().casefold()
    said = str(text.get("cba dilution", "")).strip()
    dilution = _number(said)
    if kind == "standard":
        sure = not said or bool(_RATIO.fullmatch(said)) or (dilution is not None and dilution > 0)
        name = str(text.get("cba standard id", "")).strip() or None
        return {
            "vendor_role": "standard" if sure else None,
            "vendor_dilution": None,
            "sample": name,
        }
    if kind == "sample":
        factor = dilution if dilution is not None and dilution > 0 else None
        return {"vendor_role": "sample", "vendor_dilution": factor, "sample": None}
    return {"vendor_role": None, "vendor_dilution": None, "sample": None}


def _number(said: str) -> float | None:
    try:
        number = float(said)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
