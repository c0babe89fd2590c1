"""The scoring keys of the catalog, and keys of one's own with everything that may be wrong."""

from __future__ import annotations

import json
import math
import random
import re
import runpy
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner, Result

from exvivo.catalog.scales import file_stem, scale_files, scale_text
from exvivo.cli import main
from exvivo.errors import StudyError
from exvivo.people_files import Answers, read_answers, read_people, scored
from exvivo.quantify.scores import score_forms
from exvivo.quantify.scores.examples import examples_that_differ, scored_example
from exvivo.simulate import model_study, write
from exvivo.study.clinic_records import Questionnaire
from exvivo.study.load import examine
from exvivo.study.nodes import Caster, compose
from exvivo.study.scoring import Example, ScoringKey
from exvivo.study.scoring_examples import answer_words
from exvivo.study.scoring_keys import catalog_key, catalog_keys, column_names, read_key
from exvivo.tell.scales import declaration

STEMS = sorted(scale_files())
DOCS = Path(__file__).parents[1] / "docs"
HOW_TO = (DOCS / "howto" / "add-a-scale.md").read_text(encoding="utf-8")
OWN = re.findall(r"```yaml\n(.*?)```", HOW_TO, re.DOTALL)[0]
"""The scale of one's own that the docs show."""


def key_of(stem: str) -> ScoringKey:
    key = catalog_key(stem)
    assert key is not None
    return key


def scales(*words: object) -> Result:
    return CliRunner().invoke(main, ["scales", *map(str, words)])


@pytest.mark.parametrize("stem", STEMS)
def test_a_key_of_the_catalog_is_sound_and_its_examples_come_out(stem: str) -> None:
    read = read_key(scale_text(stem), file=f"{stem}.yaml")
    assert read.mistakes == [] and read.key is not None
    assert list(examples_that_differ(read.key, read.entry)) == []
    assert file_stem(read.key.id) == stem
    assert read.key.licence and read.key.sources


def test_every_questionnaire_and_every_score_has_an_id_of_its_own() -> None:
    keys = list(catalog_keys())
    assert len(keys) == len(STEMS) >= 37
    assert [name for name, n in Counter(key.id for key in keys).items() if n > 1] == []
    scores = Counter(score.id for key in keys for score in key.scores)
    assert [name for name, n in scores.items() if n > 1] == []
    named = {name for key in keys for name in key.mixed_up_with}
    assert named <= {key.id for key in keys}


def test_no_key_holds_the_wording_of_an_item() -> None:
    """Items are numbers or short words, and no text of a key asks or answers a question."""
    for key in catalog_keys():
        assert all(re.fullmatch(r"[a-z0-9_]{1,16}", item.id) for item in key.every_item), key.id
        assert "?" not in scale_text(key.id)


WORKED = {
    "FIQR": {"function": "FIQR_FUNCTION", "overall": "FIQR_OVERALL", "symptoms": "FIQR_SYMPTOMS"},
    "HADS": {"anxiety": "HADS_A", "depression": "HADS_D"},
    "RAND-36": {each: f"RAND_{each}" for each in ("PF", "RP", "RE", "EF", "EW", "SF", "P", "GH")},
    "PCS": {"rumination": "PCS_RUMINATION", "helplessness": "PCS_HELPLESSNESS"},
    "BPI": {"severity": "BPI_SEVERITY", "interference": "BPI_INTERFERENCE"},
    "EQ-5D-5L": {},
    "PSQI": {},
}
"""What the reference calls the scores of a questionnaire, where it is not `total`."""


def test_the_worked_examples_of_the_reference_come_out(shared_data: Path) -> None:
    """Scored by an implementation written from the publications alone."""
    text = (shared_data / "redcap" / "worked_examples.json").read_text(encoding="utf-8")
    worked = json.loads(text)
    assert len(worked) == 15
    for name, forms in worked.items():
        key = key_of(name)
        for answers, expected in forms:
            made = reference_scores(key, answers, name)
            for part, value in expected.items():
                score = WORKED.get(name, {}).get(part) or key.scores[-1].id
                if part in WORKED.get(name, {}) or part == "total":
                    assert made[score] == pytest.approx(
                        math.nan if value is None else value, nan_ok=True, abs=1e-12
                    ), (name, part)
            if name == "EQ-5D-5L":
                assert made["EQ5D5L_PROFILE"] == expected["profile"]
            if name == "PSQI":
                parts = [made[score.id] for score in key.scores[:7]]
                assert parts == expected["components"]


