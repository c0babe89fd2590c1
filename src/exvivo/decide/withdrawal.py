"""A donor who withdraws: the link to the person and the scores are erased from the study folder and
from its record, the wells stay under a code and are left out, and the record says that it was done.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from exvivo.decide.answers_of import Answer, answers_of
from exvivo.decide.withdrawal_redcap import redcap_part, tables_on_disk
from exvivo.gather import Gathered, Progress, gather, unwatched

if TYPE_CHECKING:
    import polars as pl

    from exvivo.errors import Mistake
    from exvivo.store.chain import Row
    from exvivo.study import Study
    from exvivo.study.edited import Cells, Change
    from exvivo.study.headings import Columns

_FIGURES = "figures"
_SEARCHED = 1 << 24
"""Bytes of the largest file that is searched for a name."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a withdrawal would do: the code that takes the donor's place, the files that change with
    their new bytes, the donor's own instrument files, which are deleted, those that others share,
    which stay, other files in the folder that name the donor, which no command changes, the plates
    of which nothing stays, the answers that the donor was in, tables of links outside the study
    folder, which a person has to change, and the export of REDCap that held the donor.
    """

    donor: str
    code: str
    files: Mapping[str, bytes]
    own: tuple[str, ...]
    shared: tuple[str, ...]
    elsewhere: tuple[str, ...]
    wells: int
    plates: tuple[str, ...] = ()
    answers: tuple[Answer, ...] = ()
    by_hand: tuple[str, ...] = ()
    export: str = ""


@dataclass(frozen=True)
class Done:
    """A withdrawal on record: its row, the rows of runs that lost texts and results, and folders
    that could not be deleted.
    """

    plan: Plan
    row: Row
    runs: tuple[int, ...] = ()
    left: tuple[str, ...] = ()


def planned(
    folder: Path, donor: str, *, reason: str, today: str, progress: Progress = unwatched
) -> Plan:
    """What the withdrawal of a donor would do, held against the study as it would then be.

    Raises `StudyError` for a donor that the study does not list, for places that have to be changed
    by hand (workbooks, grids, names split from files, study.yaml), and where the study without the
    donor has mistakes.
    """
    from exvivo.cache import Cache

    cache = Cache.of(folder)  # A withdrawal erases it.
    gathered = gather(folder, progress=progress, cache=cache)
    _refuse_code(folder, donor)
    _refuse_unknown(donor, gathered.study)
    plan = _plan(folder, donor, gathered, reason, today)
    _refuse_left_over(plan, gathered)
    gather(folder, progress=progress, drafts=plan.files, cache=cache)
    return plan


def withdraw(folder: Path, plan: Plan, *, reason: str, who: str, today: str) -> Done:
    """Carry a plan out, and record it in words that name the code and not the donor."""
    from exvivo import store
    from exvivo.cache import FOLDER as CACHE
    from exvivo.plan.blinding import codes_of_donor
    from exvivo.store.withdraw import Withdrawn, hidden_results
    from exvivo.store.withdraw import withdraw as erase

    folders = (store.RESULTS, _FIGURES, CACHE, *hidden_results(folder))
    withdrawn = Withdrawn(files=plan.files, deleted=plan.own, folders=folders)
    states = {"code": plan.code, "wells": plan.wells, "deleted": len(plan.own)}
    said = {"code": plan.code, "reason": reason, "who": who, "when": today}
    text = json.dumps(said, sort_keys=True).encode()
    codes = codes_of_donor(folder, plan.donor)
    row, runs, left = erase(folder, plan.donor, withdrawn, states=states, text=text, codes=codes)
    return Done(plan, row, runs, left)


def _refuse_code(folder: Path, donor: str) -> None:
    """Raise `StudyError` for the code of a donor: a withdrawal says which files name the donor, so
    that what it prints would tell whose code it is.
    """
    from exvivo.errors import Mistake, StudyError
    from exvivo.plan.blinding import meant

    if meant(folder, {"donor": donor})["donor"] != donor:
        finding, expected = f"the code {donor} of a blinded study", "the donor's own id"
        cure = "type the id under which the person gave consent, as donors.csv has it"
        raise StudyError(Mistake("donors.csv", finding, expected, cure))


def _refuse_unknown(donor: str, study: Study) -> None:
    from exvivo.catalog import spelling
    from exvivo.errors import Mistake, StudyError
    from exvivo.study.ids import WITHDRAWN

    known = study.donors["donor"].to_list()
    if donor.startswith(WITHDRAWN):
        finding, expected = f"{donor} has withdrawn already", "a donor of the study"
        raise StudyError(Mistake("donors.csv", finding, expected, "name another donor"))
    if donor not in known:
        finding = f"no donor {donor!r}{spelling.did_you_mean(donor, known)}"
        raise StudyError(Mistake("donors.csv", finding, spelling.one_of(known), "name the donor"))


def _plan(folder: Path, donor: str, gathered: Gathered, reason: str, today: str) -> Plan:
    from exvivo.study.exclusion_lines import with_line
    from exvivo.study.files import EXCLUSIONS_FILE

    study, code = gathered.study, _next_code(gathered.study)
    own, shared = _instrument_files(donor, study)
    change = _Coding(donor, code, _cultures(donor, code, study), frozenset(own))
    texts = tables_on_disk(folder, study, gathered.texts)
    redcap = redcap_part(folder, donor, code, study)
    files = {name: new for name, new in change.files(study, texts) if new != texts[name]}
    files |= redcap.files
    plates = tuple(_plates_gone(study, own))
    wells = _wells_left(donor, study, own, plates)
    if wells:
        line = {"donor": code, "reason": reason}
        before = files.get(EXCLUSIONS_FILE, texts.get(EXCLUSIONS_FILE))
        files[EXCLUSIONS_FILE] = with_line(before, line, where_there={"when": today})
    return Plan(
        donor=donor,
        code=code,
        files=files,
        own=own,
        shared=shared,
        elsewhere=tuple(_elsewhere(folder, donor, redcap.records, gathered)),
        wells=wells,
        plates=plates,
        answers=answers_of(folder, donor),
        by_hand=redcap.by_hand,
        export=redcap.export,
    )


def _elsewhere(
    folder: Path, donor: str, records: Collection[str], gathered: Gathered
) -> Iterator[str]:
    """Files of the folder that no run reads or makes and that name the donor, or a record."""
    from exvivo import store
    from exvivo.store.withdraw import names

    patterns = [] if _is_a_number(donor) else [names(donor)]
    patterns += [_as_cell(record) for record in records if record != donor]
    inputs = {file.path for file in gathered.inputs}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        top = name.partition("/")[0]
        is_ours = top.startswith((".", store.DATABASE)) or top in (store.RESULTS, _FIGURES)
        if name in inputs or is_ours or not path.is_file() or path.stat().st_size > _SEARCHED:
            continue
        raw = f"{name}\n".encode() + path.read_bytes()
        if any(pattern.search(raw) for pattern in patterns):
            yield name


def _as_cell(word: str) -> re.Pattern[bytes]:
    """What matches a word as a whole cell of a csv: `0001` is no part of 0.0001."""
    return re.compile(rb"(?m)(?:^|[,;\t\"])" + re.escape(word.encode()) + rb"(?=[,;\t\"\r\n]|$)")


def _next_code(study: Study) -> str:
    """A code that no donor of the study has."""
    from exvivo.study.ids import WITHDRAWN

    codes = set(study.donors["donor"])
    number = next(n for n in range(1, len(codes) + 2) if f"{WITHDRAWN}{n}" not in codes)
    return f"{WITHDRAWN}{number}"


def _instrument_files(donor: str, study: Study) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The instrument files of the study folder in which all wells are of a donor, and others that
    hold any: those that other donors share, and those that lie elsewhere.
    """
    import polars as pl

    from exvivo.study.instrument_files import files_of

    donors: dict[str, set[str | None]] = {}
    for plate in study.plates:
        layout = study.layout.filter(plate=plate.id)
        for name, well in files_of(plate, study):
            wells = layout if well is None else layout.filter(pl.col("well") == well)
            donors.setdefault(name, set()).update(wells["donor"])
    of_donor = {name: who for name, who in donors.items() if donor in who}
    alone = (name for name, who in of_donor.items() if who == {donor})
    own = tuple(sorted(name for name in alone if not Path(name).is_absolute()))
    return own, tuple(sorted({*of_donor} - {*own}))


