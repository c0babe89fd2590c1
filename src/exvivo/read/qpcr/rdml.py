"""RDML 1.0 to 1.4: amplification curves and Cq of qPCR instruments, as an .rdml archive or its bare
XML.

Format: Lefever et al. 2009, doi:10.1093/nar/gkp056; schema at rdml.org.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from exvivo.cells.guards import describe, parse_xml, unzip
from exvivo.errors import Mistake, ReadError
from exvivo.read.qpcr.shared import Reaction, Reactions
from exvivo.read.result import FileRead, Ignored, Request
from exvivo.study.layout import plain_well
from exvivo.words import shortened

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
    "excl": (
        "exclusion marks: reactions with a Cq, or said not to amplify, stay; `exvivo exclude` "
        "leaves one out, with a reason and on record"
    ),
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
_RUN_FACTS = {
    "run date": ("runDate",),
    "instrument": ("instrument",),
    "software": ("dataCollectionSoftware/name", "dataCollectionSoftware/version"),
    "background": ("backgroundDeterminationMethod",),
    "Cq method": ("cqDetectionMethod",),
}
_ALONG = {"adp": "cyc", "mdp": "tmp"}
"""Points of amplification and of melting: what their fluorescence is measured along."""
_UNCALLED = "not in the file, and not said whether undetected or not analysed"
_NOT_AMPLIFIED = "no amplification"
"""What LinRegPCR and RDML-Tools write as the reason of an exclusion that is a call of their own."""
_Types = dict[str | None, set[str]]
"""The types of a sample, by the target they hold for; None is every target."""


@dataclass
class _RdmlFile:
    """The reactions of a file, the roles of its samples, and what of it was not read."""

    reactions: Reactions
    roles: Mapping[str, _Types]
    unread: dict[str, Counter[str]] = field(
        default_factory=lambda: {level: Counter() for level in _READ}
    )
    gaps: list[str] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)
    uncalled: list[str] = field(default_factory=list)
    not_computed: list[str] = field(default_factory=list)

    def count(self, element: Element) -> None:
        """Count the children of an element that are not read."""
        level = element.tag
        names = (child.tag for child in element if child.tag not in _READ[level])
        self.unread[level].update(names)

    def role(self, sample: str | None, target: str) -> str | None:
        """The role of a sample for a target, where it is beyond doubt."""
        types = self.roles.get(sample or "", {})
        kinds = types.get(target) or types.get(None, set())
        return ROLES.get(next(iter(kinds))) if len(kinds) == 1 else None


@dataclass(frozen=True)
class _Run:
    """What a reaction needs to know of its run."""

    block: str
    rows: int
    columns: int
    labels: tuple[str, str]
    last_cycle: float | None

    def well(self, text: str) -> str | None:
        """The well of a reaction id: a number counts along the rows; a name is kept. None if it is
        outside the plate.
        """
        if not (text.isascii() and text.isdigit()):
            return plain_well(text) or None
        if len(text) > 7 or not 0 < int(text) <= self.rows * self.columns:
            return None
        row, column = divmod(int(text) - 1, self.columns)
        if self.labels == ("ABC", "123"):
            return f"{_letters(row)}{column + 1}"
        if self.labels == ("123", "ABC"):
            return f"{_letters(column)}{row + 1}"
        return str(int(text))


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
    root, members = _root(raw, request.source)
    for element in root.iter():
        element.tag = _plain_tag(element)
    file = _RdmlFile(Reactions(request), _roles(root))
    for element in (root, *root.findall("experiment")):
        file.count(element)
    other_runs = _other_runs(root, file.reactions)
    for element, block in _runs(root):
        if request.run in ("", block):
            _read_run(element, block, file)
    _refuse_nothing_measured(file)
    ignored = (*members, *other_runs, *_ignored(file))
    return file.reactions.read(ignored=ignored, header=_header(root))


def run_names(raw: bytes, source: str) -> list[str]:
    """The runs of an RDML file, as `run` of a plate names them. Raises `ReadError` as `read`."""
    root, _ = _root(raw, source)
    for element in root.iter():
        element.tag = _plain_tag(element)
    return [name for _, name in _runs(root)]


def _refuse_nothing_measured(file: _RdmlFile) -> None:
    """Raises `ReadError` for a file without curves whose Cq the program never computed."""
    if file.not_computed and not file.reactions.holds_results():
        file.reactions.complain(
            file.reactions.request.source,
            f"no amplification curve, and Cq that were not computed (NaN: "
            f"{shortened(file.not_computed)}): nothing measured is in the file",
            "amplification curves, or the Cq of the program",
            "export RDML again with its amplification data, or export the table of Cq (of CFX "
            "Maestro, Quantification Cq Results and Quantification Amplification Results)",
        )
        file.reactions.refuse_mistakes()


def _read_run(element: Element, block: str, file: _RdmlFile) -> None:
    file.count(element)
    run = _run(element, block)
    for react in element.findall("react"):
        _react(react, run, file)


def _plain_tag(element: Element) -> str:
    """The name of an element without its namespace."""
    return element.tag.rpartition("}")[2]


def _root(raw: bytes, source: str) -> tuple[Element, list[Ignored]]:
    """The rdml element, whatever its member is called, and the members beside it."""
    if raw.startswith(b"PK"):
        return _root_of_archive(raw, source)
    root = parse_xml(raw, source)
    if _plain_tag(root) != "rdml":
        raise _no_rdml(source, f"XML whose root is `{_plain_tag(root)}`")
    return root, []


def _root_of_archive(raw: bytes, source: str) -> tuple[Element, list[Ignored]]:
    root: Element | None = None
    names: list[str] = []
    others: list[Ignored] = []
    for name, content in unzip(raw, source):
        names.append(name)
        if root is None and name.lower().endswith(".xml"):
            parsed = parse_xml(content, f"{source} ({name})")
            if _plain_tag(parsed) == "rdml":
                root = parsed
                continue
        why = "not the RDML document: private data of the vendor's software"
        others.append(Ignored(f"archive member {name}", why))
    if root is None:
        listed = ", ".join(names[:5]) + (", ..." if len(names) > 5 else "") or "nothing"
        raise _no_rdml(source, f"a zip archive holding {listed}")
    return root, others


def _no_rdml(source: str, finding: str) -> ReadError:
    return ReadError(
        Mistake(
            source,
            finding,
            "RDML: an archive with an XML document whose root is `rdml`",
            "export the run as RDML from the instrument's software",
        )
    )


def _other_runs(root: Element, reactions: Reactions) -> list[Ignored]:
    """The runs that the study does not ask for; a run that is asked for and not there is a
    mistake.
    """
    request = reactions.request
    if not request.run:
        return []
    blocks = [block for _, block in _runs(root)]
    if request.run not in blocks:
        reactions.complain(
            f"{request.source}, `run` of plate {request.plate}",
            f"no run {request.run!r}",
            "one of its runs: " + shortened(blocks),
            "correct `run` in study.yaml",
        )
    why = f"plate {request.plate} is run {request.run}"
    return [Ignored(f"run {block}", why) for block in blocks if block != request.run]


def _roles(root: Element) -> dict[str, _Types]:
    """Sample id: its types by the target they hold for (None: every target)."""
    roles: dict[str, _Types] = {}
    for sample in root.findall("sample"):
        types: _Types = {}
        for kind in sample.findall("type"):
            types.setdefault(kind.get("targetId"), set()).add((kind.text or "").strip().lower())
        roles[sample.get("id", "")] = types
    return roles


def _runs(root: Element) -> Iterator[tuple[Element, str]]:
    """Every run with its name: its id, with that of the experiment where it is not the only one."""
    runs: list[tuple[str, Element]] = []
    for experiment in root.findall("experiment"):
        runs += ((experiment.get("id", ""), run) for run in experiment.findall("run"))
    times = Counter(run.get("id", "") for _, run in runs)
    for number, (experiment_id, run) in enumerate(runs, start=1):
        name = run.get("id", "")
        is_own = name and times[name] == 1
        full = f"{experiment_id} / {name}".strip(" /") or f"run {number}"
        yield run, name if is_own else full


def _run(element: Element, block: str) -> _Run:
    """The plate of a run: 8 x 12 and labelled A1 where the file does not say."""

    def text(name: str, usual: str) -> str:
        return (element.findtext(f"pcrFormat/{name}") or usual).strip()

    def count(name: str, usual: int) -> int:
        digits = text(name, "")
        sound = digits.isascii() and digits.isdigit() and len(digits) < 5
        return (int(digits) if sound else 0) or usual

    labels = text("rowLabel", "ABC"), text("columnLabel", "123")
    return _Run(block, count("rows", 8), count("columns", 12), labels, _last_cycle(element))


def _last_cycle(run: Element) -> float | None:
    """The last cycle of the run, where a reaction without a curve needs it."""
    cycles: list[float] = []
    if any(_is_without_curve(data) for data in run.iterfind("react/data")):
        cycles += (float(cycle.text or "") for cycle in run.iter("cyc") if _is_finite(cycle.text))
    return max(cycles, default=None)


def _is_without_curve(data: Element) -> bool:
    return data.find("cq") is not None and data.find("adp") is None


def _is_finite(text: str | None) -> bool:
    try:
        return abs(float(text or "")) < float("inf")
    except ValueError:
        return False


def _letters(index: int) -> str:
    return chr(65 + index) if index < 26 else _letters(index // 26 - 1) + chr(65 + index % 26)


def _react(react: Element, run: _Run, file: _RdmlFile) -> None:
    """All targets of one well."""
    name = (react.get("id") or "").strip()
    where = f"{file.reactions.request.source} run {run.block}, reaction {name or '(without id)'}"
    well = run.well(name)
    if well is None:
        file.reactions.complain(
            where,
            f"id {name!r}",
            f"a well of a plate of {run.rows} x {run.columns}",
            "correct `pcrFormat` or the id, or export the run again",
        )
        return
    file.count(react)
    in_well = Reaction(where=where, block=run.block, well=well, sample=_id(react.find("sample")))
    for data in react.findall("data"):
        _target(data, in_well, run.last_cycle, file)


def _id(element: Element | None) -> str | None:
    """What an element refers to: its `id`, in old files its text."""
    if element is None:
        return None
    return element.get("id") or (element.text or "").strip() or None


def _target(data: Element, in_well: Reaction, last: float | None, file: _RdmlFile) -> None:
    """One target of a well: its melting curve, its amplification curve, its Cq."""
    target = (_id(data.find("tar")) or "").strip()
    if not target:
        cure = "name the target in the run"
        file.reactions.complain(in_well.where, "data without a target", "a `tar`", cure)
        return
    reaction = replace(
        in_well,
        where=f"{in_well.where}, target {target}",
        channel=target,
        role=file.role(in_well.sample, target),
    )
    file.count(data)
    melting = _points(data, "mdp", reaction, file)
    if melting:
        file.reactions.melt(reaction, melting)
    points = _points(data, "adp", reaction, file)
    if points:
        file.reactions.curve(reaction, *zip(*points, strict=True))
        last = points[-1][0]
    _cq(data, reaction, last, file)


def _points(
    data: Element, kind: str, reaction: Reaction, file: _RdmlFile
) -> list[tuple[float, float]]:
    """Cycles (`adp`) or temperatures (`mdp`) in rising order, each with its fluorescence; a point
    without fluorescence is a gap.
    """
    along = _ALONG[kind]
    points: list[tuple[float, float]] = []
    try:
        for point in data.findall(kind):
            fluorescence = float(point.findtext("fluor") or "nan")
            points.append((float(point.findtext(along) or ""), fluorescence))
    except ValueError as error:
        finding = f"a point of a curve that is no number ({error})"
        expected = "cycle or temperature, and fluorescence"
        file.reactions.complain(reaction.where, finding, expected, "export the run again")
        return []
    measured = sorted(point for point in points if point[1] == point[1])
    if len(measured) < len(points):
        file.gaps.append(reaction.where)
    return measured


def _cq(data: Element, reaction: Reaction, last: float | None, file: _RdmlFile) -> None:
    """The Cq of a reaction. -1, 0, NaN, and anything from the last cycle on is none."""
    text = (data.findtext("cq") or "").strip()
    has_curve = data.find("adp") is not None
    if not text and _is_excluded(data):
        file.reactions.leave_out(reaction)
        return
    if not text:
        if has_curve:
            file.uncalled.append(reaction.name)
        elif data.find("mdp") is None:
            file.empty.append(reaction.name)
        return
    try:
        value = float(text)
    except ValueError:
        expected, cure = "a number of cycles, -1 for none", "export the run again"
        file.reactions.complain(reaction.where, f"Cq {text!r}", expected, cure)
        return
    if value != value and not has_curve:
        file.not_computed.append(reaction.name)
    highest = float("inf") if last is None else last
    if 0 < value < highest:
        file.reactions.cq(reaction, value, last=last)
    elif _is_excluded(data):
        file.reactions.leave_out(reaction)
    else:
        file.reactions.cq(reaction, None, last=last)


def _is_excluded(data: Element) -> bool:
    """Whether a person excluded a reaction; a program's own call that nothing amplified is none."""
    excluded = data.find("excl")
    return excluded is not None and _NOT_AMPLIFIED not in (excluded.text or "").lower()