def reference_scores(key: ScoringKey, answers: list[Any], name: str) -> dict[str, Any]:
    """The scores of a form of the reference, which has no scale of health, and sets of answers for
    the sleep index.
    """
    form = answers[0]
    if name == "PSQI":
        bed, latency, rise, hours, fifth, *others = answers
        form = [bed, latency, rise, hours, *fifth, *others]
    form = [math.nan if answer is None else answer for answer in form]
    form += [math.nan] * (len(key.every_item) - len(form))
    made = score_forms(key, np.array([form], dtype=float))
    scores: dict[str, Any] = dict(zip([s.id for s in key.scores], made.scores[0], strict=True))
    return scores | {name: texts[0] for name, texts in made.profiles.items()}


@pytest.mark.parametrize("year", [2011, 2016])
def test_the_criteria_of_the_reference_come_out(shared_data: Path, year: int) -> None:
    reference = runpy.run_path(str(shared_data / "redcap" / "scales_reference.py"))
    key = key_of(f"ACR {year}")
    areas = [item.id for item in key.every_item[:19]]
    assert areas == reference["T"]
    for form in reference["ACR"]:
        expected = reference["acr"](**form, year=year)
        boxes = [float(area in form["areas"]) for area in areas]
        answers = [*boxes, *form["sss3"], *form["somatic3"], form["months"]]
        made = score_forms(key, np.array([answers], dtype=float)).scores[0]
        names = ("wpi", "sss", "fs", *(("regions",) if year == 2016 else ()), "met")
        assert made.tolist() == [expected[name] for name in names]


def test_jaws_chest_and_abdomen_are_in_no_region() -> None:
    """Of each area alone: the text of the criteria of 2016, table 4."""
    key = key_of("ACR 2016")
    areas = [item.id for item in key.every_item[:19]]
    alone = np.hstack([np.eye(19), np.zeros((19, 7))])
    made = score_forms(key, alone).scores[
        :, [score.id for score in key.scores].index("PAIN_REGIONS")
    ]
    outside = [area for area, regions in zip(areas, made, strict=True) if regions == 0]
    assert outside == ["jaw_l", "jaw_r", "chest", "abdomen"]
    assert made.max() == 1


def extreme_forms(key: ScoringKey, score: int) -> np.ndarray[Any, Any]:
    """Forms that may reach both ends of a score: all lowest, all highest answers, and each item at
    the answer that lowers, or raises, the score most, tried one by one.
    """
    items = key.every_item
    low = np.array([item.lowest for item in items])
    high = np.array([item.highest for item in items])
    least, most = low.copy(), low.copy()
    own = key.scores[score].items
    for column, item in enumerate(items):
        if own and item.id not in own:
            continue
        ends = [item.lowest, item.highest]
        answers = np.arange(ends[0], ends[1] + 1) if ends[1] <= 10 else np.array(ends)
        forms = np.tile(low, (len(answers), 1))
        forms[:, column] = answers
        made = score_forms(key, forms).scores[:, score]
        if not np.isnan(made).any():
            least[column] = answers[made.argmin()]
            most[column] = answers[made.argmax()]
    return np.array([low, high, least, most])


@pytest.mark.parametrize("stem", [stem for stem in STEMS if stem not in ("psqi",)])
def test_stated_ranges_are_those_that_forms_reach(stem: str) -> None:
    """Forms in place of the arithmetic of the check; the sleep index has them in its examples."""
    key = key_of(stem)
    rng = np.random.default_rng(1)
    low = [item.lowest for item in key.every_item]
    high = [item.highest for item in key.every_item]
    some = np.rint(rng.uniform(low, high, (200, len(low)))) if low else np.empty((0, 0))
    for column, score in enumerate(key.scores):
        if score.rule in ("given", "table", "profile"):
            continue
        reached = score_forms(key, extreme_forms(key, column)).scores[:, column]
        assert reached.min() == pytest.approx(score.lowest), score.id
        assert reached.max() == pytest.approx(score.highest), score.id
        usual = score_forms(key, some).scores[:, column]
        assert usual.min() >= score.lowest - 1e-9 and usual.max() <= score.highest + 1e-9


