"""Columns of the same numbers under several names: one sample counts as one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256

import numpy as np

from exvivo.arrays import Floats
from exvivo.cells.messages import grouped
from exvivo.errors import Mistake
from exvivo.read.expression.names import Genes
from exvivo.read.expression.scales import FEWEST, Measured
from exvivo.words import listed, shortened

Table = tuple[Genes, Measured]


def equal_samples(*tables: Table) -> Iterator[Mistake]:
    """Samples of two tables that have the same number for every gene of both."""
    shared = sorted(set.intersection(*(set(genes.names) for genes, _ in tables)))
    if len(shared) < FEWEST:
        return
    columns = [pair for table in tables for pair in _columns(*table, shared)]
    alike = [names for names in grouped(columns).values() if len(names) > 1]
    if alike:
        yield Mistake(
            listed(list(dict.fromkeys(genes.sheet.source for genes, _ in tables))),
            "columns of the same numbers: "
            + shortened([listed(names) for names in alike], separator="; "),
            "each sample once: copies would count as several people",
            "take the copies out, or put the right numbers there",
        )


def _columns(genes: Genes, measured: Measured, shared: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The numbers of each sample for the shared genes, in their order, and its name."""
    at = {name: row for row, name in enumerate(genes.names)}
    values: Floats = measured.values[[at[name] for name in shared]]
    for sample, column in zip(genes.sheet.samples, np.ascontiguousarray(values.T), strict=True):
        yield sha256(column.tobytes()).hexdigest(), sample
