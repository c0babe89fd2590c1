"""A plate whose Cq and curves are two files, and whose targets only the layout knows: as the how-to
pages say.
"""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest
from qpcr_exports import CFX_CQ, LC480_CP, QTOWER, lc480_raw

from exvivo.errors import UserMistake
from exvivo.gather import gather

PAGES = Path(__file__).parents[3] / "docs" / "howto"
STUDY = """\
exvivo: 1
title: Two files
groups: [{id: HC, name: healthy people}, {id: FM, name: people with fibromyalgia}]
cell_types: [{id: iMG, name: induced microglia-like cells}]
stimuli: [{id: none, name: nothing, control: true}]
analytes: [{id: TNF}, {id: CXCL8}]
"""
LC480 = (
    "well,role,donor,target,nominal\nA1,sample,D1,TNF,\nA2,sample,D2,ACTB,\nA3,empty,,,\n"
    + "".join(f"B{n},standard,,TNF,{10 ** (7 - n)}\n" for n in (1, 2, 3))
)


def snippet(page: str) -> str:
    """The first YAML of a page."""
    found = re.search(r"```yaml\n(.*?)```", (PAGES / page).read_text(encoding="utf-8"), re.DOTALL)
    assert found
    return found[1]


def study(folder: Path, yaml: str, layout: str, **files: str) -> Path:
    for name in ("plates", "raw"):
        (folder / name).mkdir(exist_ok=True)
    (folder / "study.yaml").write_text(STUDY + yaml, encoding="utf-8")
    (folder / "donors.csv").write_text("donor,group\nD1,HC\nD2,FM\n", encoding="utf-8")
    (folder / "plates" / "Q1.csv").write_text(layout, encoding="utf-8")
    for name, text in files.items():
        (folder / "raw" / f"{name}").write_text(text, encoding="utf-8")
    return folder


def curves_of_every_well() -> str:
    """A raw export whose standards have the curves of A1."""
    raw = lc480_raw(cycles=40)
    first = [line for line in raw.splitlines(keepends=True) if line.startswith("A1\t")]
    return raw + "".join(f"B{n}{line[2:]}" for n in (1, 2, 3) for line in first)


def test_lightcycler_as_its_page_says(tmp_path: Path) -> None:
    files = {"Q1_Cp.txt": LC480_CP, "Q1_raw.txt": curves_of_every_well()}
    wells = gather(study(tmp_path, snippet("lightcycler.md"), LC480, **files)).wells
    assert wells.filter(well="A1").select("kind", "channel", "analyte", "donor").rows() == [
        ("cq", "TNF", "TNF", "D1"),
        ("amplification", "TNF", "TNF", "D1"),
        ("melt", "TNF", "TNF", "D1"),
    ]
    assert set(wells.filter(well="A2")["channel"]) == {"ACTB"}
    with pytest.raises(UserMistake, match=r"targets found are: none|add a column `target`"):
        gather(
            study(
                tmp_path,
                snippet("lightcycler.md"),
                LC480.replace(",target,", ",replicate,"),
                **files,
            )
        )


def test_cfx_as_its_page_says(tmp_path: Path) -> None:
    wells = [line.split(",")[1] for line in CFX_CQ.splitlines()[1:]]
    curves = ",Cycle," + ",".join(f"{well[0]}{int(well[1:])}" for well in wells) + "\n"
    curves += "".join(f",{cycle}" + f",{cycle}.5" * len(wells) + "\n" for cycle in range(1, 41))
    layout = "well,role,donor,nominal\n" + "".join(
        f"{well},standard,,{10 ** (9 - int(well[-1]))}\n"
        if well[0] == "C"
        else f"{well},sample,D1,\n"
        for well in wells
    )
    files = {"Q1_Cq.csv": CFX_CQ, "Q1_amplification_SYBR.csv": curves}
    found = gather(study(tmp_path, snippet("cfx.md"), layout, **files)).wells
    assert found.height == 18 and found["channel"].is_in(["TNF", "ACTB"]).all()
    assert found.filter(well="A2")["channel"].to_list() == ["ACTB", "ACTB"]