WRONG = [
    ("items: [1-5]", "items: [1-6]", "item `6`", 14),
    ("highest: 20", "highest: 25", "FATIGUE from 0 to 25", 16),
    ("lowest: 0\n    highest: 20", "lowest: 20\n    highest: 20", "20 to 20", 17),
    ("    higher_is: worse\n", "", "no `higher_is`", 11),
    ("rule: sum", "rule: sums", "'sums'", 13),
    ("rule: sum", "rule: sum of scores", "5 `items`", 14),
    ("at_least: 4", "at_least: 6", "6 answered of 5 items", 15),
    ("at_least: 4", "at_least: 0", "0 answered of 5 items", 15),
    ("at_least: 4", "divide: 0", "0", 15),
    ("at_least: 4", "times: -1", "-1", 15),
    ("points: [4, 3, 2, 1, 0]", "points: [4, 3, 2]", "3 points for the answers 0 to 4", 7),
    ("points: [4, 3, 2, 1, 0]", "kind: number, points: [1]", "points of answers that are", 7),
    ("ids: [1-3], lowest: 0, highest: 4", "ids: [1-3], lowest: 4, highest: 4", "from 4 to 4", 6),
    ("ids: [1-3], lowest: 0", "ids: [1-3], lowest: 0.5", "choices from 0.5 to 4", 6),
    (
        "ids: [5], lowest: 0, highest: 4",
        "ids: [5], lowest: 0, highest: 4, missing: [3]",
        "3 for",
        8,
    ),
    ("ids: [1-3]", "ids: [1-4]", "4 more than once", 6),
    ("ids: [1-3]", "ids: [1-900000000]", "more than 500 items", 6),
    ("ids: [1-3]", "ids: [3-1]", "a row without an item", 6),
    ("reverse_items: [4]", "reverse_items: [7]", "item `7`", 9),
    ("reverse_items: [4]", "reverse_items: [1-5]", "every item as a reverse item", 9),
    ("id: FATIGUE\n    name", 'id: "a/b"\n    name', "the id 'a/b'", 11),
    ("[1, 2, 0, 3, 1]", "[1, 2, 0, 3]", "4 answers of 5 items", 21),
    ("[1, 2, 0, 3, 1]", "[1, 2, 0, 3, 5]", "5 for item 5", 21),
    ("[1, 2, 0, 3, 1]", "[1, 2, 0, 3, yes]", "yes for item 5", 21),
    ("[1, 2, 0, 3, 1]", "[1, 2, 0, 3, 1.5]", "1.5 for item 5", 21),
    ("scores: {FATIGUE: 5}", "scores: {TIRED: 5}", "score `TIRED`", 21),
    ("scores: {FATIGUE: 5}", "scores: {FATIGUE: five}", "FATIGUE: five", 21),
    ("scores: {FATIGUE: 5}", "coding: other, scores: {FATIGUE: 5}", "coding `other`", 21),
    ("scores: {FATIGUE: 5}", "scores: {FATIGUE: 6}", "an example with FATIGUE 6", 21),
    ("scores: {FATIGUE: 6.25}", 'scores: {FATIGUE: "-"}', "an example with FATIGUE -", 22),
    (
        "scores: {FATIGUE: 6.25}",
        "table: {5: five}, scores: {FATIGUE: 6.25}",
        "the table 5: five",
        22,
    ),
]


@pytest.mark.parametrize(
    "old, new, finding, line", WRONG, ids=[f"{new}"[:30] for _, new, _, _ in WRONG]
)
def test_a_mistake_in_a_key_of_ones_own_has_its_line(
    tmp_path: Path, old: str, new: str, finding: str, line: int
) -> None:
    """Of the key that the docs show."""
    assert OWN.count(old) == 1
    file = tmp_path / "own.yaml"
    file.write_text(OWN.replace(old, new), encoding="utf-8")
    answer = scales("--check", file)
    assert answer.exit_code == 2, answer.output
    assert f"own.yaml:{line}" in answer.output and finding in answer.output, answer.output
    assert "to fix" in answer.output


def test_mistakes_of_a_key_come_at_once() -> None:
    text = OWN.replace("at_least: 4", "at_least: 9").replace("highest: 20", "highest: 30")
    found = [mistake.where for mistake in read_key(text, file="own.yaml").mistakes]
    assert found == ["own.yaml:15", "own.yaml:16"]


@pytest.mark.parametrize("kept, sound", [(3, True), (2, False), (0, False)])
def test_a_key_has_three_examples_at_least(kept: int, sound: bool) -> None:
    lines = OWN.splitlines()
    head = lines[: lines.index("examples:")]
    examples = [line for line in lines if line.startswith("  - {answers")][:kept]
    text = "\n".join([*head, *(["examples:", *examples] if kept else [])])
    mistakes = read_key(text, file="own.yaml").mistakes
    assert [mistake.found for mistake in mistakes] == ([] if sound else [f"{kept} worked examples"])


