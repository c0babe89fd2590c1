"""Made-up references and cells for the tests of identity, as rows of PROFILES."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
from compare_tables import in_words, study

from exvivo.arrays import Floats
from exvivo.catalog.lineages import lineages
from exvivo.compare import compare
from exvivo.study import CellType, Identity, Plan, Study
from exvivo.tables import CLINIC, PROFILES, RESPONSES

Rows = list[dict[str, Any]]
WHO = Identity(
    id="who",
    ask="identity",
    cell_type="iMG",
    like="microglia",
    profiles="raw/p.csv",
    references="raw/r.csv",
    scale="log2",
)
CELLS = (CellType(id="iMG", name="induced microglia-like cells"),)


def row(
    role: str, name: str, genes: list[str], values: Floats, scale: str = "log2", **more: Any
) -> dict[str, Any]:
    return {
        "source": f"raw/{role}.csv",
        "sha256": "0",
        "question": "who",
        "role": role,
        "sample": name,
        "genes": genes,
        "values": [None if math.isnan(v) else float(v) for v in values],
        "scale": scale,
    } | more


def cultured(donors: dict[str, Floats], genes: list[str], scale: str = "log2") -> Rows:
    """Samples named donor or donor:name."""
    return [
        row("cultured", name, genes, v, scale, cell_type="iMG", donor=name.split(":")[0])
        for name, v in donors.items()
    ]


def references(
    samples: dict[str, Floats], genes: list[str], scale: str = "log2", donors: tuple[str, ...] = ()
) -> Rows:
    """Samples named CELL:NAME."""
    made = []
    for name, values in samples.items():
        cell, whose = name.split(":")[:2]
        made.append(
            row(
                "reference",
                name,
                genes,
                values,
                scale,
                cell_type=cell,
                donor=whose if whose in donors else None,
            )
        )
    return made


def whole(rows: Rows, *, lineage: str = "myeloid", level: float = 15.0) -> Rows:
    """The same tables with 5,000 silent genes and with the genes of a lineage at one level, the
    same in every sample: no gene more is compared, but cells can be told to be of a lineage.
    """
    more = [f"SILENT{i}" for i in range(5000)]
    genes = [*more, *lineages()[lineage].genes]
    values = [0.0] * len(more) + [level] * (len(genes) - len(more))
    return [r | {"genes": [*r["genes"], *genes], "values": [*r["values"], *values]} for r in rows]


def names_of(n: int) -> list[str]:
    return [f"G{i:03}" for i in range(n)]


def of_donors(names: list[str], *questions: Identity, **changes: Any) -> Study:
    groups = ["FM" if name.startswith("FM") else "HC" for name in names]
    donors = pl.DataFrame(
        {"donor": names, "group": groups}, schema={"donor": pl.String, "group": pl.String}
    )
    given: dict[str, Any] = {"donors": donors, "cell_types": CELLS, "plan": Plan(permutations=999)}
    return study(*(questions or (WHO,)), **(given | changes))


def ask(rows: Rows, names: list[str], question: Identity = WHO, **changes: Any) -> pl.DataFrame:
    of = of_donors(names, question, **changes)
    return in_words(findings_of(rows, of), of)


def findings_of(rows: Rows, of: Study) -> pl.DataFrame:
    return compare(
        RESPONSES.frame(),
        CLINIC.frame(),
        study=of,
        rng=np.random.default_rng(1),
        profiles=PROFILES.frame(rows),
    )


def answers(found: pl.DataFrame) -> Rows:
    return found.filter(part="answer").rows(named=True)


class World:
    """Reference classes that differ gene by gene around a common profile, and cells that mix them;
    no line of exvivo.
    """

    def __init__(
        self,
        seed: int,
        *,
        genes: int = 40,
        classes: tuple[str, ...] = ("microglia", "monocyte", "macrophage"),
    ) -> None:
        self.rng = np.random.default_rng(seed)
        self.genes = names_of(genes)
        self.common = self.rng.normal(7, 3, genes)
        self.means = {name: self.common + self.rng.normal(0, 1.2, genes) for name in classes}
        self.samples = {
            f"{name}:S{i}": mean + self.rng.normal(0, 0.3, genes)
            for name, mean in self.means.items()
            for i in range(3)
        }

    def donor(self, weights: Floats, noise: float = 0.8) -> Floats:
        """A donor's profile: their own mixture of the classes, their own genes, and an offset of
        the whole sample.
        """
        own = self.rng.dirichlet(20 * weights)
        mixed = sum(w * mean for w, mean in zip(own, self.means.values(), strict=True))
        return np.asarray(
            mixed + self.rng.normal(0, noise, len(self.genes)) + self.rng.normal(0, 0.5)
        )

    def donors(self, n: int, weights: Floats) -> dict[str, Floats]:
        return {f"{'FM' if i % 2 else 'HC'}{i:02}": self.donor(weights) for i in range(n)}

    def similarity(self, profile: Floats) -> list[float]:
        """By numpy's own correlation, from the class means of the samples."""
        means = [
            np.mean([v for k, v in self.samples.items() if k.split(":")[0] == name], axis=0)
            for name in self.means
        ]
        centre = np.mean(means, axis=0)
        return [float(np.corrcoef(profile - centre, mean - centre)[0, 1]) for mean in means]

    def contrast(self, profile: Floats, other: str = "monocyte") -> float:
        """Similarity to the first class less that to another."""
        each = self.similarity(profile)
        return each[0] - each[list(self.means).index(other)]


MIXED = np.array([0.6, 0.3, 0.1])


def broken(**change: Any) -> Rows:
    """The answers where one thing of a sound question is wrong."""
    world = World(
        9, genes=change.pop("genes", 20), classes=change.pop("classes", ("microglia", "monocyte"))
    )
    donors = world.donors(change.pop("n", 5), np.full(len(world.means), 1 / len(world.means)))
    if change.pop("flat", False):
        world.samples = dict.fromkeys(world.samples, world.common)
    if change.pop("alike", False):
        donors = dict.fromkeys(donors, world.samples["microglia:S0"])
    own = [name.lower() for name in world.genes] if change.pop("small", False) else world.genes
    rows = cultured(donors, own) + references(world.samples, world.genes)
    rows = [] if change.pop("empty", False) else rows
    return answers(ask(rows, list(donors), replace(WHO, **change)))
