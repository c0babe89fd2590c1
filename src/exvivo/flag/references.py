"""RT-qPCR: reference genes that are lacking, alone, unstable, or moved by a stimulus or a
diagnosis.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from exvivo.figures import comparison
from exvivo.flag.look import Fit, Flags, counted, flag, listed
from exvivo.flagged import Flag
from exvivo.study import Qpcr, Stimulus
from exvivo.words import signed

_HOMOGENEOUS, _HETEROGENEOUS = 0.5, 1.0
"""The highest M of a stable reference in samples of one kind and of several (Hellemans 2007, doi
10.1186/gb-2007-8-2-r19).
"""
_LARGEST_V = 0.15
"""V below which one more reference changes nothing (Vandesompele 2002, doi
10.1186/gb-2002-3-7-research0034).
"""
ShiftName = Literal["shift", "raw_shift"]


@dataclass(frozen=True, slots=True)
class Shifts:
    """What moves the references of a `fit`, or does not: a stimulus, or one group against another.

    `values` by name and gene; `words` say what is compared.
    """

    fit: Fit
    values: dict[tuple[str, str | None], float]
    words: str

    @property
    def margin(self) -> float:
        """The shift (log2) that does not matter yet."""
        return self.fit.get("margin", 0.0)

    def value(self, name: str, gene: str) -> float | None:
        """A figure of a gene, if there is one."""
        return self.values.get((name, gene))

    def open(self, gene: str) -> bool:
        """It is neither shown that the gene holds still nor that it moves."""
        return self.value("shift_within", gene) == 0 and not self.value("shift_moves", gene)

    def mean(self, gene: str, name: ShiftName = "shift") -> str:
        """The mean shift of a gene."""
        return signed(self.values[name, gene])

    def ends(self, gene: str, name: ShiftName = "shift") -> tuple[float, float] | None:
        """The interval of a gene's shift, if donors are enough for one."""
        lower, upper = (self.value(f"{name}_{end}", gene) for end in ("lower", "upper"))
        return None if lower is None or upper is None else (lower, upper)

    def outside(self, gene: str, name: ShiftName = "shift") -> int:
        """On which side of the margin the whole interval lies: 1 above, -1 below, 0 neither."""
        ends = self.ends(gene, name)
        if ends is None:
            return 0
        return (ends[0] > self.margin) - (ends[1] < -self.margin)


def samples_without_reference(fit: Fit) -> Flags:
    """Samples that have no result because a reference gene has none."""
    n = fit["samples_without_reference"]
    if n:
        yield flag(
            "assays",
            f"{fit.row['assay']}: {listed(_lacking(fit))}",
            what=counted(n, "sample lacks", "samples lack") + " a reference gene",
            why="without it, more cDNA cannot be distinguished from more mRNA",
            cure="check the reference wells of these samples; repeat them if they failed",
        )


def _lacking(fit: Fit) -> list[str]:
    return sorted({point["well"] for point in fit.row["points"] if not point["used"]})


def one_reference(fit: Fit) -> Flags:
    """Assays that rest on a single reference gene."""
    genes = _genes(fit)
    if len(genes) == 1:
        yield flag(
            "assays",
            _place(fit, genes),
            what=f"{genes[0]} is the only reference gene",
            why=(
                "its own movement cannot be seen, and no error for it is carried; MIQE wants the "
                "stability of a single reference shown"
            ),
            cure=(
                "measure a second reference gene, or show elsewhere that this one holds still in "
                "these cells"
            ),
        )


def unstable_references(fit: Fit) -> Flags:
    """References whose ratios to the others vary more than stable ones do."""
    several = fit.get("cell_types", 1) > 1
    limit, kind = (_HETEROGENEOUS, "several kinds") if several else (_HOMOGENEOUS, "one kind")
    unstable = {gene: m for gene, m in _genorm_m(fit) if m > limit}
    if unstable:
        yield flag(
            "assays",
            _place(fit, unstable),
            what=f"geNorm M {listed(f'{m:.2f} ({gene})' for gene, m in unstable.items())}",
            why=(
                f"stable references stay below {limit} in samples of {kind}; what they disagree by "
                "is an error of every result"
            ),
            cure=(
                "look at the figure of the reference genes for single samples; else choose others "
                "among more candidates"
            ),
        )


def _genorm_m(fit: Fit) -> Iterator[tuple[str, float]]:
    for gene in _genes(fit):
        yield gene, fit.value("genorm_m", of=gene) or 0.0


def references_that_move(fit: Fit) -> Flags:
    """References whose interval leaves the margin with a stimulus or between groups."""
    for shifts in _comparisons(fit):
        for gene in _not_mirrored(fit):
            if shifts.value("shift_moves", gene):
                yield _moving(shifts, gene)


def _moving(shifts: Shifts, gene: str) -> Flag:
    return flag(
        "assays",
        _place(shifts.fit, [gene]),
        what=_stands(shifts, gene),
        why="what moves the references moves every result the other way",
        cure=(
            "use references that hold still; until then do not believe effects that are no larger "
            "than this"
        ),
    )