def test_each_score_stands_in_an_example() -> None:
    more = OWN.replace(
        "examples:",
        "  - {id: DOUBLE, name: double, rule: sum of scores, of: [FATIGUE], times: 2, lowest: 0,"
        " highest: 40, higher_is: worse}\nexamples:",
    )
    (mistake,) = read_key(more, file="own.yaml").mistakes
    assert mistake.found == "no example of DOUBLE"
    assert (
        read_key(more.replace("FATIGUE: 20}", "FATIGUE: 20, DOUBLE: 40}"), file="").mistakes == []
    )


def test_parts_of_a_score_stand_above_it() -> None:
    """A score cannot be made of itself or of what comes later: no circle."""
    for name in ("B", "FATIGUE"):
        text = OWN.replace(
            "rule: sum\n    items: [1-5]\n", f"rule: sum of scores\n    of: [{name}]\n"
        )
        text = text.replace("    at_least: 4\n", "")
        assert f"`{name}`" in read_key(text, file="own.yaml").mistakes[0].found


def test_a_total_that_is_only_given_needs_no_example() -> None:
    text = (
        "id: X\nname: x\nlicence: free\nsources: [us]\nscores:\n"
        "  - {id: X, name: x, rule: given, lowest: 0, highest: 5, higher_is: better}\n"
    )
    assert read_key(text, file="x.yaml").mistakes == []
    of_items = text.replace("rule: given,", "rule: given, items: [1],")
    assert read_key(of_items, file="x.yaml").mistakes != []


def test_a_rounded_score_of_an_example_is_right_to_its_digits() -> None:
    def differs(stated: str) -> bool:
        text = OWN.replace("FATIGUE: 6.25", f"FATIGUE: {stated}")
        read = read_key(text, file="own.yaml")
        assert read.key is not None and read.mistakes == []
        return bool(list(examples_that_differ(read.key, read.entry)))

    assert [differs(each) for each in ("6.3", "6.2", "6.25", "6.26", "6.1", "6", "7")] == [
        *(False, False, False),
        *(True, True, True, True),
    ]


def test_a_coding_is_taken_back_before_points_are_given() -> None:
    """HADS as agreement and as points: the same form written in both ways has the same scores."""
    key = key_of("HADS")
    points = np.array([[1, 0, 2, 1, 3, 2, 1, 0, 2, 1, 0, 3, 2, 1]], dtype=float)
    agreement = points.copy()
    turned = [1, 3, 5, 6, 11, 13]
    agreement[:, turned] = 3 - agreement[:, turned]
    made = [
        score_forms(key, points, coding="points"),
        score_forms(key, agreement, coding="agreement"),
    ]
    assert made[0].scores.tolist() == made[1].scores.tolist() == [[11, 8]]
    assert score_forms(key, agreement, coding="points").scores.tolist() != [[11, 8]]


def test_an_example_of_a_table_carries_its_standard_error() -> None:
    key = key_of("PROMIS Global Mental Health")
    made = scored_example(key.examples[0], key)
    assert made.scores[0].tolist() == [4, 21.1] and made.standard_errors[0, 1] == 4.6


def test_a_spoilt_key_is_never_a_fault_of_ours() -> None:
    """Lines lost, doubled or cut, signs lost: a mistake or a sound key, never anything else."""
    rng = random.Random(3)
    for _ in range(60):
        text = spoilt(OWN, rng)
        try:
            read = read_key(text, file="own.yaml")
        except StudyError as error:
            assert error.mistakes
            continue
        if read.key is not None and not read.mistakes:
            list(examples_that_differ(read.key, read.entry))


def spoilt(text: str, rng: random.Random) -> str:
    lines = text.splitlines()
    at = rng.randrange(len(lines))
    match rng.randrange(4):
        case 0:
            del lines[at]
        case 1:
            lines.insert(at, lines[at])
        case 2:
            lines[at] = lines[at][: rng.randrange(len(lines[at]) + 1)]
        case _:
            sign = rng.randrange(len(lines[at]) or 1)
            lines[at] = lines[at][:sign] + rng.choice("09-[]{}: x") + lines[at][sign + 1 :]
    return "\n".join(lines)


