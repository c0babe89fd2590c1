"""A study whose every name tells its groups, and what meets such a name in any text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import unquote

import polars as pl
from small_study import write_small_study

TELLING = frozenset({"fm", "hc", "fibromyalgia", "healthy"})
_WORD = re.compile(r"[^\W_]+")
_DONOR = re.compile(r"(fm|hc)\d+")
_ASSOCIATION = """\
  - {id: pain_in_FM, ask: association, within: FM, assays: [protein], analytes: [TNF],
     stimulus: LPS, scales: [VAS]}
scales: [{id: VAS, name: pain of people with fibromyalgia, lowest: 0, highest: 20, higher_is: worse}]
"""


_SUMMARY = """\
summary:
  why: {en: Do cells of people with fibromyalgia differ from those of healthy people?}
  ethics: {en: "the committee of Fibromyalgia Town, FM 12"}
  words:
    - {id: FM, name: {en: people with fibromyalgia}, meaning: {en: Fibromyalgia is an illness.}}
    - {id: VAS, name: {en: pain in fibromyalgia}}
"""


def write_telling_study(folder: Path) -> Path:
    """The small study with groups in the names of its title, question, plate, files and scale, in
    the reason of an exclusion, and in its plain words.
    """
    write_small_study(folder)
    (folder / "plates" / "P1.csv").rename(folder / "plates" / "FM_HC.csv")
    (folder / "raw" / "P1.csv").rename(folder / "raw" / "FM1_to_HC6.csv")
    text = (folder / "study.yaml").read_text("utf-8")
    for was, now in (
        ("INVENTED, a small study", "INVENTED, healthy people and people with fibromyalgia"),
        ("more_tnf", "fm_more_than_hc"),
        ("{id: P1,", "{id: plate FM,"),
        ("plates/P1.csv", "plates/FM_HC.csv"),
        ("raw/P1.csv", "raw/FM1_to_HC6.csv"),
    ):
        text = text.replace(was, now)
    (folder / "study.yaml").write_text(text + _ASSOCIATION + _SUMMARY, encoding="utf-8")
    donors = [f"{group}{n}" for group in ("FM", "HC") for n in range(1, 7)]
    scores = [f"{donor},{n * 7 % 11 + 1}" for n, donor in enumerate(donors)]
    clinic = "\n".join(["donor,VAS", *scores, ""])
    (folder / "clinic.csv").write_text(clinic, encoding="utf-8")
    line = "plate FM,A1,,A. Berg,the tube of FM1 (fibromyalgia) was open"
    line = f"plate,wells,donor,who,reason\n{line}\n"
    (folder / "exclusions.csv").write_text(line, encoding="utf-8")
    return folder


def telling_words(text: str) -> set[str]:
    """The words of a text that tell a group, as a browser and a link read it too."""
    words = {word for way in (text, unescape(text), unquote(text)) for word in _WORD.findall(way)}
    plain = {word.casefold() for word in words}
    return {word for word in plain if word in TELLING or _DONOR.fullmatch(word)}


def telling_files(folder: Path) -> dict[str, set[str]]:
    """The files below a folder with a word that tells a group, in their names or unpacked texts."""
    files = {path.relative_to(folder).as_posix(): path for path in _files(folder)}
    met = {name: telling_words(name) | telling_words(_text(path)) for name, path in files.items()}
    return {name: words for name, words in met.items() if words}


def _files(folder: Path) -> Iterator[Path]:
    yield from (path for path in sorted(folder.rglob("*")) if path.is_file())


def _text(path: Path) -> str:
    if path.suffix != ".parquet":
        return path.read_text("utf-8")
    table = pl.read_parquet(path)
    return "\n".join([*table.columns, table.write_ndjson()])
