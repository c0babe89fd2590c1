"""What stands against an answer of identity, in words: that the cells are like none of the
references, and everything that keeps a likeness from being supported.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from exvivo.findings import CaveatCode
from exvivo.tell.phrases.statement import Clause, Statement, Wording, always
from exvivo.words import counted, listed, number, shortened, signed


def lineages_of(facts: Statement) -> str:
    """The lineages that the cells are not of: `myeloid`, `T or NK`."""
    return listed(facts.texts("lineages"), last="or")


def _like_none(facts: Statement) -> str:
    return (
        f"like none of the references: these are no {lineages_of(facts)} cells. {stands_at(facts)}"
    )


def stands_at(facts: Statement) -> str:
    """Where the genes of the gate stand in the cells, in such cells, and what the cells are."""
    return (
        f"Genes that {lineages_of(facts)} cells all express highly{_named_genes(facts)} stand at "
        f"{_percentile(facts, 'percentile')} of what was measured in the cultured cells"
        f"{_below(facts)}; in such cells they stand at {_percentile(facts, 'cut')} or higher"
        f"{_passed(facts)}"
    )


def _named_genes(facts: Statement) -> str:
    genes = facts.texts("genes")
    return f" ({shortened(genes)})" if genes else ""


def _below(facts: Statement) -> str:
    """How many donors are below the cut, where that is said."""
    return f" (too low in {_among(facts)})" if "donors" in facts else ""


def _among(facts: Statement) -> str:
    """`all 6 donors`, `5 of 6 donors`."""
    n, donors = facts.integer("n"), facts.integer("donors")
    return f"{'all' if n == donors else f'{n} of'} {counted(donors, 'donor')}"


def _passed(facts: Statement) -> str:
    """Which other lineage the cells are of by its own genes."""
    passed = listed(facts.texts("passed"))
    return f". The genes of {passed} cells stand as high as in {passed} cells" if passed else ""


def _percentile(facts: Statement, name: str) -> str:
    """A share as a percentile, never rounded up to the cut it missed."""
    return f"percentile {percentile(facts.number(name))}"


def percentile(share: float) -> str:
    """A share as a percentile with one decimal at most, never rounded up.

    >>> percentile(0.9499), percentile(0.95)
    ('94.9', '95')
    """
    return f"{math.floor(1000 * share + 1e-9) / 10:g}"


_NO_GATE = {
    "few_gate_genes": lambda facts: (
        f"only {counted(facts.integer('genes'), 'gene')} of those that {facts.text('lineage')} "
        "cells all express are in the table, 5 are needed"
    ),
    "few_genes": lambda facts: (
        f"the table holds {counted(facts.integer('table'), 'gene')}; at least 5,000 that nobody "
        "selected are needed"
    ),
    "filtered": lambda facts: (
        f"the table holds {counted(facts.integer('table'), 'gene')}, and whether silent genes were "
        "taken out of it decides; hand in all genes"
    ),
    "no_gate": lambda facts: (
        f"the catalog knows no genes that tell cells such as {facts.name('cell')} from all others"
    ),
}
"""Why it cannot be asked whether the cells are of a lineage at all."""


def _gate_not_possible(facts: Statement) -> str:
    if facts.text("why") == "hidden":
        asked = f"whether {facts.text('lineage')} cells are among the cells cannot be asked"
        return f"{asked}: {_NO_GATE['filtered'](facts)}"
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
    if not facts.text("condition"):
        return (
            f"the cells lie where {facts.name('against')} would with {_programme(facts)}: whether "
            f"a programme that they share or their kind makes them nearer to {facts.name('cell')} "
            "cannot be told"
        )
    return (
        f"the cells share a programme with {facts.name('cell')} ({_programme(facts)}) which "
        f"{facts.name('against')} lacks here: likeness by what was done to the cells is no "
        "likeness of kind"
    )


def _programme_without_reference(facts: Statement) -> str:
    return (
        f"{facts.text('condition')} is declared of {facts.name('whose')}, and not of all cells "
        "compared: without references of the same condition or culture, what it does to any "
        "cell cannot be told from the kind of cell"
    )


def _batch_is_class(facts: Statement) -> str:
    return (
        f"every sample of {facts.name('like')} comes from another batch than every sample of "
        f"{facts.name('against')}: what the batches do cannot be told from the cells"
    )


def _batch_of_cells(facts: Statement) -> str:
    return (
        f"every sample of {facts.name('cell')} was made in a batch of the cultured cells "
        f"({listed(facts.texts('batches'))}), and no sample of {facts.name('against')} was: the "
        "batch makes them alike, whatever they are"
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
        f"begins at {number(facts.number('lower'))}): nearer is not near"
    ),
    "panel_against_all_genes": lambda facts: (
        f"all genes of both tables point the other way ({signed(facts.number('estimate'))})"
    ),
    "panel_outside_its_range": lambda facts: (
        f"the panel {facts.text('panel')} was not made to be held against {facts.name('cell')}: "
        "it has no genes of theirs, and to lack the genes that they lack is no likeness to them"
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
    "batch_of_cells": _batch_of_cells,
    "pair_axis_against": lambda facts: (
        f"between {facts.name('like')} and {facts.name('against')} alone, without the other "
        f"references, it points the other way ({signed(facts.number('estimate'))})"
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


_NOT_TOLD: Mapping[str, Wording] = {
    "few_gate_genes": lambda facts: (
        f"too few of the genes that all {facts.text('lineage')} cells share were measured"
    ),
    "few_genes": lambda facts: f"the table is too short, {counted(facts.integer('table'), 'gene')}",
    "filtered": lambda facts: (
        f"the table holds only {counted(facts.integer('table'), 'gene')}: silent ones may be gone"
    ),
    "no_gate": lambda facts: "the catalog knows no genes that only such cells share",
}
"""Why it stays open whether the cells are such cells at all, in few words."""


def _any_at_all(facts: Statement, donors: int) -> str:
    if facts.text("why") == "hidden":
        asked = f"whether {facts.text('lineage')} cells are among them cannot be told"
        return f"{asked} ({_NOT_TOLD['filtered'](facts)})"
    why = _NOT_TOLD[facts.text("why")](facts)
    return f"whether the cells are {_such(facts)} at all cannot be told ({why})"


def _such(facts: Statement) -> str:
    """Cells of the lineage, or like the class where no lineage is known."""
    if facts.text("lineage"):
        return f"{facts.text('lineage')} cells"
    return f"anything like {facts.name('cell')}"


def _some_donors(facts: Statement, donors: int) -> str:
    return f"the cells of {shortened(facts.texts('donors'))} are no {facts.text('lineage')} cells"


def _mixture(facts: Statement, donors: int) -> str:
    mixed = facts.name("cell") if facts.text("cell") else "the cells"
    return f"{mixed} may be a mixture of {listed(facts.texts('lineages'))} cells"


def _by_what_was_done(facts: Statement, donors: int) -> str:
    """A likeness that may be that of a programme."""
    if facts.text("condition"):
        done = f"{facts.name('cell')} and the cells were both in {facts.text('condition')}"
        return f"{done}, {facts.name('against')} was not"
    return (
        f"a programme that the cells share with {facts.name('of')} cannot be told from their kind"
    )


AGAINST: Mapping[CaveatCode, Clause | None] = {
    "gate_not_possible": _any_at_all,
    "gate_not_measured": None,
    "gate_failed_by_donors": _some_donors,
    "gate_of_several": _mixture,
    "reference_fails_gate": lambda facts, donors: (
        f"the reference {facts.name('cell')} is itself no {facts.text('lineage')} cell"
    ),
    "nearer_not_alike": lambda facts, donors: (
        f"the cells may be unlike both, as even the likeness to {facts.name('cell')}, the nearer "
        "one, may be nothing"
    ),
    "panel_against_all_genes": always("all genes together point the other way"),
    "panel_outside_its_range": lambda facts, donors: (
        f"the panel of genes was not made to be held against {facts.name('cell')}"
    ),
    "class_decides": lambda facts, donors: (
        f"it points the other way without the references of {_either(facts.names('cells'))}"
    ),
    "batch_decides": lambda facts, donors: (
        f"it points the other way without the batch {_either(facts.texts('batches'))} of the "
        "references"
    ),
    "batch_is_class": always("batches and kinds of reference cells are the same"),
    "batch_of_cells": lambda facts, donors: (
        f"the batch that the cells share with {facts.name('cell')} alone may be what is alike"
    ),
    "pair_axis_against": lambda facts, donors: (
        f"between {facts.name('like')} and {facts.name('against')} alone it points the other way"
    ),
    "programme_without_reference": lambda facts, donors: (
        f"what {facts.text('condition')} does to any cell cannot be told from the kind of cell"
    ),
    "shared_programme": _by_what_was_done,
    "one_donor_a_class": lambda facts, donors: (
        f"only one donor{' each' * (len(facts.names('cells')) > 1)} stands for "
        f"{listed(facts.names('cells'))}"
    ),
    "pairs_without_control": None,
}
"""What stands against a likeness, in a clause; None where it does not temper the answer."""


def _either(names: Sequence[str]) -> str:
    return listed(names, last="or")