def test_the_list_names_every_questionnaire_with_its_scores() -> None:
    said = scales().output
    for key in catalog_keys():
        assert f"{key.id}  {key.name}" in said
        assert all(score.id in said for score in key.scores)
        assert key.licence in said and key.sources[0] in said
    assert "HADS_A, HADS_D: 0 to 21, higher is worse" in said
    assert "RAND_GH, RAND_HC: 0 to 100, higher is better" in said


def test_one_in_full_says_how_to_declare_it() -> None:
    said = scales("hads").output
    for words in ("agreement", "items 2, 4, 6, 7, 12, 14 are turned", "borderline from 8", "1.5"):
        assert words in said
    assert said.rstrip().endswith(
        'questionnaires:\n    - id: HADS\n      items: ["hads{1-14}"]\n'
        "      coding: points  # or agreement"
    )


@pytest.mark.parametrize("stem", STEMS)
def test_the_block_to_paste_declares_the_questionnaire(stem: str) -> None:
    key = key_of(stem)
    caster = Caster("study.yaml")
    block = compose("\n".join(declaration(key)), file="study.yaml")
    (read,) = caster.cast(block, dict[str, tuple[Questionnaire, ...]])["questionnaires"]
    assert caster.mistakes == [] and read.id == key.id
    names = column_names(read.items)
    assert len(names) == len(set(names)) == len(key.every_item)
    assert names or set(read.totals) == {score.id for score in key.scores}


def test_programs_read_the_same_as_people() -> None:
    (found,) = json.loads(scales("FIQR", "--json").output)["questionnaires"]
    assert found["id"] == "FIQR" and len(found["items"]) == 21
    assert found["scores"][3]["of"] == ["FIQR_FUNCTION", "FIQR_OVERALL", "FIQR_SYMPTOMS"]
    assert len(json.loads(scales("--json").output)["questionnaires"]) == len(STEMS)


def test_a_questionnaire_nobody_knows_is_asked_about() -> None:
    answer = scales("HADSS")
    assert answer.exit_code == 2
    assert "did you mean `HADS`?" in answer.output and "add-a-scale" in answer.output


def test_the_scale_of_the_docs_is_sound_and_declared_as_the_docs_say(tmp_path: Path) -> None:
    (tmp_path / "scales").mkdir()
    file = tmp_path / "scales" / "fatigue.yaml"
    file.write_text(OWN, encoding="utf-8")
    answer = scales("--check", file)
    assert answer.exit_code == 0 and "4 examples came out" in answer.output
    read = read_key(OWN, file="scales/fatigue.yaml").key
    assert read is not None
    block = "\n".join(declaration(read, file="scales/fatigue.yaml"))
    assert block == re.findall(r"```yaml\n(.*?)```", HOW_TO, re.DOTALL)[1].rstrip()


def test_the_message_of_the_docs_is_the_one_that_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scales").mkdir()
    spoilt_key = OWN.replace("highest: 20", "highest: 25")
    (tmp_path / "scales" / "fatigue.yaml").write_text(spoilt_key, encoding="utf-8")
    shown = re.findall(r"```text\n(scales/fatigue.yaml:.*?)```", HOW_TO, re.DOTALL)[0]
    assert shown in scales("--check", "scales/fatigue.yaml").output


NO_LIST = OWN.replace('sources: ["protocol', 'sources: "protocol').replace('2"]', '2"').encode()


@pytest.mark.parametrize("content", [b"\xff\xfe\x00k", b"", b"- a\n- b\n", b"id: [\n", NO_LIST])
def test_a_file_that_is_no_key_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "own.yaml"
    file.write_bytes(content)
    answer = scales("--check", file)
    assert answer.exit_code == 2 and "to fix" in answer.output
    assert scales("--check", tmp_path / "absent.yaml").exit_code == 2


@pytest.fixture
def own_study(tmp_path: Path) -> Path:
    """The demo with the scale of the docs, filled in by everybody."""
    folder = tmp_path / "study"
    write(model_study(rng=np.random.default_rng(1)), folder)
    (folder / "scales").mkdir()
    (folder / "scales" / "fatigue.yaml").write_text(OWN, encoding="utf-8")
    study = folder / "study.yaml"
    block = re.findall(r"```yaml\n(.*?)```", HOW_TO, re.DOTALL)[1]
    study.write_text(f"{study.read_text(encoding='utf-8')}\n{block}", encoding="utf-8")
    clinic = folder / "clinic.csv"
    note, head, *rows = clinic.read_text(encoding="utf-8").splitlines()
    answers = [f"{row},1,2,0,3,{'' if i == 0 else 1}" for i, row in enumerate(rows)]
    names = [f"fatigue{i}" for i in range(1, 6)]
    lines = [note, ",".join([head, *names]), *answers]
    clinic.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def answers_of(folder: Path) -> tuple[Answers, pl.DataFrame]:
    """The answers and scores of a study, whose plates are not read."""
    examined = examine(folder, read_people=read_people)
    answers = read_answers(examined)
    mistakes = (*examined.mistakes, *answers.mistakes)
    return replace(answers, mistakes=mistakes), scored(answers, examined.study)