def _stands(shifts: Shifts, gene: str) -> str:
    shift = f"{shifts.mean(gene)} log2 ({_interval(shifts, gene)})"
    return f"{gene} stands {shift} {shifts.words}; the margin is {shifts.margin:g}"


def references_not_shown_to_hold(fit: Fit) -> Flags:
    """References of which too few donors, or too scattered ones, leave open whether they move."""
    for shifts in _comparisons(fit):
        unclear = [gene for gene in _not_mirrored(fit) if shifts.open(gene)]
        if unclear:
            genes = listed(f"{gene} {_interval(shifts, gene)}" for gene in unclear)
            yield flag(
                "assays",
                _place(fit, unclear),
                severity="note",
                what=f"not shown to hold still {shifts.words}: {genes}",
                why=(
                    f"the interval is wider than the margin of {shifts.margin:g} log2; that no "
                    "shift is seen shows nothing"
                ),
                cure="more donors narrow it",
            )


def references_that_move_together(fit: Fit) -> Flags:
    """All references up, or all down, with a stimulus by more than the margin: against one another
    they look still.
    """
    genes = _genes(fit)
    for stimulus in fit.study.stimuli if len(genes) > 1 else ():
        shifts = _with_stimulus(fit, stimulus)
        if {shifts.outside(gene, "raw_shift") for gene in genes} in ({1}, {-1}):
            moves = listed(f"{gene} {shifts.mean(gene, 'raw_shift')} log2" for gene in genes)
            yield flag(
                "assays",
                _place(fit, genes),
                severity="note",
                what=f"{shifts.words} all references shift together: {moves}",
                why=(
                    "more or less cDNA does this, and is taken away; references that all answer to "
                    "the stimulus do it too"
                ),
                cure="compare with the RNA that went into each reverse transcription",
            )


def steadier_pair(fit: Fit) -> Flags:
    """Files whose other targets would make a steadier pair of references, or which need one
    more.
    """
    pair = [figure["of"] or "" for figure in fit.named("best_pair")]
    if not set(pair) <= set(_genes(fit)) and _steadier(fit):
        m, own = fit["best_pair_m"], fit.get("references_m")
        yield flag(
            "assays",
            _place(fit, pair),
            severity="note",
            what=f"{' and '.join(pair)} would be the steadier pair: M {m:.2f}"
            + (f" against {own:.2f}" if own else ""),
            why=(
                "a steadier pair leaves less error in every result; genes controlled together look "
                "steady without being so"
            ),
            cure=(
                "the declared references were used; declare others under `references` before "
                "looking at the results"
            ),
        )


def _steadier(fit: Fit) -> bool:
    """The best pair is steadier than the references in the digits that are shown."""
    own = fit.get("references_m")
    return own is None or round(fit["best_pair_m"], 2) < round(own, 2)


def one_more_reference(fit: Fit) -> Flags:
    """Reference sets to which one more measured gene would make a difference."""
    genes = len(_genes(fit))
    sizes = f"{genes}/{genes + 1}"
    v = fit.value("genorm_v", of=sizes)
    if v is not None and v >= _LARGEST_V:
        yield flag(
            "assays",
            fit.row["assay"],
            severity="note",
            what=f"V{sizes} of the measured genes is {v:.2f}",
            why=(
                f"at {_LARGEST_V} or more, one more reference gene changes the normalisation "
                "(geNorm)"
            ),
            cure="declare one of the candidates as a reference as well",
        )


def _place(fit: Fit, genes: Iterable[str]) -> str:
    return f"{fit.row['assay']} {listed(genes)}"


def _genes(fit: Fit) -> list[str]:
    assay = fit.study.assay(fit.row["assay"])
    return list(dict.fromkeys(assay.references)) if isinstance(assay, Qpcr) else []


def _not_mirrored(fit: Fit) -> list[str]:
    """The genes to speak of: of two the first, since the other is its mirror image."""
    genes = _genes(fit)
    return genes[:1] if len(genes) == 2 else genes


def _comparisons(fit: Fit) -> Iterator[Shifts]:
    """The shifts with each stimulus, and between each two groups."""
    figures, genes = fit.row["figures"], _genes(fit)
    against = _against(genes)
    for stimulus in fit.study.stimuli:
        alone = ", the amount of cDNA included" if len(genes) < 2 else ""
        yield _with_stimulus(fit, stimulus, alone or against)
    for first, second in combinations(fit.study.groups, 2):
        words = f"in {first.name} compared with {second.name}{against}"
        yield Shifts(fit, comparison(figures, first.id, second.id), words)


def _with_stimulus(fit: Fit, stimulus: Stimulus, against: str = "") -> Shifts:
    words = f"with {fit.study.name_of(stimulus.id)}{against}"
    return Shifts(fit, comparison(fit.row["figures"], stimulus.id), words)


def _against(genes: list[str]) -> str:
    if len(genes) == 2:
        return f" against {genes[1]} (which of the two moves cannot be seen)"
    return " against the other references"


def _interval(shifts: Shifts, gene: str) -> str:
    ends = shifts.ends(gene)
    if ends is None:
        return f"{shifts.mean(gene)}, too few donors for an interval"
    return f"{signed(ends[0])} to {signed(ends[1])}"