def _cultures(donor: str, code: str, study: Study) -> dict[str, str]:
    """The codes of a donor's cultures."""
    named = [*study.layout.filter(donor=donor)["culture"].drop_nulls()]
    if study.cultures.height:
        named += study.cultures.filter(donor=donor)["culture"].to_list()
    return {name: f"{code}-{n}" for n, name in enumerate(dict.fromkeys(named), 1)}


def _plates_gone(study: Study, own: tuple[str, ...]) -> Iterator[str]:
    """The plates of which all instrument files are deleted."""
    from exvivo.study.instrument_files import files_of

    for plate in study.plates:
        files = {name for name, _ in files_of(plate, study)}
        if files and files <= {*own}:
            yield plate.id


def _wells_left(
    donor: str, study: Study, own: tuple[str, ...], plates_gone: tuple[str, ...]
) -> int:
    """The wells of a donor that stay under the code."""
    wells = study.layout.filter(donor=donor)
    is_gone = wells["file"].is_in(own).fill_null(False) | wells["plate"].is_in(plates_gone)
    return wells.filter(~is_gone).height


@dataclass(frozen=True)
class _Coding:
    """How the lines of the study's tables change."""

    donor: str
    code: str
    cultures: Mapping[str, str]
    own: frozenset[str]

    def files(self, study: Study, texts: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
        """Every table of the study by its name, as it shall be."""
        from exvivo.study.edited import edited
        from exvivo.study.layout import layout_columns

        for name, (columns, change) in self._tables(study).items():
            if name in texts:
                yield name, edited(texts[name], file=name, columns=columns, change=change)
        for name in {plate.layout for plate in study.plates if plate.layout in texts}:
            columns = layout_columns(study)
            yield name, edited(texts[name], file=name, columns=columns, change=self._well)

    def _tables(self, study: Study) -> dict[str, tuple[Columns, Change]]:
        """The tables of a study beside its layouts: their columns, and how a line changes."""
        from exvivo.study.exclusions import EXCLUSION_COLUMNS
        from exvivo.study.files import (
            CLINIC_FILE,
            CULTURES_FILE,
            DONORS_FILE,
            EXCLUSIONS_FILE,
            forms_of,
        )
        from exvivo.study.headings import Columns

        scales = tuple(scale.id for scale in study.scales)
        tables: dict[str, tuple[Columns, Change]] = {
            DONORS_FILE: (Columns(("donor", "group"), open=True), self._person),
            CLINIC_FILE: (Columns(("donor",), ("visit", *scales), open=True), self._without),
            CULTURES_FILE: (Columns(("culture", "donor"), open=True), self._well),
            EXCLUSIONS_FILE: (EXCLUSION_COLUMNS, self._excluded),
        }
        return {name: table for each, table in tables.items() for name in forms_of(each)}

    def _person(self, cells: Cells) -> Cells:
        """A donor's line: the code and the group, and nothing else."""
        if cells["donor"] != self.donor:
            return cells
        kept = {"donor": self.code, "group": cells["group"]}
        return {**dict.fromkeys(cells, ""), **kept}

    def _without(self, cells: Cells) -> Cells | None:
        return None if cells.get("donor") == self.donor else cells

    def _excluded(self, cells: Cells) -> Cells | None:
        """A line of exclusions; none of the donor, or of one of the donor's cultures."""
        return None if cells.get("culture") in self.cultures else self._without(cells)

    def _well(self, cells: Cells) -> Cells | None:
        """A line of a layout or of cultures, under the codes; none of a file that is deleted."""
        if cells.get("donor") != self.donor and cells.get("culture") not in self.cultures:
            return cells
        if cells.get("file") in self.own:
            return None
        culture = cells.get("culture", "")
        coded = {"culture": self.cultures.get(culture, culture)} if "culture" in cells else {}
        donor = {"donor": self.code} if cells.get("donor") == self.donor else {}
        return {**cells, **coded, **donor}


def _refuse_left_over(plan: Plan, gathered: Gathered) -> None:
    """Raise `StudyError` with every place that names the donor still."""
    from exvivo.errors import StudyError

    mistakes = [
        *_named_by_files(plan, gathered.study),
        *_named_by_columns(plan, gathered.profiles),
        *_named_in_texts(plan, gathered),
    ]
    if mistakes:
        raise StudyError(mistakes)


def _named_by_files(plan: Plan, study: Study) -> Iterator[Mistake]:
    """Plates without a layout, whose wells the names in their files tell."""
    from exvivo.errors import Mistake

    for plate in study.plates:
        wells = study.layout.filter(plate=plate.id, donor=plan.donor)
        if plate.samples and not plate.layout and wells.height:
            yield Mistake(
                plate.place or f"plate {plate.id}",
                f"`samples` finds {plan.donor} by the names in {plate.file}, which stays",
                "a layout, in which the wells can stand under a code",
                f"write a layout for this plate with {plan.code} in the place of {plan.donor}, "
                "and remove `samples`; then give the command again",
            )


def _named_by_columns(plan: Plan, profiles: pl.DataFrame | None) -> Iterator[Mistake]:
    """Tables of expression with a sample of the donor, which no command changes."""
    from exvivo.errors import Mistake
    from exvivo.words import shortened

    of_donor = [] if profiles is None else profiles.filter(donor=plan.donor).rows(named=True)
    samples: dict[str, list[str]] = {}
    for row in of_donor:
        samples.setdefault(row["source"], []).append(row["sample"])
    for source, names in samples.items():
        yield Mistake(
            source,
            f"samples of {plan.donor}: {shortened(list(dict.fromkeys(names)))}",
            "no sample of a donor who withdraws",
            "take their columns out of the table, and keep no copy of it in the folder; then give "
            "the command again",
        )


def _named_in_texts(plan: Plan, gathered: Gathered) -> Iterator[Mistake]:
    """Lines of the study's own texts that name the donor although their columns do not. A number
    is no name that could be searched.
    """
    from exvivo.errors import Mistake
    from exvivo.store.withdraw import names

    if _is_a_number(plan.donor):
        return
    pattern = names(plan.donor)
    for name, raw in sorted({**gathered.texts, **plan.files}.items()):
        for number, line in enumerate(raw.splitlines(), 1):
            if pattern.search(line):
                finding = f"{plan.donor} in a place that no command changes"
                cure = f"write {plan.code} there, or remove it; then give the command again"
                yield Mistake(f"{name}:{number}", finding, "the donor under a code", cure)


def _is_a_number(donor: str) -> bool:
    """Whether a donor is called by a number or as a well is: such a word may stand for anything."""
    return re.fullmatch(r"\d{1,3}|[A-Pa-p]\d{1,2}", donor) is not None
