"""Files that broke off: no prefix of a reader's file gives a reading, or a fact, that is another
one without a word. The whole file is the oracle.

`python -m benchmarks.record.prefixes` does this at every line and at 200 random bytes.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from examples import EXAMPLES
from plate_exports import elisa
from qpcr_exports import PLAIN, assay

from benchmarks.record.prefixes import Case, examples, judged, outcomes, places, rows_of
from exvivo.errors import ReadError

CASES = dict(zip(EXAMPLES, examples(), strict=True))
LINES, COUNT = 10, 20


@pytest.mark.parametrize("name", CASES)
def test_a_prefix_is_refused_the_same_or_named(name: str, tmp_path: Path) -> None:
    counts = outcomes(CASES[name], tmp_path, lines=LINES, count=COUNT, seed=14)
    assert not counts["wrong"] and not counts["crash"], counts
    if CASES[name].reader not in ("bead_level", "cfx", "cq_table", "lightcycler480"):
        assert not counts["fewer"], "only a run of beads states no count"


def test_the_oracle_finds_what_must_not_be() -> None:
    """Each kind of wrong reading, made by hand."""
    key = ("table", "A1", "TNF", "cq", 1)
    other = ("table", "A2", "TNF", "cq", 1)
    row = {"value": 21.187, "sample": "D12", "vendor_dilution": 2.0, "x": None, "y": None}
    whole = {key: row, other: row}
    for name, cell in (("value", 21.0), ("sample", "D1"), ("vendor_dilution", None)):
        cut = {key: row | {name: cell}, other: row}
        assert judged(whole, cut, []) == "wrong"
        assert judged(whole, cut, ["A1"]) == "look"
        assert judged(whole, cut, ["A2"]) == "wrong", "another well was named"
    assert judged(whole, whole, []) == "equal"
    assert judged(whole, {key: row}, []) == "named"
    assert judged(whole, {key: row, ("table", "B9", "TNF", "cq", 1): row}, []) == "wrong"


def case(text: str, name: str = "q.csv") -> Case:
    return replace(CASES["table of Cq"], raw=text.encode(), name=name, assay=assay())


DOUBT = "wells that rest on it"
COLUMNS = "well,target,sample,cq\n"


def facts(folder: Path, text: str) -> dict[str, str]:
    own = case(text)
    return dict(own.read(own.raw, folder).header)


def test_a_number_at_the_end_of_a_text_may_be_cut(tmp_path: Path) -> None:
    rows = "A1,TNF,a,21.5\nA2,TNF,b,22.25\nA3,TNF,c,30"
    header = facts(tmp_path, COLUMNS + rows)
    assert header[DOUBT] == "A3" and header["cell without a line end"] == "30"
    assert DOUBT not in facts(tmp_path, COLUMNS + rows + "\n")
    assert DOUBT not in facts(tmp_path, COLUMNS + rows + "\r")


@pytest.mark.parametrize(
    "text",
    [
        COLUMNS + "A1,TNF,a,21.51\nA2,TNF,b,22.25\nA3,TNF,c,20.11\nA4,TNF,d,30.12",  # decimals
        COLUMNS + 'A1,TNF,a,21.5\nA2,TNF,b,"22"',  # quotes
        "well,target,cq,sample\nA1,TNF,21.5,pool\nA2,TNF,22.25,pool",  # a word of the column
        "well,target,cq,operator\nA1,TNF,21.5,me\nA2,TNF,22.25,yo",  # no part of a reading
        "well,target,cq,quantity\n" + "".join(f"A{n},TNF,2{n}.5,0\n" for n in range(1, 9))
        + "A9,TNF,30.5,0",  # what most of them are
    ],
)  # fmt: skip
def test_a_last_cell_that_shows_it_is_whole_is_not_doubted(tmp_path: Path, text: str) -> None:
    assert DOUBT not in facts(tmp_path, text)


def test_a_name_at_the_end_of_a_text_may_be_cut_too(tmp_path: Path) -> None:
    names = "well,target,cq,sample\nA1,TNF,21.5,D1\nA2,TNF,22.25,D"
    assert facts(tmp_path, names)[DOUBT] == "A2"
    longer = names.replace("22.25,D", "22.25,D1")
    assert facts(tmp_path, longer)[DOUBT] == "A2", "D1 may be what is left of D12"


def test_a_last_line_that_breaks_off_is_refused(tmp_path: Path) -> None:
    cut = PLAIN[: PLAIN.index("\n", PLAIN.index("A1,TNF")) - 6]
    own = case(cut)
    with pytest.raises(ReadError, match="breaks off"):
        own.read(own.raw, tmp_path)
    matrix = replace(CASES["plate matrix"], assay=elisa())
    raw = matrix.raw.rstrip(b"\n")
    short = raw[: raw.rindex(b",")]
    with pytest.raises(ReadError, match="breaks off"):
        matrix.read(short, tmp_path)


def test_files_are_cut_at_every_line_and_by_chance() -> None:
    raw = b"a\r\nbc\nd"
    assert places(raw, lines=9, count=0, seed=1) == [1, 3, 5, 6]
    assert len(places(raw, lines=1, count=0, seed=1)) == 2
    assert set(places(b"x" * 1000, lines=9, count=50, seed=1)) <= set(range(1, 1000))


def test_rows_hold_everything_that_a_reading_says(tmp_path: Path) -> None:
    own = case(PLAIN)
    rows = rows_of(own.read(own.raw, tmp_path))
    assert {"value", "sample", "vendor_role", "vendor_dilution", "x", "y"} <= set(
        next(iter(rows.values()))
    )
