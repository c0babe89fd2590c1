"""The answers alone: estimate, interval and verdict under another choice of wells or of accepted
flags, as a run would give them. What stands beside answers (ranges without each donor, other
methods, simulations) is most of the cost of a run, and is left out.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from exvivo.gather import Gathered
from exvivo.study.ids import ids

if TYPE_CHECKING:
    import polars as pl

    from exvivo.cache import Cache
    from exvivo.compare import PutBack
    from exvivo.findings import Finding
    from exvivo.past import Locked
    from exvivo.study import Study


@dataclass(frozen=True)
class Measured:
    """QUANTITIES and ASSAYS of a study."""

    quantities: pl.DataFrame
    assays: pl.DataFrame

    def but(self, assays: Collection[str]) -> Measured:
        """Without those of some assays."""
        import polars as pl

        is_other = ~pl.col("assay").is_in(list(assays))
        return Measured(self.quantities.filter(is_other), self.assays.filter(is_other))


def brief_answers(
    gathered: Gathered,
    *,
    families: Collection[str] | None = None,
    known: Measured | None = None,
    anew: Collection[str] = (),
    settled: Sequence[Finding] = (),
    locks: Sequence[Locked] = (),
    cache: Cache | None = None,
) -> list[Finding]:
    """The answers of some families of questions (of all, where none are named), those withheld that
    a contradiction touches. With what is `known`, only the assays to be made `anew` are quantified;
    of answers that are `settled` on it, those whose results do not change are taken over.

    `locks` may declare the level of a study of so many donors. Raises `StudyError` where wells
    cannot be quantified as the study declares.
    """
    from numpy.random import default_rng

    from exvivo.compare import Settled, answers_again, responses, touched
    from exvivo.findings import findings_of

    study = _asking(gathered.study, families)
    measured = _measured(gathered, known, anew, cache)
    answers = responses(measured.quantities, study=study)
    study = _at_look(study, answers, locks)
    still = [answer for answer in settled if answer.level == 1 - study.plan.alpha]
    compared = answers_again(
        answers,
        gathered.clinic,
        study=study,
        rng=default_rng(study.plan.seed),
        quantities=measured.quantities,
        profiles=gathered.profiles,
        settled=Settled(still, _others(known, measured)),
    )
    return findings_of(touched(compared, gathered.flags, study))


def _at_look(study: Study, answers: pl.DataFrame, locks: Sequence[Locked]) -> Study:
    """The study at the level of a look, where a lock declares looks."""
    from exvivo.record import look_at

    look = look_at(study, answers["donor"].n_unique(), locks)
    return study if look is None else replace(study, plan=replace(study.plan, alpha=look.nominal))


def _others(before: Measured | None, after: Measured) -> frozenset[tuple[str, str]]:
    """The assays and analytes whose quantities are others than before; all, with none before."""
    sides = [each.quantities for each in (before, after) if each is not None]
    parts = [side.partition_by("assay", "analyte", as_dict=True) for side in sides]
    first, second = parts[0] if before else {}, parts[-1]
    apart = (key for key in {*first, *second} if not _same(first.get(key), second.get(key)))
    return frozenset((str(assay), str(analyte)) for assay, analyte in apart)


def _same(first: pl.DataFrame | None, second: pl.DataFrame | None) -> bool:
    return first is not None and second is not None and first.equals(second)


def _measured(
    gathered: Gathered, known: Measured | None, anew: Collection[str], cache: Cache | None
) -> Measured:
    """What the wells give, of assays that are not known or that are made anew."""
    import polars as pl

    from exvivo.quantify import quantify

    if known is None:
        return Measured(*quantify(gathered.wells, study=gathered.study, cache=cache))
    wells = gathered.wells.filter(pl.col("assay").is_in(list(anew)))
    fresh = Measured(*quantify(wells, study=gathered.study, cache=cache))
    rest = known.but(anew)
    return Measured(
        _in_order(pl.concat([rest.quantities, fresh.quantities]), gathered.study),
        _in_order(pl.concat([rest.assays, fresh.assays]), gathered.study),
    )


def _in_order(frame: pl.DataFrame, study: Study) -> pl.DataFrame:
    """Rows in the order of the study's assays."""
    import polars as pl

    order = [assay.id for assay in study.assays]
    place = pl.col("assay").replace_strict(order, range(len(order)), return_dtype=pl.Int64)
    return frame.sort(place, maintain_order=True)