def _ignored(file: _RdmlFile) -> Iterator[Ignored]:
    for level, counts in file.unread.items():
        for name, count in sorted(counts.items()):
            yield Ignored(f"{level}/{name} ({count})", _WHY.get(name, "not known to this reader"))
    gaps, empty = file.gaps, file.empty
    uncalled = file.uncalled if file.reactions.holds("cq") else []
    for wells, what, why in (
        (gaps, f"points without fluorescence in {len(gaps)} curves", "kept as gaps"),
        (uncalled, f"the Cq of {len(uncalled)} curves", _UNCALLED),
        (empty, f"{len(empty)} reactions", "neither amplification nor Cq in the file"),
    ):
        if wells:
            yield Ignored(what, f"{why}: {shortened(wells)}")


def _header(root: Element) -> dict[str, str]:
    """What the file says of itself; of several runs, every different answer."""
    runs = [run for run, _ in _runs(root)]
    version = root.get("version", "").strip()
    facts = {
        "format": f"RDML {version}".strip(),
        "publisher": _text(root, "id/publisher"),
        "made": _text(root, "dateMade"),
        "updated": _text(root, "dateUpdated"),
    }
    facts |= _run_facts(runs)
    facts["runs"] = str(len(runs))
    return {name: fact for name, fact in facts.items() if fact}


def _run_facts(runs: Sequence[Element]) -> dict[str, str]:
    facts: dict[str, str] = {}
    for fact, paths in _RUN_FACTS.items():
        answers = dict.fromkeys(_text(run, *paths) for run in runs)
        facts[fact] = "; ".join(filter(None, answers))
    return facts


def _text(element: Element, *paths: str) -> str:
    return " ".join((element.findtext(path) or "").strip() for path in paths).strip()