def test_qtower_as_its_page_says(tmp_path: Path) -> None:
    layout = "well,role,donor\nA1,sample,D1\nA2,sample,D1\nA3,sample,D2\nB1,no_rt,\nB2,ntc,\n"
    found = gather(study(tmp_path, snippet("qtower.md"), layout, **{"Q1.csv": QTOWER})).wells
    assert found.filter(pl.col("well") == "A3")["channel"].to_list() == ["TNF", "GAPDH"]


def test_any_other_instrument_as_its_page_says(tmp_path: Path) -> None:
    table = "Tube;Gene name;Machine Cq;Name\n1;TNF;21,187;a\n2;ACTB;16,5;a\n3;TNF;No Cq;b\n"
    layout = "well,role,donor\n1,sample,D1\n2,sample,D1\n3,sample,D2\n"
    found = gather(
        study(tmp_path, snippet("any-other-instrument.md"), layout, **{"Q1.csv": table})
    ).wells
    assert found.select("well", "channel", "value", "lower").rows() == [
        ("1", "TNF", 21.187, None),
        ("2", "ACTB", 16.5, None),
        ("3", "TNF", None, 40.0),
    ]


def test_melting_curves_in_a_file_of_their_own(tmp_path: Path) -> None:
    """CFX writes them apart; they get the targets of their wells, as the curves do."""
    melting = ",Temperature,A1\n" + "".join(
        f",{65 + 0.5 * i:g},{5000 / (1 + 2 ** (i - 30)):.2f}\n" for i in range(60)
    )
    beside = "`melt: raw/Q1_melt_SYBR.csv`"
    assert beside in (PAGES / "cfx.md").read_text(encoding="utf-8")
    yaml = snippet("cfx.md").rstrip() + f"\n    {beside.strip('`')}\n"
    cq = "\n".join(CFX_CQ.splitlines()[:2]) + "\n"
    layout = "well,role,donor\nA1,sample,D1\n"
    curves = ",Cycle,A1\n" + "".join(f",{i},{i + 0.25}\n" for i in range(1, 41))
    files = {
        "Q1_Cq.csv": cq,
        "Q1_amplification_SYBR.csv": curves,
        "Q1_melt_SYBR.csv": melting,
    }
    yaml = yaml.replace("references: [ACTB]", "references: [TNF]").replace("{IL-8: CXCL8}", "{}")
    wells = gather(study(tmp_path, yaml, layout, **files)).wells
    assert sorted(wells.select("kind", "channel").rows()) == [
        ("amplification", "TNF"),
        ("cq", "TNF"),
        ("melt", "TNF"),
    ]


def test_an_omitted_well_is_left_out_of_both_files(tmp_path: Path) -> None:
    """Its curve would be called undetected, which it is not."""
    omitted = LC480_CP.replace("True\t65280\tA2", "False\t65280\tA2")
    yaml, raw = snippet("lightcycler.md"), lc480_raw(cycles=40)
    roles = LC480.replace("A2,sample,D2,ACTB,\n", "A2,sample,D2,ACTB,\nA4,sample,D1,ACTB,\n")
    files = {
        "Q1_Cp.txt": omitted + "True\t255\tA4\tSample 4\t21.5\t\t0\t\n",
        "Q1_raw.txt": raw.replace("A1\tSample 1", "A1\tSample 1"),
    }
    yaml = yaml.replace("cq: curve", "cq: vendor")
    gathered = gather(study(tmp_path, yaml, roles, **files))
    assert "A2" not in gathered.wells["well"].to_list()
    assert any(
        what == "omitted wells without a Cq (1)" and why.endswith("A2")
        for _, what, why in gathered.ignored
    )
