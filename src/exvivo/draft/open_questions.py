"""What a draft cannot know, in one question a kind: what nothing told, and what was proposed and
nobody has confirmed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from exvivo.draft.material import Material, qpcr_of
from exvivo.draft.references import stability
from exvivo.draft.wells import UNKNOWN, Wells, unit_of
from exvivo.study import Beads, Immunoassay, OpenQuestion, Qpcr
from exvivo.study.open_records import OpenKey
from exvivo.words import listed, shortened

_MOST = 5
Questions = Iterator[OpenQuestion]


def open_questions(found: Material) -> tuple[OpenQuestion, ...]:
    """Every question that the files leave open."""
    told, people = found.like is not None, found.project is not None
    kinds = (
        () if told else _of_study(found),
        () if people else _of_groups(found),
        () if people else _of_donors(found),
        _of_stimuli(found),
        _of_names(found),
        () if told else _of_references(found),
        _of_layouts(found),
        _of_standards(found),
        () if told else _of_dilutions(found),
        () if told else _of_beads(found),
        () if told or people else _of_scales(found),
    )
    return tuple(question for kind in kinds for question in kind)


def _ask(key: OpenKey, text: str, where: str, about: Iterable[str] = ()) -> OpenQuestion:
    """A question of a kind, about records by their ids."""
    return OpenQuestion(ask=text, where=where, key=key, about=tuple(about))


def _of_study(found: Material) -> Questions:
    where = "`title`, and the examples of `questions` at the end"
    yield _ask("title", "What does the study ask?", where)
    where = "`cell_types` (an example stands there; none for plasma)"
    yield _ask("cells", "What were the cells?", where)


def _of_groups(found: Material) -> Questions:
    groups, people = found.groups(), found.people
    names = list(dict.fromkeys(filter(None, groups.values())))
    if people.group and people.group != "group":
        ask = f"Is the column `{people.group}` of {people.file} the group?"
        yield _ask("groups", ask, "donors.csv")
    if people.group:
        return
    if names:
        ask = f"Are {listed(names)} the groups (by the letters of the ids)?"
        yield _ask("groups", ask, "donors.csv, column group; `groups`")
    else:
        first = f"Which group is {found.donors[0]}?" if found.donors else "Who are the donors?"
        more = f" And the {len(found.donors) - 1} others?" if len(found.donors) > 1 else ""
        yield _ask("groups", first + more, "donors.csv, column group; `groups`")


def _of_donors(found: Material) -> Questions:
    """Donors that are in the table and not in the names, and the reverse; several lines a donor."""
    if found.people.rows:
        yield from _strange_donors(found)
        yield from _absent_donors(found)
        yield from _table_of_donors(found)


def _strange_donors(found: Material) -> Questions:
    if strange := found.strange:
        ask = f"Who are {shortened(strange, _MOST)}? Measured, and not in {found.people.file}."
        yield _ask("groups", ask, "donors.csv")


def _absent_donors(found: Material) -> Questions:
    absent = found.absent
    if absent and found.measured:
        file = found.people.file
        ask = f"Were {shortened(absent, _MOST)} measured? In {file}, in no sample name."
        yield _ask("donors", ask, "donors.csv, or `samples`")


def _table_of_donors(found: Material) -> Questions:
    """What the table of donors holds beside one line a donor."""
    people = found.people
    if people.repeated:
        ask = f"{people.file} has several lines for {shortened(people.repeated, _MOST)}; the first?"
        yield _ask("donors", ask, "donors.csv; visits belong in clinic.csv")
    if people.scales:
        ask = f"Are {listed(people.scales)} of {people.file} scores of questionnaires?"
        yield _ask("scales", ask, "clinic.csv and `scales`; nothing to do if they are not")


def _of_stimuli(found: Material) -> Questions:
    own = {each.id for each in found.like.study.stimuli} if found.like else set()
    new = [stimulus for stimulus in found.words.stimuli if stimulus not in own]
    if found.like and new:
        ask = f"What are the stimuli {listed(new)}? The study before has none."
        yield _ask("control", ask, "`stimuli`", new)
    if found.like or not found.stimuli:
        return
    if found.control:
        ask = f'Is "{found.control}" the control?'
        yield _ask("control", ask, "`stimuli` (add dose and time there, too)")
    else:
        ask = f"Which is the control: {listed(found.stimuli[:_MOST], last='or')}?"
        yield _ask("control", ask, "`stimuli`: `control: true`")


def _of_names(found: Material) -> Questions:
    """How names were split, where another way would be possible."""
    alike: dict[tuple[str, str], list[str]] = {}
    for assay, each in found.splittings.items():
        alike.setdefault((each.pattern, each.doubt), []).append(assay)
    for (pattern, doubt), assays in alike.items():
        if doubt:
            ask = f"Are the names of {listed(assays)} made as {pattern}? ({doubt})"
            yield _ask("names", ask, "`samples` of its plates", assays)


def _of_references(found: Material) -> Questions:
    assay = qpcr_of(found)
    if assay is None:
        return
    several = assay.references if len(assay.references) > 1 else ()
    holds = stability(found.made.of(assay.id), several)
    words = _with_m(assay.references, holds)
    usual = f"Are {listed(words)} the reference genes?"
    ask = usual if words else _other_references(holds)
    yield _ask("references", ask, f"`references` of {assay.id}", [assay.id])


def _other_references(holds: dict[str, float]) -> str:
    """The question where no target is a usual reference gene, with the stillest."""
    stillest = sorted(holds, key=lambda name: holds[name])[:3]
    still = f"; the stillest: {listed(_with_m(stillest, holds))}" if stillest else ""
    return f"Which are the reference genes? None of the usual ones is here{still}."


def _with_m(genes: Sequence[str], holds: dict[str, float]) -> list[str]:
    """Genes with how still each holds, where that is known."""
    return [f"{gene} (geNorm M {holds[gene]:.2f})" if gene in holds else gene for gene in genes]


def _of_layouts(found: Material) -> Questions:
    """Plates whose files name no sample: proposed layouts, and those that have to be filled."""
    proposed = {
        plate: wells.proposal.order_of.rsplit("/", 1)[-1]
        for plate, wells in found.wells.items()
        if wells.proposal and wells.proposal.samples
    }
    unknown = [plate for plate, wells in found.wells.items() if _is_unknown(wells)]
    if proposed:
        orders = listed(sorted(set(proposed.values())))
        ask = f"Are the samples of {orders} on {listed(proposed)} in that order, as it is drawn?"
        yield _ask("layout", ask, "plates/*.csv; their files name no well", proposed)
    if unknown:
        ask = f"Which wells of {listed(unknown)} hold whose cells, and which the standards?"
        yield _ask("layout", ask, f"plates/*.csv, in the place of `{UNKNOWN}`", unknown)


def _is_unknown(wells: Wells) -> bool:
    """Whether nothing tells whose cells some wells of a plate held."""
    return any(row.get("donor") == UNKNOWN for row in wells.rows)


def _of_standards(found: Material) -> Questions:
    """Standards without amounts, and assays whose standards nothing tells."""
    named = {assay: list(_without_amount(found, assay)) for assay in found.made.assays}
    yield from _amounts_asked(found, {assay: names for assay, names in named.items() if names})
    yield from _units_asked(found)
    without = [assay for assay in named if not named[assay] and _has_no_standards(found, assay)]
    if without:
        ask = f"Which wells of {listed(without)} are standards, of what amounts?"
        where = "a layout (role standard, nominal), or `result: signal` without any"
        yield _ask("standards", ask, where, without)


def _without_amount(found: Material, assay: str) -> Iterator[str]:
    """The standards of an assay whose amount nothing tells, by their names."""
    record = found.made.assays[assay]
    known = record.standards if isinstance(record, (Beads, Immunoassay)) else {}
    for plate in found.made.of(assay):
        wells = found.wells[plate.id]
        levels = [row.get("control", "") for row in wells.rows if _lacks_amount(row)]
        yield from (name for name in (*wells.without_amount, *levels) if name and name not in known)


def _has_no_standards(found: Material, assay: str) -> bool:
    """Whether an assay that is read off standards has a plate without any."""
    is_off = isinstance(found.made.assays[assay], (Beads, Immunoassay))
    return is_off and not all(found.wells[p.id].has_standards for p in found.made.of(assay))


def _amounts_asked(found: Material, named: dict[str, list[str]]) -> Questions:
    if not named:
        return
    levels = list(dict.fromkeys(next(iter(named.values()))))
    ask = f"What amounts have the standards {levels[0]} to {levels[-1]} of {listed(named)}?"
    where = "`standards` of the assay: {" + levels[0] + ": 1000, ...}, 0 for a blank; `unit`"
    where = "a layout: column `nominal`" if _is_qpcr(found, named) else where
    yield _ask("amounts", ask, where, [*named, *levels])


def _units_asked(found: Material) -> Questions:
    """The unit of amounts that stand in names without one."""
    if bare := [name for name in found.made.assays if _is_bare(found, name)]:
        units = {getattr(found.made.assays[name], "unit", "") for name in bare}
        ask = f"Are the amounts in the names of the standards of {listed(bare)} in {listed(units)}?"
        yield _ask("units", ask, "`unit` of the assay", bare)


def _is_bare(found: Material, assay: str) -> bool:
    """Whether an assay takes amounts from names that hold no unit."""
    if found.like or not isinstance(found.made.assays[assay], (Beads, Immunoassay)):
        return False
    plates = found.made.of(assay)
    rows = [row for plate in plates for row in found.wells[plate.id].rows if row.get("nominal")]
    return bool(rows) and not any(unit_of(plate) for plate in plates)


def _lacks_amount(row: dict[str, str]) -> bool:
    return row["role"] == "standard" and not row.get("nominal")


def _is_qpcr(found: Material, assays: dict[str, list[str]]) -> bool:
    return all(isinstance(found.made.assays[assay], Qpcr) for assay in assays)


def _of_dilutions(found: Material) -> Questions:
    diluted = [
        name
        for name, assay in found.made.assays.items()
        if isinstance(assay, (Beads, Immunoassay)) and not assay.dilutions
        if not _states_dilutions(found, name)
    ]
    if diluted:
        first = found.control or "none"
        ask = f"How many times were the samples of {listed(diluted)} diluted?"
        where = "`dilutions` of the assay: {" + first + ": 1, ...}; nothing if none was"
        yield _ask("dilutions", ask, where, diluted)


def _states_dilutions(found: Material, assay: str) -> bool:
    frames = [plate.readings["vendor_dilution"] for plate in found.made.of(assay)]
    return bool(frames) and all(bool(frame.is_not_null().any()) for frame in frames)


def _of_beads(found: Material) -> Questions:
    for name, assay in found.made.assays.items():
        if isinstance(assay, Beads):
            tubes = found.made.of(name)[0].tubes
            channels = [short for short, _ in tubes[0].tube.channels]
            ask = f"Which kit (or panel) is {name}, and on which of {listed(channels)}?"
            where = "`kit` or `panel`, `classifier`, `reporter` and `scatter`"
            yield _ask("beads", ask, where, [name, *channels])
        elif isinstance(assay, Immunoassay) and not assay.analyte and name == "elisa":
            ask = f"Which analyte was measured in {name}?"
            yield _ask("analyte", ask, "`analyte` of the plates", [name])


def _of_scales(found: Material) -> Questions:
    if found.clinic is not None:
        ask = "From where to where do the scores go, and which end is worse?"
        yield _ask("scales", ask, "`scales`")