def test_a_scale_of_ones_own_is_scored_in_a_study(own_study: Path) -> None:
    answers, clinic = answers_of(own_study)
    assert answers.mistakes == ()
    of_scale = clinic.filter(scale="FATIGUE").sort("missing_items", descending=True)
    first, *others = of_scale.iter_rows(named=True)
    assert (first["score"], first["lowest"], first["highest"]) == (5.0, 4.0, 8.0)
    assert first["missing_items"] == 1
    assert {row["score"] for row in others} == {5.0} and len(others) > 10


@pytest.mark.parametrize(
    "old, new, finding",
    [
        ("FATIGUE: 5}", "FATIGUE: 6}", "an example with FATIGUE 6"),
        ("highest: 20", "highest: 21", "FATIGUE from 0 to 21"),
    ],
)
def test_check_refuses_a_scale_of_ones_own_that_is_wrong(
    own_study: Path, old: str, new: str, finding: str
) -> None:
    key = own_study / "scales" / "fatigue.yaml"
    key.write_text(OWN.replace(old, new), encoding="utf-8")
    answers, clinic = answers_of(own_study)
    own = [each for each in answers.mistakes if each.where.startswith("scales/fatigue.yaml:")]
    assert [mistake.found for mistake in own] == [finding]
    assert clinic.filter(scale="FATIGUE").is_empty()


def test_every_questionnaire_is_scored_in_a_study_as_its_examples_say(tmp_path: Path) -> None:
    """All of them declared as `exvivo scales` says, in one study: each donor fills in an example of
    each in its first coding. The demo has scales of HADS and VAS already.
    """
    folder = tmp_path / "study"
    write(model_study(rng=np.random.default_rng(1)), folder)
    keys = [key for key in catalog_keys() if key.items and key.id not in ("HADS", "VAS")]
    study = folder / "study.yaml"
    blocks = [line for key in keys for line in declaration(key)[1:]]
    lines = [study.read_text(encoding="utf-8"), "questionnaires:", *blocks]
    study.write_text("\n".join(lines), encoding="utf-8")
    note, head, *rows = (folder / "clinic.csv").read_text(encoding="utf-8").splitlines()
    forms = {key.id: published_examples(key) for key in keys}
    names = [name for key in keys for name in columns_of(key)]
    cells = [filled_in(forms, place) for place in range(len(rows))]
    table = [note, ",".join([head, *names]), *map(",".join, zip(rows, cells, strict=True))]
    (folder / "clinic.csv").write_text("\n".join(table) + "\n", encoding="utf-8")
    answers, clinic = answers_of(folder)
    assert answers.mistakes == ()
    made = {(each["donor"], each["scale"]): each for each in clinic.iter_rows(named=True)}
    for key in keys:
        for place, row in enumerate(rows):
            example = forms[key.id][place % len(forms[key.id])]
            for score in key.scores:
                stated = example.scores.get(score.id, "")
                if score.rule == "table" or not stated:
                    continue
                of_donor = made[row.partition(",")[0], score.id]
                if score.rule == "profile":
                    assert of_donor["profile"] == stated
                else:
                    number = None if stated == "-" else pytest.approx(float(stated), abs=1e-9)
                    assert of_donor["score"] == number, (score.id, place)


def published_examples(key: ScoringKey) -> list[Example]:
    first = key.codings[0].id if key.codings else ""
    return [each for each in key.examples if each.coding in ("", first)]


def columns_of(key: ScoringKey) -> tuple[str, ...]:
    block = compose("\n".join(declaration(key)), file="study.yaml")
    (read,) = Caster("").cast(block, dict[str, tuple[Questionnaire, ...]])["questionnaires"]
    return column_names(read.items)


def filled_in(forms: dict[str, list[Example]], place: int) -> str:
    """The cells of one donor: of each questionnaire an example, in turn."""
    words = [answer_words(each[place % len(each)].answers) for each in forms.values()]
    return ",".join("" if word == "-" else word for form in words for word in form)
