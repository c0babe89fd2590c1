"""RDML 1.0 to 1.4: amplification curves and Cq of qPCR instruments, as an .rdml archive or its bare
XML.

Format: Lefever et al. 2009, doi:10.1093/nar/gkp056; schema at rdml.org.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from exvivo.errors import Mistake, ReadError
from exvivo.read.cells.guards import describe, parse_xml, unzip
from exvivo.read.qpcr.shared import Reaction, Reactions, some
from exvivo.read.result import FileRead, Ignored, Request
from exvivo.study.layout import plain_well

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

ROLES = {"unkn": "sample", "std": "standard", "ntc": "ntc", "nrt": "no_rt", "pos": "positive"}
"""Sample types whose role is beyond doubt; `nac`, `ntp` and `opt` stay open."""

_WHY = {
    "thermalCyclingConditions": "the thermal program is not needed for quantification",
    "experimenter": "a person's name and address are not taken over",
    "documentation": "free text",
    "dye": "the detection format is not needed for quantification",
    "target": "target details (efficiencies, sequences): efficiencies come from study.yaml",
    "quantity": "nominal amounts come from the plate layout, where they can be checked",
    "excl": "exclusion marks: flagged reactions stay; exclude them in the study, with a reason",
    "note": "free text",
    "description": "free text",
    "endPt": "end-point fluorescence",
    "bgFluor": "the vendor's background: the baseline is taken from the curve itself",
    "bgFluorSlp": "the vendor's background: the baseline is taken from the curve itself",
    "quantFluor": "the vendor's threshold",
    "ampEff": "the vendor's efficiency of one reaction: efficiencies come from study.yaml",
    "N0": "the vendor's start amount",
    "partitions": "digital PCR, which is not read",
    "vol": "the reaction volume",
}
_READ = {
    "rdml": {"dateMade", "dateUpdated", "id", "sample", "experiment"},
    "experiment": {"run"},
    "run": {
        "react",
        "pcrFormat",
        "instrument",
        "dataCollectionSoftware",
        "runDate",
        "cqDetectionMethod",
        "backgroundDeterminationMethod",
    },
    "react": {"sample", "data"},
    "data": {"tar", "adp", "mdp", "cq"},
}


@dataclass
class _Gathered:
    """The reactions, and what of the file was not read."""

    reactions: Reactions
    unread: dict[str, Counter[str]] = field(
        default_factory=lambda: {level: Counter() for level in _READ}
    )
    holes: list[str] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)
    uncalled: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Run:
    """What a reaction needs to know of its run."""

    block: str
    rows: int
    columns: int
    labels: tuple[str, str]
    last_cycle: float | None


def sniff(raw: bytes, suffix: str) -> bool:
    """An archive or XML that is no workbook: what it holds is judged when it is opened."""
    kind = describe(raw[:4096])
    return kind == "an RDML file" or (
        raw.startswith(b"PK") and b"xl/" not in raw[:4096] and suffix != ".xlsx"
    )


def read(raw: bytes, request: Request) -> FileRead:
    """Curves (`amplification`) and vendor Cq (`cq`) of every reaction and target of an RDML file.

    A Cq of -1, 0, NaN, or from the last cycle on is no Cq: the result is right-censored at the last
    cycle. Raises `ReadError` for a file without RDML inside, XML that is damaged or unsafe, numbers
    that are none, wells outside the plate, and a well and target that occur twice.
    """
    root, others = _root(raw, request.source)
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    gathered = _Gathered(Reactions(request))
    _count(gathered, root)
    roles = _roles(root)
    for experiment in root.findall("experiment"):
        _count(gathered, experiment)
    others += _other_runs(root, gathered, request)
    for run, block in _runs(root):
        if request.run not in ("", block):
            continue
        _count(gathered, run)
        shape = _shape(run, block)
        for react in run.findall("react"):
            _react(react, shape, roles, request.source, gathered)
    return gathered.reactions.read(ignored=(*others, *_ignored(gathered)), header=_header(root))


def _root(raw: bytes, source: str) -> tuple[Element, tuple[Ignored, ...]]:
    """The rdml element, whatever its member is called, and the members beside it."""
    if not raw.startswith(b"PK"):
        root = parse_xml(raw, source)
        if root.tag.rpartition("}")[2] != "rdml":
            raise _no_rdml(source, f"XML whose root is `{root.tag.rpartition('}')[2]}`")
        return root, ()
    found: Element | None = None
    others: list[Ignored] = []
    names: list[str] = []
    for name, content in unzip(raw, source):
        names.append(name)
        if found is None and name.lower().endswith(".xml"):
            root = parse_xml(content, f"{source} ({name})")
            if root.tag.rpartition("}")[2] == "rdml":
                found = root
                continue
        others.append(
            Ignored(
                f"archive member {name}",
                "not the RDML document: private data of the vendor's software",
            )
        )
    if found is None:
        listed = ", ".join(names[:5]) + (", ..." if len(names) > 5 else "") or "nothing"
        raise _no_rdml(source, f"a zip archive holding {listed}")
    return found, tuple(others)


def _no_rdml(source: str, found: str) -> ReadError:
    return ReadError(
        Mistake(
            source,
            found,
            "RDML: an archive with an XML document whose root is `rdml`",
            "export the run as RDML from the instrument's software",
        )
    )


def _other_runs(root: Element, gathered: _Gathered, request: Request) -> tuple[Ignored, ...]:
    """The runs that the study does not ask for; a run that is asked for and not there is a
    mistake.
    """
    blocks = [block for _, block in _runs(root)]
    if request.run and request.run not in blocks:
        gathered.reactions.mistakes.append(
            Mistake(
                f"{request.source}, `run` of plate {request.plate}",
                f"no run {request.run!r}",
                "one of its runs: " + some(blocks),
                "correct `run` in study.yaml",
            )
        )
    why = f"plate {request.plate} is run {request.run}"
    return tuple(
        Ignored(f"run {block}", why) for block in blocks if request.run and block != request.run
    )


def _count(gathered: _Gathered, element: Element) -> None:
    level = element.tag
    gathered.unread[level].update(child.tag for child in element if child.tag not in _READ[level])


def _roles(root: Element) -> dict[str, list[tuple[str | None, str]]]:
    """Sample id: its types, each with the target it holds for (None: every target)."""
    return {
        sample.get("id", ""): [
            (t.get("targetId"), (t.text or "").strip().lower()) for t in sample.findall("type")
        ]
        for sample in root.findall("sample")
    }


def _role(types: list[tuple[str | None, str]], target: str) -> str | None:
    said = {kind for of, kind in types if of == target} or {
        kind for of, kind in types if of is None
    }
    return ROLES.get(next(iter(said))) if len(said) == 1 else None


def _runs(root: Element) -> Iterator[tuple[Element, str]]:
    runs = [
        (experiment, run)
        for experiment in root.findall("experiment")
        for run in experiment.findall("run")
    ]
    names = Counter(run.get("id", "") for _, run in runs)
    for number, (experiment, run) in enumerate(runs, start=1):
        name = run.get("id", "")
        if names[name] > 1 or not name:
            name = f"{experiment.get('id', '')} / {name}".strip(" /") or f"run {number}"
        yield run, name


def _shape(run: Element, block: str) -> _Run:
    plate = run.find("pcrFormat")

    def count(name: str, usual: int) -> int:
        text = (plate.findtext(name) or "").strip() if plate is not None else ""
        return (
            int(text)
            if text.isascii() and text.isdigit() and 0 < len(text) < 5 and int(text)
            else usual
        )

    def label(name: str, usual: str) -> str:
        return ((plate.findtext(name) if plate is not None else None) or usual).strip()

    return _Run(
        block,
        count("rows", 8),
        count("columns", 12),
        (label("rowLabel", "ABC"), label("columnLabel", "123")),
        _last_cycle(run),
    )


def _last_cycle(run: Element) -> float | None:
    """The last cycle of the run, where a reaction without a curve needs it."""
    bare = any(
        data.find("cq") is not None and data.find("adp") is None
        for data in run.iterfind("react/data")
    )
    cycles = (_finite(cycle.text) for cycle in run.iter("cyc")) if bare else iter(())
    return max((cycle for cycle in cycles if cycle is not None), default=None)


def _finite(text: str | None) -> float | None:
    """A number that is one; None for anything else."""
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if abs(value) < float("inf") else None


def _well(text: str, run: _Run) -> str | None:
    """The well of a reaction id: a number counts along the rows; a name is kept. None if it is
    outside the plate.
    """
    if not (text.isascii() and text.isdigit()):
        return plain_well(text) or None
    if len(text) > 7 or not 0 < int(text) <= run.rows * run.columns:
        return None
    row, column = divmod(int(text) - 1, run.columns)
    if run.labels == ("ABC", "123"):
        return f"{_letters(row)}{column + 1}"
    if run.labels == ("123", "ABC"):
        return f"{_letters(column)}{row + 1}"
    return str(int(text))


def _letters(index: int) -> str:
    return chr(65 + index) if index < 26 else _letters(index // 26 - 1) + chr(65 + index % 26)


def _react(
    react: Element,
    run: _Run,
    roles: dict[str, list[tuple[str | None, str]]],
    source: str,
    gathered: _Gathered,
) -> None:
    name = (react.get("id") or "").strip()
    where = f"{source} run {run.block}, reaction {name or '(without id)'}"
    well = _well(name, run)
    if well is None:
        gathered.reactions.mistakes.append(
            Mistake(
                where,
                f"id {name!r}",
                f"a well of a plate of {run.rows} x {run.columns}",
                "correct `pcrFormat` or the id, or export the run again",
            )
        )
        return
    _count(gathered, react)
    held = react.find("sample")
    sample = (held.get("id") or (held.text or "").strip() or None) if held is not None else None
    for data in react.findall("data"):
        tar = data.find("tar")
        target = (tar.get("id") or (tar.text or "")).strip() if tar is not None else ""
        if not target:
            gathered.reactions.mistakes.append(
                Mistake(where, "data without a target", "a `tar`", "name the target in the run")
            )
            continue
        reaction = Reaction(
            where=f"{where}, target {target}",
            block=run.block,
            well=well,
            channel=target,
            sample=sample,
            role=_role(roles.get(sample or "", []), target),
        )
        _data(data, reaction, run.last_cycle, gathered)


def _data(data: Element, reaction: Reaction, last: float | None, gathered: _Gathered) -> None:
    """One reaction and target: its curve, and its Cq."""
    gathered.unread["data"].update(child.tag for child in data if child.tag not in _READ["data"])
    points, melting = data.findall("adp"), data.findall("mdp")
    cq = data.findtext("cq")
    cq = cq.strip() if cq else ""
    if melting:
        temperature, left = _curve(melting, reaction.where, gathered, along="tmp")
        if temperature:
            gathered.reactions.melt(reaction, temperature, left)
    if not points and not cq and not melting:
        gathered.empty.append(reaction.name)
        return
    x: list[float] = []
    if points:
        x, y = _curve(points, reaction.where, gathered)
        if x:
            gathered.reactions.curve(reaction, x, y)
    if not points and not cq:
        return
    if not cq:
        gathered.uncalled.append(reaction.name)
        return
    last = x[-1] if x else last
    try:
        gathered.reactions.cq(reaction, _cq(float(cq), last), last=last)
    except ValueError:
        gathered.reactions.mistakes.append(
            Mistake(
                reaction.where,
                f"Cq {cq!r}",
                "a number of cycles, -1 for none",
                "export the run again",
            )
        )


def _curve(
    points: list[Element], where: str, gathered: _Gathered, *, along: str = "cyc"
) -> tuple[list[float], list[float]]:
    """Cycles (or temperatures) in rising order and their fluorescence; a point without fluorescence
    is a gap.
    """
    try:
        pairs = [
            (float(p.findtext(along) or ""), float(p.findtext("fluor") or "nan")) for p in points
        ]
    except ValueError as error:
        gathered.reactions.mistakes.append(
            Mistake(
                where,
                f"a point of a curve that is no number ({error})",
                "cycle or temperature, and fluorescence",
                "export the run again",
            )
        )
        return [], []
    kept = sorted(pair for pair in pairs if pair[1] == pair[1])
    if len(kept) < len(pairs):
        gathered.holes.append(where)
    return [cycle for cycle, _ in kept], [fluorescence for _, fluorescence in kept]


def _cq(value: float, last: float | None) -> float | None:
    """The Cq a number stands for; None for -1, 0, NaN, and anything from the last cycle on."""
    return value if value > 0 and (last is None or value < last) and value < float("inf") else None


def _ignored(gathered: _Gathered) -> Iterator[Ignored]:
    for level, counts in gathered.unread.items():
        for name, count in sorted(counts.items()):
            yield Ignored(f"{level}/{name} ({count})", _WHY.get(name, "not known to this reader"))
    if gathered.holes:
        yield Ignored(
            f"points without fluorescence in {len(gathered.holes)} curves",
            "kept as gaps: " + some(gathered.holes),
        )
    if gathered.uncalled and gathered.reactions.holds("cq"):
        yield Ignored(
            f"the Cq of {len(gathered.uncalled)} curves",
            "not in the file, and not said whether undetected or not analysed: "
            + some(gathered.uncalled),
        )
    if gathered.empty:
        yield Ignored(
            f"{len(gathered.empty)} reactions",
            "neither amplification nor Cq in the file: " + some(gathered.empty),
        )


def _header(root: Element) -> dict[str, str]:
    """What the file says of itself; of several runs, every different answer."""
    runs = [run for run, _ in _runs(root)]

    def said(*path: str) -> str:
        answers = {
            " ".join((run.findtext(p) or "").strip() for p in path).strip(): None for run in runs
        }
        return "; ".join(answer for answer in answers if answer)

    facts = {
        "format": f"RDML {root.get('version', '').strip()}".strip(),
        "publisher": (root.findtext("id/publisher") or "").strip(),
        "made": (root.findtext("dateMade") or "").strip(),
        "updated": (root.findtext("dateUpdated") or "").strip(),
        "run date": said("runDate"),
        "instrument": said("instrument"),
        "software": said("dataCollectionSoftware/name", "dataCollectionSoftware/version"),
        "background": said("backgroundDeterminationMethod"),
        "Cq method": said("cqDetectionMethod"),
        "runs": str(len(runs)),
    }
    return {name: fact for name, fact in facts.items() if fact}
