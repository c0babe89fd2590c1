"""What stands against an answer of identity, in words: that the cells are like none of the
references, and everything that keeps a likeness from being supported.
"""

from __future__ import annotations

from collections.abc import Mapping

from exvivo.findings import CaveatCode
from exvivo.tell.phrases.statement import Statement, Wording
from exvivo.words import counted, listed


def _like_none(facts: Statement) -> str:
    lineages = listed(facts.texts("lineages"), last="or")
    return (
        f"like none of the references: these are no {lineages} cells. Genes that such cells all "
        f"express highly stand at {_percentile(facts, 'percentile')} of what was measured in the "
        f"cultured cells; in such cells they stand at {_percentile(facts, 'cut')} or higher"
    )


def _percentile(facts: Statement, name: str) -> str:
    """A share as a percentile, never rounded up to the cut it missed."""
    return f"percentile {int(1000 * facts.number(name)) / 10:g}"


_NO_GATE = {
    "few_gate_genes": lambda facts: (
        f"only {counted(facts.integer('genes'), 'gene')} of those that {facts.text('lineage')} "
        "cells all express are in the table, 5 are needed"
    ),
    "few_genes": lambda facts: (
        f"the table holds {counted(facts.integer('table'), 'gene')}; at least 5,000 that nobody "
        "selected are needed"
    ),
    "no_gate": lambda facts: (
        f"the catalog knows no genes that tell cells such as {facts.name('cell')} from all others"
    ),
}
"""Why it cannot be asked whether the cells are of a lineage at all."""


def _gate_not_possible(facts: Statement) -> str:
    why = _NO_GATE[facts.text("why")](facts)
    return (
        f"whether the cells are like any of the references cannot be asked: {why}. Nearer to one "
        "than to another is not near: any cell is nearer to one of two"
    )


def _gate_of_several(facts: Statement) -> str:
    cells = f"the reference {facts.name('cell')} has" if facts.text("cell") else "the cells have"
    return (
        f"{cells} the genes of {listed(facts.texts('lineages'))} cells alike, which no cell has: a "
        "mixture, or not pure"
    )


def _programme(facts: Statement) -> str:
    """What a shared programme is called: by what was declared, or by the references that show
    it.
    """
    if facts.text("condition"):
        return facts.text("condition")
    return f"what {facts.name('of')} has beyond {facts.name('beyond')}"


def _shared_programme(facts: Statement) -> str:
    return (
        f"the cells share a programme with {facts.name('cell')} ({_programme(facts)}) which "
        f"{facts.name('against')} lacks here: likeness by what was done to the cells is no "
        "likeness of kind"
    )


def _programme_without_reference(facts: Statement) -> str:
    return (
        f"{facts.name('whose')} is declared as {facts.text('condition')}, and the cells compared "
        "are not all in that condition: without references of the same condition or culture, "
        "what it does to any cell cannot be told from the kind of cell"
    )


def _batch_is_class(facts: Statement) -> str:
    return (
        f"every sample of {facts.name('like')} comes from another batch than every sample of "
        f"{facts.name('against')}: what the batches do cannot be told from the cells"
    )


LIKENESS: Mapping[CaveatCode, Wording] = {
    "like_none": _like_none,
    "gate_not_possible": _gate_not_possible,
    "gate_not_measured": lambda facts: (
        f"the genes by which {facts.text('lineage')} cells are told from all others are from the "
        "literature; how well they do it was not measured"
    ),
    "gate_failed_by_donors": lambda facts: (
        f"the cells of {facts.joined('donors')} are no {facts.text('lineage')} cells by the genes "
        "that such cells all express"
    ),
    "gate_of_several": _gate_of_several,
    "reference_fails_gate": lambda facts: (
        f"the reference {facts.name('cell')} is itself no {facts.text('lineage')} cell by the "
        "genes that such cells all express: look whether its samples are what they are called"
    ),
    "nearer_not_alike": lambda facts: (
        f"the similarity to {facts.name('cell')}, the nearer one, may be nothing (its interval "
        f"begins at {facts.number('lower'):.2f}): nearer is not near"
    ),
    "panel_against_all_genes": lambda facts: (
        f"all genes of both tables point the other way ({facts.number('estimate'):+.2f})"
    ),
    "panel_outside_its_range": lambda facts: (
        f"the panel {facts.text('panel')} was not made to be held against {facts.name('cell')}: "
        "its genes do not tell such cells"
    ),
    "class_decides": lambda facts: (
        f"without the references of {listed(facts.names('cells'), last='or')} it points the other "
        "way"
    ),
    "batch_decides": lambda facts: (
        f"without the batch {listed(facts.texts('batches'), last='or')} of the references it "
        "points the other way"
    ),
    "batch_is_class": _batch_is_class,
    "pair_axis_against": lambda facts: (
        f"between {facts.name('like')} and {facts.name('against')} alone, without the other "
        f"references, it points the other way ({facts.number('estimate'):+.2f})"
    ),
    "programme_without_reference": _programme_without_reference,
    "shared_programme": _shared_programme,
    "one_donor_a_class": lambda facts: (
        f"the samples of {listed(facts.names('cells'))} come from one donor each: how much such "
        "cells differ from donor to donor is not known"
    ),
    "pairs_without_control": lambda facts: (
        f"these donors gave no control kind of cells beside {facts.name('cell')}: own pairs show "
        "the person (genotype, batch), not the kind of cell"
    ),
}
"""The wording of every code about likeness."""
