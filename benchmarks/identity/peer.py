"""The same impostors given to SingleR (BiocPy's `singler`), which labels every sample and may
prune.

It is no dependency: install it elsewhere (`python -m venv peer; peer/bin/pip install singler`) and
name that Python in EXVIVO_SINGLER. Pruning is R's `pruneScores`, which the Python package lacks: a
label goes where its delta is more than 3 median absolute deviations below the median of the samples
with that label.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.random import SeedSequence, default_rng

from benchmarks.identity.asking import Case, asked
from benchmarks.identity.drawn import Class, counted, cultured, references, world
from benchmarks.identity.real import cases_of, tables_of
from benchmarks.identity.simulated import gates
from benchmarks.row import Row

PYTHON = "EXVIVO_SINGLER"
INVENTED = 20
_SCRIPT = r"""
import json, sys, time
import numpy as np
import singler

out = []
for path in sys.argv[1:]:
    case = np.load(path)
    labels, genes = [str(x) for x in case["labels"]], [str(x) for x in case["genes"]]
    begin = time.perf_counter()
    told = singler.annotate_single(
        case["cells"], case["references"], labels, test_features=genes, ref_features=genes
    )
    seconds = time.perf_counter() - begin
    best = [str(x) for x in told["best"]]
    out.append({"best": best, "delta": [float(x) for x in told["delta"]], "s": seconds})
print(json.dumps(out))
"""


def rows(*, sets: Sequence[Path] = ()) -> Iterator[Row]:
    """Impostors labelled by the peer, claimed here, and the time of both."""
    cases = [*_invented()]
    for folder in sets:
        real = cases_of(tables_of(folder))
        cases += [of.case for of in real if of.impostor and not of.case.markers]
    begin = time.perf_counter()
    claimed = sum(any(answer.supported for answer in asked(case)) for case in cases)
    seconds = time.perf_counter() - begin
    what, unit = "impostors", f"of {len(cases)}"
    yield Row(what=f"{what} of which something is supported", value=claimed, unit=unit, bar="<= 0")
    if not os.environ.get(PYTHON):
        yield Row(what=f"peer not installed ({PYTHON})", value=0, unit="cases")
        return
    told = _told(cases)
    samples = sum(len(one["best"]) for one in told)
    kept = sum(map(_kept, told))
    yield Row(what=f"{what}: samples labelled by SingleR", value=samples, unit=f"of {samples}")
    yield Row(what=f"{what}: still labelled after pruning", value=kept, unit=f"of {samples}")
    theirs = sum(one["s"] for one in told)
    yield Row(what=f"{what}: seconds", value=seconds, unit="s", peer=theirs)


def _invented() -> Iterator[Case]:
    """Invented cells against two classes of another lineage."""
    for one in SeedSequence(5).spawn(INVENTED):
        rng = default_rng(one)
        of = world(rng, gates())
        kind = of.kinds[int(rng.integers(len(of.kinds)))]
        others = [other for other in of.kinds if other.lineage != kind.lineage]
        chosen = [others[i] for i in rng.choice(len(others), 3, replace=False)]
        drawn = references(of, rng, [Class(other) for other in chosen])
        yield Case(
            name="invented impostor",
            genes=of.genes,
            cultured=counted(rng, cultured(of, rng, kind, donors=6), log2=True),
            references=counted(rng, drawn, log2=True),
            likes=(chosen[0].name,),
        )


def _told(cases: Sequence[Case]) -> list[dict[str, Any]]:
    """What the peer says of each case, over the genes of both tables."""
    with tempfile.TemporaryDirectory() as room:
        paths = [Path(room) / f"{i}.npz" for i in range(len(cases))]
        for path, case in zip(paths, cases, strict=True):
            _write(path, case)
        script = Path(room) / "peer.py"
        script.write_text(_SCRIPT, encoding="utf-8")
        command = [os.environ[PYTHON], str(script), *map(str, paths)]
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
        done = subprocess.run(command, capture_output=True, check=True, env=environment)
    told: list[dict[str, Any]] = json.loads(done.stdout)
    return told


def _write(path: Path, case: Case) -> None:
    theirs = {gene: i for i, gene in enumerate(case.genes_of_references or case.genes)}
    mine = {gene: i for i, gene in enumerate(case.genes)}
    genes = [gene for gene in mine if gene in theirs]
    cells = np.column_stack([column.values for column in case.cultured])
    others = np.column_stack([column.values for column in case.references])
    np.savez(
        path,
        cells=cells[[mine[gene] for gene in genes]],
        references=others[[theirs[gene] for gene in genes]],
        labels=np.array([column.cell for column in case.references]),
        genes=np.array(genes),
    )


def _kept(told: dict[str, Any]) -> int:
    """How many labels `pruneScores` leaves."""
    best, delta = np.array(told["best"]), np.array(told["delta"])
    kept = 0
    for label in dict.fromkeys(told["best"]):
        mine = delta[best == label]
        low = np.median(mine) - 3 * 1.4826 * np.median(np.abs(mine - np.median(mine)))
        kept += int((mine >= low).sum())
    return kept
