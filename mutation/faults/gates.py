"""Faults of: gates and programmes of identity."""

from __future__ import annotations

from mutation.fault import Fault

_GATE = "src/exvivo/compare/likeness/gate.py"
_PROGRAMME = "src/exvivo/compare/likeness/programme.py"
_OF_GATE = ("compare/likeness/test_gate.py",)
_OF_PROGRAMME = ("compare/likeness/test_programme.py",)

GATES = (
    Fault(
        name="ties counted whole against a gene's standing",
        file=_GATE,
        right="above = ranked.size - (below + up_to) / 2",
        fault="above = ranked.size - below",
        tests=_OF_GATE,
    ),
    Fault(
        name="silent genes counted in a gate",
        file=_GATE,
        right="shares = 1 - above / min(max(ranked.size, 1), MOST_COUNTED)",
        fault="shares = 1 - above / max(ranked.size, 1)",
        tests=_OF_GATE,
    ),
    Fault(
        name="genes that were not measured counted in a gate",
        file=_GATE,
        right="ranked = np.sort(column[np.isfinite(column)])",
        fault="ranked = np.sort(np.nan_to_num(column))",
        tests=_OF_GATE,
    ),
    Fault(
        name="a gate asked of a short table",
        file=_GATE,
        right="return self.table >= FEWEST_OF_TABLE and bool(np.isfinite(self.shares).all())",
        fault="return bool(np.isfinite(self.shares).all())",
        tests=_OF_GATE,
    ),
    Fault(
        name="a gate asked of four genes",
        file=_GATE,
        right="    if len(genes) < FEWEST_OF_LINEAGE:",
        fault="    if not genes:",
        tests=_OF_GATE,
    ),
    Fault(
        name="a gate that its own cut does not pass",
        file=_GATE,
        right="return self.possible and self.middle >= self.lineage.cut",
        fault="return self.possible and self.middle > self.lineage.cut",
        tests=_OF_GATE,
    ),
    Fault(
        name="impostors let through the gate",
        file=_GATE,
        right="        if not standing.passes and not self._are_of(farther):",
        fault="        if False:",
        tests=_OF_GATE,
    ),
    Fault(
        name="cells of the farther lineage called like none",
        file=_GATE,
        right="        if not standing.passes and not self._are_of(farther):",
        fault="        if not standing.passes:",
        tests=_OF_GATE,
    ),
    Fault(
        name="a gate that is not possible taken for passed",
        file=_GATE,
        right="            return None, (_not_possible(standing), *warnings)",
        fault="            return None, warnings",
        tests=_OF_GATE,
    ),
    Fault(
        name="a class without a lineage taken for any",
        file=_GATE,
        right='return None, (Caveat("gate_not_possible", {"why": "no_gate", "cell": nearer}),)',
        fault="return None, ()",
        tests=_OF_GATE,
    ),
    Fault(
        name="donors below the gate not named",
        file=_GATE,
        right="        if below:",
        fault="        if len(below) > 1:",
        tests=_OF_GATE,
    ),
    Fault(
        name="a reference that fails its own gate not named",
        file=_GATE,
        right="        if own.possible and not own.passes:",
        fault="        if False:",
        tests=_OF_GATE,
    ),
    Fault(
        name="cells that pass two gates taken for pure",
        file=_GATE,
        right='        yield from _several("", self.cells)',
        fault="        yield from ()",
        tests=_OF_GATE,
    ),
    Fault(
        name="a mixture looked for at the cut alone",
        file=_GATE,
        right="one.shares >= one.lineage.among for",
        fault="one.shares >= one.lineage.cut for",
        tests=_OF_GATE,
    ),
    Fault(
        name="a mixture in half of the donors taken for pure",
        file=_GATE,
        right="if 2 * several.sum() >= several.size:",
        fault="if several.all():",
        tests=_OF_GATE,
    ),
    Fault(
        name="a reference that passes two gates taken for pure",
        file=_GATE,
        right="        yield from _several(name, self.classes[name])",
        fault="        yield from ()",
        tests=_OF_GATE,
    ),
    Fault(
        name="a gate from the literature not named as such",
        file=_GATE,
        right="        if not lineage.measured:",
        fault="        if False:",
        tests=_OF_GATE,
    ),
    Fault(
        name="the cut of myeloid cells lowered until T cells pass",
        file="src/exvivo/catalog/lineages.yaml",
        right="CD68, CTSS]\n  cut: 0.95",
        fault="CD68, CTSS]\n  cut: 0.65",
        tests=_OF_GATE,
    ),
    Fault(
        name="programmes that nobody declared not looked for",
        file=_PROGRAMME,
        right="return tuple(_undeclared(likeness, claim)), []",
        fault="return (), []",
        tests=_OF_PROGRAMME,
    ),
    Fault(
        name="the corner of a programme put too far",
        file=_PROGRAMME,
        right="_TOWARDS_CORNER = 0.4",
        fault="_TOWARDS_CORNER = 1.1",
        tests=_OF_PROGRAMME,
    ),
    Fault(
        name="the corner of a programme put too near",
        file=_PROGRAMME,
        right="_TOWARDS_CORNER = 0.4",
        fault="_TOWARDS_CORNER = 0.05",
        tests=_OF_PROGRAMME,
    ),
    Fault(
        name="a likeness in spite of the programme held back",
        file=_PROGRAMME,
        right="    if claim.cells == claim.of_farther:",
        fault="    if False:",
        tests=_OF_PROGRAMME,
    ),
    Fault(
        name="the sign without a programme not looked at",
        file=_PROGRAMME,
        right="holds = finding.estimate is not None and finding.estimate * estimate > 0",
        fault="holds = finding.estimate is not None",
        tests=_OF_PROGRAMME,
    ),
    Fault(
        name="a likeness by the programme supported",
        file=_PROGRAMME,
        right="    if claim.cells == claim.of_nearer:\n        return",
        fault="    if False:\n        return",
        tests=_OF_PROGRAMME,
    ),
    Fault(
        name="the direction of a programme not taken out",
        file=_PROGRAMME,
        right="        gram = gram.without(direction)",
        fault="        gram = gram.without(0 * direction)",
        tests=_OF_PROGRAMME,
    ),
    Fault(
        name="the direction of one kind taken for that of all",
        file=_PROGRAMME,
        right="return np.asarray(np.mean(ways, axis=0))",
        fault="return np.asarray(ways[0])",
        tests=_OF_PROGRAMME,
    ),
)
