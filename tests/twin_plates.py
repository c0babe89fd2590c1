"""A small qPCR study of two plates, as a folder: what tests of contradicting files start from."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

DONORS = "abcdef"
Cq = dict[str, tuple[str, float]]
"""The target and Cq of each well."""


def cqs(shift: float = 0.0, *, target: str = "TNF", reference: str = "REF") -> Cq:
    """Twelve wells: each donor's TNF (A1, A3, ...) and reference (A2, A4, ...)."""
    wells: Cq = {}
    for i, _ in enumerate(DONORS):
        wells[f"A{2 * i + 1}"] = (target, 26.013 + 0.417 * i + shift)
        wells[f"A{2 * i + 2}"] = (reference, 18.021 + 0.113 * i + shift)
    return wells


def table(wells: Cq, separator: str = ",", *, digits: int = 3) -> str:
    """A plain table of Cq."""
    rows = [["Well", "Target", "Cq"]]
    for well, (target, cq) in wells.items():
        rows.append([well, target, f"{cq:.{digits}f}"])
    return "\n".join(separator.join(row) for row in rows) + "\n"


def layout(donors: Iterable[str], roles: dict[str, str] | None = None) -> str:
    """Two wells a donor."""
    lines = ["well,role,donor"]
    for i, donor in enumerate(donor for donor in donors for _ in range(2)):
        role = (roles or {}).get(f"A{i + 1}", "sample")
        lines.append(f"A{i + 1},{role},{donor if role == 'sample' else ''}")
    return "\n".join(lines) + "\n"


def study(
    folder: Path,
    files: dict[str, str],
    *,
    assay: str = "cycles: 40, cq: vendor",
    analytes: str = "[{id: TNF}]",
    layouts: dict[str, str] | None = None,
    plates: str = "",
) -> Path:
    """A study whose plates Q1, Q2, ... have one of `files` each; donors go on from plate to plate
    unless `layouts` say otherwise. `plates` is added to each plate.
    """
    for name in ("plates", "raw"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    donors = [f"{donor}{n}" for n, _ in enumerate(files) for donor in DONORS]
    people = "".join(f"{d},{'G1' if i % 2 else 'G2'}\n" for i, d in enumerate(donors))
    (folder / "donors.csv").write_text("donor,group\n" + people, encoding="utf-8")
    entries = ""
    for n, (name, text) in enumerate(files.items()):
        (folder / "raw" / name).write_text(text, encoding="utf-8")
        plain = layout(f"{donor}{n}" for donor in DONORS)
        given = (layouts or {}).get(f"Q{n + 1}", plain)
        (folder / "plates" / f"Q{n + 1}.csv").write_text(given, encoding="utf-8")
        entries += (
            f"  - {{id: Q{n + 1}, assay: mrna, layout: plates/Q{n + 1}.csv, "
            f"file: raw/{name}{plates}}}\n"
        )
    (folder / "study.yaml").write_text(
        "exvivo: 1\ntitle: Two plates\n"
        "groups: [{id: G1, name: first}, {id: G2, name: second}]\n"
        f"analytes: {analytes}\n"
        f"assays: [{{id: mrna, kind: qpcr, references: [REF], {assay}}}]\n"
        f"plates:\n{entries}",
        encoding="utf-8",
    )
    return folder
