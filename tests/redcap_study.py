"""A small invented study whose people come from a REDCap project with names and days of birth, and
whose records have ids of their own.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from numpy.random import default_rng

STUDY = """
exvivo: 1
title: invented
groups: [{id: FM, name: patients}, {id: HC, name: controls}]
stimuli: [{id: none, name: unstimulated, control: true}, {id: ATP, name: ATP}]
analytes: [{id: TNF}]
scales: [{id: VAS, name: pain, lowest: 0, highest: 100, higher_is: worse, column: vas}]
questionnaires: [{id: HADS, items: ["h{1-14}"], coding: points}]
characteristics: [{id: age, kind: number, unit: years}]
redcap: {dictionary: redcap/dictionary.csv, data: redcap/data.csv, links: LINKS, group: grp,
  groups: {1: FM, 2: HC}, born: dob, seen: came, ignored: {notes: free text}}
assays: [{id: r, kind: results, unit: pg/mL}]
plates: [{id: P, assay: r, layout: plates/p.csv, file: raw/r.csv}]
questions:
  - {id: q, ask: difference, groups: [FM, HC], assays: [r], analytes: [TNF], stimulus: ATP}
  - {id: v, ask: association, within: FM, assays: [r], analytes: [TNF], stimulus: ATP,
     scales: [VAS, HADS_A]}
plan: {seed: 1}
"""
DONORS = [f"{group}{n:02d}" for group in ("FM", "HC") for n in range(1, 7)]
RECORDS = {donor: f"rec-{700 + 7 * n}" for n, donor in enumerate(DONORS)}
NAMES = {donor: f"Zoë Nobody{n}" for n, donor in enumerate(DONORS)}
BORN = {donor: f"{1950 + n}-0{1 + n % 9}-1{n % 9}" for n, donor in enumerate(DONORS)}
IDENTIFIERS = [*RECORDS.values(), *NAMES.values(), *BORN.values()]
_HEADER = (
    "Variable / Field Name,Form Name,Field Type,Field Label,"
    '"Choices, Calculations, OR Slider Labels",'
    "Text Validation Type OR Show Slider Number,Identifier?"
)
_FIELDS = [
    "record_id,person,text,Study ID,,,",
    "first_name,person,text,Name,,,y",
    "dob,person,text,Born,,date_dmy,y",
    'grp,person,radio,Group,"1, FM | 2, HC",,',
    "came,person,text,Day,,date_dmy,",
    "notes,person,notes,Notes,,,",
    "vas,scores,slider,Pain,,number,",
    *(f'h{n},scores,radio,item {n},"0, 0 | 1, 1 | 2, 2 | 3, 3",,' for n in range(1, 15)),
]


def lines_of_export() -> list[str]:
    """The header, and the row of each donor: that of FM03 runs over two lines."""
    rng = default_rng(8)
    items = ",".join(f"h{n}" for n in range(1, 15))
    lines = [f"record_id,first_name,dob,grp,came,notes,person_complete,vas,{items},scores_complete"]
    for donor in DONORS:
        group, severity = ("1", 2) if donor.startswith("FM") else ("2", 1)
        note = '"tall,\nsaid ""no"""' if donor == "FM03" else ""
        answers = ",".join(str(n) for n in rng.integers(0, severity + 2, 14))
        who = f"{RECORDS[donor]},{NAMES[donor]},{BORN[donor]},{group},2026-03-02,{note},2"
        lines.append(f"{who},{rng.integers(0, 40 * severity)},{answers},2")
    return lines


def redcap_study(folder: Path, *, links: str = "links.csv") -> Path:
    """Write the study; the table of links where it is named."""
    for part in ("raw", "plates", "redcap"):
        (folder / part).mkdir(parents=True)
    rng = default_rng(5)
    wells = [(d, s, f"s{i}{s}") for i, d in enumerate(DONORS, 1) for s in ("none", "ATP")]
    amounts = [f"{name},{rng.lognormal(5 + (s == 'ATP'), 0.4):.3f}" for _, s, name in wells]
    layout = [f"{name},sample,{donor},{stimulus}" for donor, stimulus, name in wells]
    _write(folder / "raw/r.csv", ["well,TNF", *amounts])
    _write(folder / "plates/p.csv", ["well,role,donor,stimulus", *layout])
    _write(folder / "redcap/dictionary.csv", [_HEADER, *_FIELDS])
    _write(folder / "redcap/data.csv", lines_of_export())
    pairs = [f"{record},{donor}" for donor, record in RECORDS.items()]
    _write(folder / links, ["record,donor", *pairs])
    roots = f"\nraw_roots: [{Path(links).parent}]\n" if Path(links).is_absolute() else "\n"
    (folder / "study.yaml").write_text(STUDY.replace("LINKS", links) + roots)
    return folder


def _write(path: Path, lines: Iterable[str]) -> None:
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")
