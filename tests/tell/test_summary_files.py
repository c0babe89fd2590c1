"""The files of the plain-language summary: what a run and a share write, and what stands in them."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from every_question import every_question

import exvivo
from exvivo import store
from exvivo.share import last_run, share
from exvivo.study.summary_records import LANGUAGES, LanguageCode, Summary
from exvivo.tell import Tables
from exvivo.tell.article.files import file_of, write_summaries
from exvivo.tell.share.public import Public
from exvivo.tell.written import Written

FILES = {file_of(code, kind) for code in LANGUAGES for kind in ("html", "md")}


class _Seen(HTMLParser):
    """Tags of a page with their attributes, in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def of(self, tag: str, name: str) -> list[str]:
        """An attribute of all tags of a kind."""
        return [given[name] or "" for each, given in self.tags if each == tag and name in given]


@pytest.fixture(scope="module")
def every(tmp_path_factory: pytest.TempPathFactory) -> Public:
    folder = every_question().write(tmp_path_factory.mktemp("every") / "study")
    exvivo.run(folder)
    return public_of(folder)


def public_of(folder: Path) -> Public:
    """What may be handed to anybody of the last run of a folder."""
    last = last_run(folder)
    tables = Tables.of(last.tables)
    return Public(last.study, tables, last.run.version, last.run.study_hash, 5)


def test_a_run_writes_every_language_and_keeps_it_on_record(demo: exvivo.Result) -> None:
    results = demo.report.parent
    assert {path.name for path in results.glob("summary*")} == FILES
    run = store.last_run(results.parent)
    assert run is not None
    assert {file.path for file in run.outputs} >= {f"results/{name}" for name in FILES}


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_page_says_its_language_and_the_ways_to_the_others(
    demo: exvivo.Result, code: LanguageCode
) -> None:
    results = demo.report.parent
    seen = _Seen((results / file_of(code)).read_text("utf-8"))
    assert seen.of("html", "lang") == [code]
    assert set(seen.of("a", "href")) == {file_of(other) for other in LANGUAGES if other != code}
    assert all((results / name).is_file() for name in seen.of("a", "href"))


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_page_stands_by_itself(demo: exvivo.Result, code: LanguageCode) -> None:
    text = (demo.report.parent / file_of(code)).read_text("utf-8")
    assert not {tag for tag, _ in _Seen(text).tags} & {"script", "link", "img", "iframe", "object"}
    assert "http" not in text and "url(" not in text and "@import" not in text


def test_headings_are_in_order_and_the_key_messages_come_first(demo: exvivo.Result) -> None:
    text = (demo.report.parent / "summary.html").read_text("utf-8")
    levels = [int(tag[1]) for tag, _ in _Seen(text).tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert _Seen(text).of("h2", "id")[0] == "key"


def test_every_picture_has_its_sentence(demo: exvivo.Result) -> None:
    text = (demo.report.parent / "summary.html").read_text("utf-8")
    pictures = [given for tag, given in _Seen(text).tags if given.get("role") == "img"]
    assert len(pictures) >= 3
    assert all((given.get("aria-label") or "").startswith("Picture") for given in pictures)
    hidden = [given for tag, given in _Seen(text).tags if tag == "svg"]
    assert len(hidden) == len(pictures) + 1  # the steps are drawn twice, for a page and a phone
    assert all(given.get("aria-hidden") == "true" for given in hidden)


def test_the_report_begins_with_the_key_messages(demo: exvivo.Result) -> None:
    text = demo.report.read_text("utf-8")
    assert text.index('id="plain"') < text.index('id="overview"')
    assert set(FILES) >= {name for name in _Seen(text).of("a", "href") if "summary" in name}
    message = re.search(r"<li>(.*?)</li>", text[text.index('id="plain"') :])
    assert message is not None
    page = (demo.report.parent / "summary.html").read_text("utf-8")
    assert message.group(1) in page


def test_the_same_results_give_the_same_bytes(every: Public, tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        fresh = replace(every, smallest=every.smallest)
        write_summaries(fresh, Written(tmp_path / name))
    for name in FILES:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_nobody_is_named(every: Public, tmp_path: Path) -> None:
    write_summaries(every, Written(tmp_path))
    donors = every.study.donors["donor"].to_list()
    for name in FILES:
        text = (tmp_path / name).read_text("utf-8")
        assert not [donor for donor in donors if donor in text]


def test_a_blinded_run_writes_none(tmp_path: Path) -> None:
    folder = every_question().write(tmp_path / "study")
    result = exvivo.run(folder, blinded=True)
    assert not list(result.report.parent.glob("summary*"))
    text = result.report.read_text("utf-8")
    assert "#plain" not in text and "summary." not in text


def test_what_is_handed_to_the_public_has_them_too(demo: exvivo.Result, tmp_path: Path) -> None:
    made = share(demo.report.parents[1], "public", out=tmp_path / "out")
    assert {path.name for path in made.folder.glob("summary*")} == FILES
    assert 'href="summary.ja.html"' in (made.folder / "report.html").read_text("utf-8")


def test_a_study_cannot_add_markup(every: Public, tmp_path: Path) -> None:
    groups = tuple(replace(each, name=f"<b>&{each.id}") for each in every.study.groups)
    study = replace(every.study, groups=groups, summary=Summary(), title='"><script>x</script>')
    write_summaries(replace(every, study=study), Written(tmp_path))
    text = (tmp_path / "summary.html").read_text("utf-8")
    assert "<b>" not in text and "<script" not in text and "&lt;b&gt;&amp;FM" in text
