"""The bytes of an FCS file held against what it states of its segments: a file that lost, gained or
moved bytes has every later event in other channels, and its numbers look like numbers.

FCS 3.1, Spidlen et al. 2010, doi:10.1002/cyto.a.20825: HEADER and TEXT give the first and last byte
of every segment; behind the last stand eight bytes of checksum, zeros where none was computed.
Real files: a CytoFLEX ends with its data, an LSRFortessa with eight zeros, and a FACSVerse with the
CRC-16 (polynomial 0x1021, bits reflected, from 0) of all bytes before it, in decimal digits. The
checksums of other instruments are not known to be made so, and are not held against it.
"""

from __future__ import annotations

import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from exvivo.errors import Mistake

_SEAL = 8
"""Bytes of a checksum."""
_SEAL_SIGNS = frozenset(b"0123456789ABCDEFabcdef \0")
_DIGITS = frozenset(b"0123456789")
_PADDINGS = (frozenset(b"\0"), frozenset(b" "))
_BLOCK = 128
"""A file may be filled up with zeros or spaces to whole blocks; a byte more or less breaks them."""
_OFFSETS_END = 58
"""Where the offsets of the segments that every file has end in the HEADER."""
_SEALED_BY = "facsverse"
_CURE = "copy the file again without a change (in binary mode), or export it again"
_REFLECTED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


@dataclass(frozen=True)
class _Segments:
    """The data of the last data set, and the first byte behind all its segments. Offsets count from
    the start of the file; `size` is what events and channels take.
    """

    begin: int
    size: int
    stated: int
    behind: int

    @property
    def slack(self) -> int:
        """1 where the stated end of the data is a byte too far, as some instruments write it."""
        return int(self.stated == self.size + 1 and self.behind == self.begin + self.size)


def damage(raw: bytes, text: Mapping[str, Any], start: int, source: str) -> Iterator[Mistake]:
    """What is wrong with the bytes of the data set at `start`, by its TEXT; nothing for events that
    are written as text, whose size no keyword tells.
    """
    segments = _segments(raw, text, start)
    if segments is None:
        return
    end = segments.begin + segments.size
    events, channels = _number(text, "tot"), _number(text, "par")
    place = f"{segments.size} bytes from byte {segments.begin}"
    stated = f"{events} events of {channels} channels ({place})"
    if not 0 <= segments.stated - segments.size <= 1:
        found = f"a data segment of {segments.stated} bytes for {stated}"
        yield Mistake(source, found, f"{segments.size} bytes", _CURE)
        return
    if _ends_in_a_seal(raw[segments.begin : end], len(raw) - end):
        found = f"{raw[end - _SEAL : end]!r} for the last of {stated}"
        yield Mistake(source, found, "numbers there: bytes before them are lost", _CURE)
    yield from _behind(raw, segments, stated, source)
    yield from _broken_seal(raw, text, source)


def _segments(raw: bytes, text: Mapping[str, Any], start: int) -> _Segments | None:
    size = _size_of_events(text)
    header = raw[start : start + _OFFSETS_END]
    places = [_offset(header[at : at + 8]) for at in range(10, _OFFSETS_END, 8)]
    in_text = (_number(text, "begindata"), _number(text, "enddata"))
    is_old = raw[start : start + 6] == b"FCS2.0"
    begin, last = places[2:4] if is_old or not in_text[0] else in_text
    if not size or not begin:
        return None
    ends = [start + begin + size - 1, start + places[1], start + places[5]]
    ends += [start + _number(text, name) for name in ("endanalysis", "endstext")]
    ends += [start + end for end in _other_ends(raw[start + _OFFSETS_END : start + places[0]])]
    return _Segments(start + begin, size, last - begin + 1, max(ends) + 1)


def _other_ends(offsets: bytes) -> Iterator[int]:
    """The last bytes of segments of the vendor, whose offsets stand between HEADER and TEXT."""
    for at in range(0, len(offsets) - 15, 16):
        first, last = _offset(offsets[at : at + 8]), _offset(offsets[at + 8 : at + 16])
        if not 0 < first <= last:
            return
        yield last


def _offset(digits: bytes) -> int:
    return int(digits) if digits.strip().isdigit() else 0


def _number(text: Mapping[str, Any], name: str) -> int:
    digits = str(text.get(name, "")).strip()
    return int(digits) if digits.isdecimal() else 0


def _size_of_events(text: Mapping[str, Any]) -> int:
    """The bytes of all events; 0 where they are written as text or the keywords do not tell."""
    if str(text.get("datatype", "")).strip().upper() == "A":
        return 0
    channels = range(1, _number(text, "par") + 1)
    bits = [_number(text, f"p{channel}b") for channel in channels]
    return (_number(text, "tot") * sum(bits) + 7) // 8 if all(bits) else 0


def _ends_in_a_seal(data: bytes, behind: int) -> bool:
    """Whether the data end with the eight digits of a checksum, which stood behind them: as many
    bytes were lost before.
    """
    return not behind and _DIGITS.issuperset(data[-_SEAL:]) and len(data) >= _SEAL


def _behind(raw: bytes, segments: _Segments, stated: str, source: str) -> Iterator[Mistake]:
    """Bytes that the segments do not account for, or lack."""
    surplus = len(raw) - segments.behind
    rest = raw[segments.behind + segments.slack :] if surplus else b""
    if surplus == 0 or (rest == b"" and segments.slack) or _may_stand(rest, len(raw)):
        return
    many = "too few" if surplus < 0 else "more"
    yield Mistake(
        source,
        f"{len(raw)} bytes: {abs(surplus)} {many} than its segments take, with {stated}",
        f"{segments.behind} bytes, and at most {_SEAL} of a checksum",
        _CURE,
    )


def _may_stand(rest: bytes, length: int) -> bool:
    """Whether bytes behind the last segment are a checksum, or fill the file up to whole blocks."""
    if len(rest) == _SEAL and _SEAL_SIGNS.issuperset(rest):
        return True
    filled = bool(rest) and any(padding.issuperset(rest) for padding in _PADDINGS)
    return filled and length % _BLOCK == 0


def _broken_seal(raw: bytes, text: Mapping[str, Any], source: str) -> Iterator[Mistake]:
    """A checksum that is not the one of the bytes before it."""
    seal = raw[-_SEAL:]
    if _SEALED_BY not in str(text.get("cyt", "")).lower() or not seal.isdigit() or not int(seal):
        return
    own = checksum(raw[:-_SEAL])
    if own != int(seal):
        found = f"bytes with the checksum {own}, and {int(seal)} written at the end"
        yield Mistake(source, found, "the same: the file was changed after it was written", _CURE)


def checksum(content: bytes) -> int:
    """The CRC-16 of some bytes, as a FACSVerse writes it.

    >>> checksum(b"123456789") == 0x2189
    True
    """
    crc = binascii.crc_hqx(content.translate(_REFLECTED), 0)
    return int(f"{crc:016b}"[::-1], 2)
