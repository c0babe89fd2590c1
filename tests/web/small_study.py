"""A study of one plate that is read, checked and run in a fraction of a second: for tests of the
door that ask a lot of times.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

_STUDY = """\
exvivo: 1
title: INVENTED, a small study
groups: [{id: FM, name: people with fibromyalgia}, {id: HC, name: healthy people}]
stimuli: [{id: none, name: no stimulus, control: true}, {id: LPS, name: lipopolysaccharide}]
analytes: [{id: TNF}]
assays:
  - id: protein  # concentrations of the core facility
    kind: results
    unit: pg/mL
plates: [{id: P1, assay: protein, layout: plates/P1.csv, file: raw/P1.csv}]
plan: {declared: 2026-01-05, permutations: 199}
questions:
  - id: more_tnf
    ask: difference
    groups: [FM, HC]
    assays: [protein]
    analytes: [TNF]
    stimulus: LPS
    margin: 0.5
"""


_PLATES = {96: (8, 12), 384: (16, 24), 1536: (32, 48)}
_ROWS = [*"ABCDEFGHIJKLMNOPQRSTUVWXYZ", "AA", "AB", "AC", "AD", "AE", "AF"]


def write_large_study(folder: Path) -> Path:
    """240 donors on one plate of 1536 wells, of which 1440 are used."""
    return write_small_study(folder, donors=120, plate=1536, replicates=3)


def write_broken_study(folder: Path) -> Path:
    """The study with a mistake in each of its files, and names that hold markup and are long."""
    write_small_study(folder)
    study = folder / "study.yaml"
    title = "<b>A title</b> with markup & a word that does not end: " + "Uferlos" * 20
    text = study.read_text("utf-8").replace("INVENTED, a small study", repr(title))
    study.write_text(
        text.replace("analytes: [TNF]\n    stimulus: LPS", "analytes: [TFN]\n    stimulus: ATP"),
        encoding="utf-8",
    )
    for name, was, now in (
        ("donors.csv", "FM2,FM", "FM2,<i>FM</i>"),
        ("plates/P1.csv", "FM1,none,1", "FM1,none,one two three four five six seven eight nine"),
        ("plates/P1.csv", "A3,sample,FM1", "A3,sampel,FM99"),
        ("raw/P1.csv", "A5,", "A5,not a number "),
    ):
        file = folder / name
        file.write_text(file.read_text("utf-8").replace(was, now), encoding="utf-8")
    return folder


def write_small_study(folder: Path, donors: int = 6, plate: int = 96, replicates: int = 2) -> Path:
    """Write the study: so many donors in each of two groups, in replicates, with and without
    LPS.
    """
    rng = np.random.default_rng(7)
    rows, columns = _PLATES[plate]
    layout, results = ["well,role,donor,stimulus,replicate"], ["well,TNF"]
    people = [(group, f"{group}{n}") for group in ("FM", "HC") for n in range(1, donors + 1)]
    wells = (f"{row}{column}" for row in _ROWS[:rows] for column in range(1, columns + 1))
    for group, donor in people:
        own = rng.normal(6, 0.5)
        for stimulus, effect in (("none", 0.0), ("LPS", 3.2 if group == "FM" else 2.0)):
            for replicate in range(1, replicates + 1):
                well, log2 = next(wells), own + effect + rng.normal(0, 0.15)
                layout.append(f"{well},sample,{donor},{stimulus},{replicate}")
                results.append(f"{well},{2**log2:.1f}")
    table = ["donor,group,age", *(f"{d},{g},{rng.integers(25, 70)}" for g, d in people)]
    texts = {"plates/P1.csv": layout, "raw/P1.csv": results, "donors.csv": table}
    for name, lines in {**texts, "study.yaml": _STUDY.splitlines()}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    return folder
