"""The XML of Bio-Plex Manager: made files in the layout of a public export."""

from __future__ import annotations

from pathlib import Path

from luminex_exports import BIOPLEX_SAMPLES, BIOPLEX_WELLS, BIOPLEX_XML, bioplex_document
from plate_exports import mistakes, reading, why


def test_readings_with_roles_amounts_dilutions_and_beads(tmp_path: Path) -> None:
    read = reading(tmp_path, BIOPLEX_XML, "b.xml", analyte="")
    columns = ("well", "channel", "value", "vendor_role", "vendor_nominal", "vendor_dilution")
    assert read.readings.select(*columns, "beads", "sample", "kind").rows() == [
        ("A12", "TNF", 62.0, "blank", 0.0, None, None, "B", "mfi"),
        ("A12", "IL-6", 36.0, "blank", 0.0, None, None, "B", "mfi"),
        ("A1", "TNF", 9000.5, "standard", 2500.0, 1.0, None, "S1", "mfi"),
        ("A1", "IL-6", 8000.25, "standard", None, 1.0, None, "S1", "mfi"),
        ("B1", "TNF", 151.5, "sample", None, 4.0, 55.0, "X1", "mfi"),
        ("B1", "IL-6", 494.0, "sample", None, 4.0, None, "X1", "mfi"),
        ("B2", "TNF", None, "sample", None, 4.0, None, "X1", "mfi"),
        ("B2", "IL-6", 490.0, "sample", None, 4.0, None, "X1", "mfi"),
    ]
    assert "1 readings that are not valid: B2 TNF" in why(read)
    assert "somebody" not in str(read.vendor.rows()) + str(read.header)


def test_wells_twice_and_numbers_that_cannot_be_read_are_refused_at_once(tmp_path: Path) -> None:
    twice = BIOPLEX_SAMPLES.replace('RowNo="2" ColNo="2"', 'RowNo="2" ColNo="1"')
    wrong = twice.replace(">6.200000E+01<", ">many<")
    told = mistakes(tmp_path, bioplex_document(wrong, wells=BIOPLEX_WELLS), "b.xml", analyte="")
    assert "the same well and analyte again" in told and "'many'" in told
    nowhere = BIOPLEX_XML.replace('RowNo="1" ColNo="12"', 'RowNo="0" ColNo="12"')
    assert "RowNo '0'" in mistakes(tmp_path, nowhere, "b.xml", analyte="")
