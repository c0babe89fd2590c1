"""Of all qPCR readers exactly the right one is asked first, for every real file and every
example.
"""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from qpcr_exports import (
    LC480_CP,
    PLAIN,
    lc480_raw,
    rows_of,
    variants,
    workbook,
)

from exvivo.read import READERS, Reader

QPCR = [reader for reader in READERS if "qpcr" in reader.serves]
PLAIN_TABLE = QPCR[-1].name
APPLIED = "Applied Biosystems (QuantStudio, StepOne, 7500)"

IMMUNO = [reader for reader in READERS if "immunoassay" in reader.serves]
LUMINEX = {
    "multiplate/IGG_CO_1.csv": "Luminex xPONENT",
    "multiplate/IGG_CO_2.csv": "Luminex xPONENT",
    "multiplate/IGG_CO_3.csv": "Luminex xPONENT",
    "xponent31_stimulated_30plex.csv": "Luminex xPONENT",
    "xponent_2014_missing_value.csv": "Luminex xPONENT",
    "xponent_nan_not_reported.csv": "Luminex xPONENT",
    "bioplex_synthetic.xlsx": "Bio-Plex Manager",
    "bead_level/plate1/Run001.csv.gz": "Luminex bead-level run (one file a well)",
}

REAL = {
    "cfx/cq_results.csv": "Bio-Rad CFX",
    "cfx/htqpcr_cfx_sample.txt": "Bio-Rad CFX",
    "lightcycler480/Nrd1_calibration_cq.txt.gz": "LightCycler 480",
    "lightcycler480/Nrd1_calibration_raw.txt.gz": "LightCycler 480",
    "lightcycler480/htqpcr_lightcycler_sample.txt": "LightCycler 480",
    "untergasser/volume_machine_cq.tsv": PLAIN_TABLE,
    "damaged/matrix_gaps.rdml": "RDML",
    "damaged/shifted_baseline.rdml": "RDML",
    "rdml_vendors/BioRad_qPCR_melt.rdml": "RDML",
    "rdml_vendors/lc96_bACTXY.rdml": "RDML",
    "rdml_vendors/stepone_std.rdml": "RDML",
    "untergasser/large_DNA_dilutions.rdml": "RDML",
    "untergasser/volume_machine.rdml": "RDML",
    "vermeulen/standards_150000_to_15.rdml": "RDML",
    "design_and_analysis/QS3_relative_quantification.xlsx": APPLIED,
    "design_and_analysis/QS7_standard_curve.xlsx": APPLIED,
    "quantstudio_txt/example01.txt": APPLIED,
    "quantstudio_txt/example02.txt": APPLIED,
    "quantstudio_txt/example03.txt": APPLIED,
    "quantstudio_xlsx/example08.xlsx": APPLIED,
}

TWO_FILTERS = lc480_raw(filters=("465-510", "533-580"))
MADE = {"filters.txt": TWO_FILTERS, "untitled.txt": TWO_FILTERS.split("\n", 1)[1]}


def claimed_by(raw: bytes, suffix: str) -> list[str]:
    return claimed_among(QPCR, raw, suffix)


def claimed_among(readers: list[Reader], raw: bytes, suffix: str) -> list[str]:
    return [reader.name for reader in readers if reader.sniff(raw, suffix)]


def test_the_plain_table_stands_last_and_names_are_different() -> None:
    assert PLAIN_TABLE.startswith("plain table") and len({reader.name for reader in QPCR}) == len(
        QPCR
    )


def test_files_of_the_folder_that_are_not_tested_here_are_named(
    shared_data: Path, record_property: Callable[[str, object], None]
) -> None:
    """A new file in the folder of real data fails nothing: it is named in the test's record."""
    folder = shared_data / "qpcr"
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    record_property("not tested", sorted(files - set(REAL)))
    assert set(REAL) <= files


@pytest.mark.parametrize("name", REAL)
def test_real_files(shared_data: Path, name: str) -> None:
    path = shared_data / "qpcr" / name
    claims = claimed_by(path.read_bytes(), path.suffix)
    assert claims[0] == REAL[name]
    assert claims[1:] in ([], [PLAIN_TABLE])


@pytest.mark.parametrize("name", MADE)
def test_two_filters_in_every_shape(name: str) -> None:
    text = MADE[name]
    rows, suffix = rows_of(text), Path(name).suffix
    for _, raw in variants(text):
        claims = claimed_by(raw, suffix)
        assert claims[0] == "LightCycler 480" and claims[1:] in ([], [PLAIN_TABLE])
    assert claimed_by(workbook(Sheet=rows), ".xlsx")[0] == PLAIN_TABLE


def test_packed_text_is_known(tmp_path: Path) -> None:
    assert claimed_by(gzip.compress(LC480_CP.encode()), ".gz") == ["LightCycler 480"]
    assert claimed_by(gzip.compress(PLAIN.encode()), ".gz") == []


def test_sniffing_a_large_file_is_quick() -> None:
    long = (PLAIN + "A1,TNF,20.5,a,unknown,,me\n" * 2_000_000).encode()
    start = time.perf_counter()
    assert claimed_by(long, ".csv") == [PLAIN_TABLE]
    assert time.perf_counter() - start < 2


@pytest.mark.parametrize("name", LUMINEX)
def test_real_luminex_files(shared_data: Path, name: str) -> None:
    raw = (shared_data / "luminex" / name).read_bytes()
    packed = name.endswith(".gz")
    raw, suffix = (gzip.decompress(raw), ".csv") if packed else (raw, Path(name).suffix)
    luminex = [
        reader.name
        for reader in IMMUNO
        if reader.name in set(LUMINEX.values()) | {"Luminex INTELLIFLEX"}
    ]
    assert [name for name in claimed_among(IMMUNO, raw, suffix) if name in luminex] == [
        LUMINEX[name]
    ]
    assert claimed_among(IMMUNO, raw, suffix)[0] == LUMINEX[name]
