"""An FCS file whose bytes are not those it states: lost, gained or moved."""

from __future__ import annotations

import binascii
import random
from pathlib import Path

import numpy as np
import pytest
from fcs_files import EVENTS, assay, integers, made, written

from exvivo.errors import ReadError
from exvivo.read import read_plate
from exvivo.read.cytometer.facts import tube
from exvivo.read.cytometer.segments import checksum
from exvivo.study import Beads

PLACES = 100


def read(folder: Path, raw: bytes, beads: Beads | None = None) -> np.ndarray:
    path = folder / "tube.fcs"
    path.write_bytes(raw)
    own = beads or assay(scatter=())
    readings = read_plate(path, source="raw/tube.fcs", plate="P1", assay=own, well="T1").readings
    return np.array(readings["y"].to_list())


def refused(folder: Path, raw: bytes, beads: Beads | None = None) -> str:
    with pytest.raises(ReadError) as caught:
        read(folder, raw, beads)
    return str(caught.value)


def data_of(raw: bytes) -> tuple[int, int]:
    """First and last byte of the data, by the header."""
    return int(raw[26:34]), int(raw[34:42])


def moved(raw: bytes, rng: random.Random, count: int) -> bytes:
    """`count` bytes more (or fewer, below zero) at a place of the data."""
    begin, end = data_of(raw)
    place = rng.randrange(begin, end - 16)
    return raw[:place] + rng.randbytes(max(count, 0)) + raw[place + max(-count, 0) :]


@pytest.mark.parametrize("count", [1, -1, 4, -4, 8, -8, 20])
@pytest.mark.parametrize("seal", [b"", b"00000000"])
def test_bytes_more_or_fewer_are_refused_with_the_numbers(
    tmp_path: Path, count: int, seal: bytes
) -> None:
    raw = written()
    rng = random.Random(count)
    assert np.allclose(read(tmp_path, raw + seal), EVENTS[:, [2, 3]].T)
    for _ in range(10):
        words = refused(tmp_path, moved(raw + seal, rng, count))
        assert ("bytes" in words or "file size" in words) and "again" in words


def test_what_may_stand_behind_the_data(tmp_path: Path) -> None:
    raw = written()
    for rest in (b"", b"00000000", b"0000A1F3", b"        ", b"\0" * 8):
        assert read(tmp_path, raw + rest).shape == (2, 400)
    for rest in (b"0", b"0000000", b"000000000", b"\x12\x34\x56\x78" * 2, b"junk" * 300):
        assert f"{len(rest)} more than its segments take" in refused(tmp_path, raw + rest)


def test_padding_to_whole_blocks_is_read_and_a_byte_beside_them_refused(tmp_path: Path) -> None:
    raw = written()
    padded = raw + b"\0" * (1024 - len(raw) % 1024)
    assert read(tmp_path, padded).shape == (2, 400)
    begin, _ = data_of(raw)
    assert "more than its segments" in refused(tmp_path, padded[:begin] + padded[begin + 1 :])


def test_segments_behind_the_data_are_no_surplus(tmp_path: Path) -> None:
    data = np.arange(10, dtype="<f4").reshape(5, 2).tobytes()
    text = {"$BYTEORD": "1,2,3,4", "$DATATYPE": "F", "$PAR": "2", "$TOT": "5"}
    each = {"$P1N": "A", "$P2N": "B", "$P1R": "10", "$P2R": "10", "$P1B": "32", "$P2B": "32"}
    raw = made(text | each, data, "3.1")
    analysis = b"|gate|1|"
    head = raw[:42] + f"{len(raw):>8}{len(raw) + len(analysis) - 1:>8}".encode() + raw[58:]
    own = assay(("A",), "B", ())
    assert read(tmp_path, head + analysis, own).shape == (2, 5)
    assert "8 more than its segments take" in refused(tmp_path, raw + analysis, own)
    assert "1 more than" in refused(tmp_path, head + analysis + b"x", own)


def test_an_end_stated_a_byte_too_far_is_read(tmp_path: Path) -> None:
    names = {"$P1N": "FL6-H", "$P2N": "FL2-H", "$P1R": "262144", "$P2R": "262144"}
    raw = integers([[5000, 3]] * 5, names)
    own = assay(scatter=())
    assert read(tmp_path, raw, own).shape == (2, 5)
    assert "more than its segments" in refused(tmp_path, raw + b"\1\2\3", own)


def test_the_checksum_of_a_facsverse_is_held_against_the_bytes(tmp_path: Path) -> None:
    for cytometer, is_checked in (("BD FACSVerse", True), ("another", False)):
        raw = written(cyt=cytometer)
        sealed = raw + f"{checksum(raw):08d}".encode()
        assert read(tmp_path, sealed).shape == (2, 400)
        begin, _ = data_of(raw)
        changed = sealed[: begin + 5] + bytes([sealed[begin + 5] ^ 1]) + sealed[begin + 6 :]
        if is_checked:
            assert "bytes with the checksum" in refused(tmp_path, changed)
        else:
            assert read(tmp_path, changed).shape == (2, 400)
        unsealed = changed[:-8] + b"00000000"
        assert read(tmp_path, unsealed).shape == (2, 400), "zeros: none was computed"


def test_the_checksum_is_the_reflected_one() -> None:
    """CRC-16/KERMIT, by its definition bit by bit; and not the one that Python has."""
    content = random.Random(1).randbytes(300)
    crc = 0
    for byte in content:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0x8408 if crc & 1 else crc >> 1
    assert checksum(content) == crc != binascii.crc_hqx(content, 0)


def test_real_files_are_read_and_their_shifted_copies_are_not(
    tmp_path: Path, shared_data: Path
) -> None:
    files = sorted((shared_data / "beads").rglob("*.fcs"))
    assert len(files) == 27
    rng = random.Random(14)
    for file in files:
        names = [short for short, _ in tube(file).channels]  # type: ignore[union-attr]
        own = assay((names[4],), names[5], ())
        assert read(tmp_path, file.read_bytes(), own).size
    for place in range(PLACES):
        file = files[place % len(files)]
        names = [short for short, _ in tube(file).channels]  # type: ignore[union-attr]
        own = assay((names[4],), names[5], ())
        refused(tmp_path, moved(file.read_bytes(), rng, rng.choice((1, -1))), own)
    for file in (shared_data / "beads" / "cba_flex_facsverse").glob("*.fcs"):
        raw = file.read_bytes()
        assert checksum(raw[:-8]) == int(raw[-8:])
