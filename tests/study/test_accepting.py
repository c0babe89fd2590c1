"""A flag accepted in the text of study.yaml: every way people write `accept`, and nothing else of
the text changed.
"""

from __future__ import annotations

import pytest
from ruamel.yaml import YAML

from exvivo.errors import StudyError
from exvivo.study.accepting import with_accepted

TOP = "# ours: keep\nexvivo: 1   # the grammar\ntitle: 'A: study'\n"
WRITTEN = {
    "none": TOP,
    "without a last line end": TOP.rstrip("\n"),
    "empty": TOP + "accept:\nplan: {seed: 2}\n",
    "empty list": TOP + "accept: []\nplan: {seed: 2}\n",
    "in one line": TOP + "accept: [{flag: a/b, reason: it is so}]  # seen\nplan: {seed: 2}\n",
    "with a last comma": TOP + "accept: [{flag: a/b, reason: it is so},]\n",
    "a line each": TOP + "accept:\n  - {flag: a/b, reason: it is so}   # P3 called\nplan: {}\n",
    "not indented": TOP + "accept:\n- flag: a/b\n  reason: it is so\n# plan\nplan: {seed: 2}\n",
    "over lines": TOP
    + 'accept:\n    -   flag: a/b\n        reason: "it\n          is so"\nplan: {}\n',
    "folded": TOP
    + "accept:\n  - flag: a/b\n    reason: >-\n      it is\n      so\nplan: {seed: 2}\n",
    "last of all": TOP + "plan: {seed: 2}\naccept:\n  - {flag: a/b, reason: it is so}",
}


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("way", WRITTEN)
def test_one_flag_is_accepted_and_every_other_byte_stays(way: str, end: str, mark: bytes) -> None:
    text = WRITTEN[way].replace("\n", end)
    name, reason = "names: odd/Q1/1e5", 'seen: "both" are #1, {so}'
    after = with_accepted(mark + text.encode(), name, reason)
    now = after.removeprefix(mark).decode()
    loader = YAML(typ="safe")
    before = loader.load(text)
    accepted = before.pop("accept", None) or []
    parsed = loader.load(now)
    assert parsed.pop("accept") == [*accepted, {"flag": name, "reason": reason}]
    assert parsed == before
    assert after.startswith(mark)
    at = next(i for i in range(len(text) + 1) if text[: i + 1] != now[: i + 1])
    assert now.endswith(text[at:])  # what was there stands before and behind
    assert ("\r\n" in now) == (end == "\r\n")
    assert now.count("\n") == now.count(end)


@pytest.mark.parametrize(
    "text", [TOP + "accept: &a []\nplan: *a\n", TOP + "accept: {a: 1}\naccept: []\n"]
)
def test_a_text_that_cannot_be_told_is_left_with_the_line_to_write(text: str) -> None:
    with pytest.raises(StudyError, match=r"\{flag: a/b, reason: \"it is so\"\}"):
        with_accepted(text.encode(), "a/b", "it is so")


@pytest.mark.parametrize("text", ["{exvivo: 1, title: t}\n", TOP + "...\n"])
def test_a_text_that_ends_otherwise_is_accepted_in(text: str) -> None:
    after = with_accepted(text.encode(), "a/b", "it is so")
    assert YAML(typ="safe").load(after)["accept"] == [{"flag": "a/b", "reason": "it is so"}]