def _asking(study: Study, families: Collection[str] | None) -> Study:
    """The study with the questions of some families, and nothing simulated or fitted beside."""
    from exvivo.compare import family_of

    plan = replace(study.plan, joint=False, calibrate=False)
    asked = [each for each in study.questions if families is None or family_of(each) in families]
    return replace(study, plan=plan, questions=tuple(asked))


def families_of(study: Study, assays: Collection[str]) -> set[str]:
    """The families with a question of one of some assays."""
    from exvivo.compare import family_of

    return {
        family_of(each)
        for each in study.questions
        if set(getattr(each, "assays", ())) & set(assays)
    }


# What people left out, put back.


def assays_left_out(study: Study) -> set[str]:
    """The assays of which anything is left out that could be put back."""
    from exvivo.study.exclusions import taken_back

    out, _ = taken_back(study)
    plates = set(out["plate"])
    return {plate.assay for plate in study.plates if plate.id in plates}


def put_back(gathered: Gathered) -> Gathered:
    """The same study with nothing left out by people, but for donors who withdrew. Raises
    `StudyError` where a well that comes back cannot be told what it is.
    """
    from exvivo.gather import assigned_anew
    from exvivo.study.exclusions import taken_back, withdrew

    study = gathered.study
    _, stay_out = taken_back(study)
    layout = _either(study.layout, _layout_within(study), withdrew(study.layout))
    return assigned_anew(gathered, replace(study, layout=layout, exclusions=stay_out))


def _layout_within(study: Study) -> pl.DataFrame:
    """The layout as if nothing were left out. A well that was `empty` already comes back as a
    sample where its layout says whose it is and of which condition and cells.
    """
    import polars as pl

    layout, only = study.layout, _only_ones(study)
    back = layout.with_columns(
        role=pl.coalesce("role_within", "role"), exclude=pl.lit(None, pl.String)
    )
    is_donors = (layout["role_within"] == "empty") & layout["donor"].is_not_null()
    filled = [pl.col(name).fill_null(text) for name, text in only.items() if text]
    samples = back.with_columns(filled).with_columns(
        role=pl.lit("sample"), visit=pl.col("visit").fill_null("1")
    )
    lacks = [name for name, text in only.items() if text == ""]
    whole = (
        is_donors.fill_null(value=False)
        & samples.select(
            pl.all_horizontal(pl.lit(value=True), *(pl.col(name).is_not_null() for name in lacks))
        ).to_series()
    )
    return _either(samples, back, whole)


def _either(first: pl.DataFrame, second: pl.DataFrame, which: pl.Series) -> pl.DataFrame:
    """Rows of one frame where `which` says so, else of the other; both have the same rows."""
    import polars as pl

    chosen = pl.when(which)
    return first.select(
        chosen.then(first[name]).otherwise(second[name]).alias(name) for name in first.columns
    )


def _only_ones(study: Study) -> Mapping[str, str]:
    """The one stimulus and cell type of a study; empty where there are several that a well has to
    say, left out where there is none.
    """
    declared = {"stimulus": ids(study.stimuli), "cell_type": ids(study.cell_types)}
    return {name: names[0] if len(names) == 1 else "" for name, names in declared.items() if names}


def everything_put_back(gathered: Gathered, known: Measured) -> PutBack:
    """The answers of the families of which anything was left out, with all of it put back."""
    from exvivo.compare import PutBack
    from exvivo.errors import StudyError

    anew = assays_left_out(gathered.study)
    if not anew:
        return PutBack()
    families = families_of(gathered.study, anew)
    try:
        back = put_back(gathered)
        answers = brief_answers(back, families=families, known=known, anew=anew)
    except StudyError as error:
        return PutBack(unknown=error.mistakes[0].found)
    return PutBack(answers, nobodys=_nobodys(back, gathered))


def _nobodys(back: Gathered, gathered: Gathered) -> dict[str, int]:
    """The wells, counted by assay, that are left out, have a reading, and of which the layout does
    not say whose they are: no answer can be given with them in.
    """
    import polars as pl

    from exvivo.study.exclusions import taken_back

    out = taken_back(gathered.study)[0].filter(pl.col("analyte").is_null())
    empty = back.wells.filter(role="empty").join(out, on=["plate", "well"], how="semi")
    counts = empty.group_by("assay", maintain_order=True).agg(pl.struct("plate", "well").n_unique())
    return dict(counts.iter_rows())
