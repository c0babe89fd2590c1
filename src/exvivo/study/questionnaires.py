"""The questionnaires of a study: their scoring keys, the columns of their items and totals, and the
scales that their scores are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import PurePath

from exvivo.catalog import spelling
from exvivo.catalog.scales import scale_files
from exvivo.errors import Mistake, StudyError
from exvivo.sources import Sources
from exvivo.study.clinic_records import Questionnaire, Scale
from exvivo.study.entry import Entry, Mistakes
from exvivo.study.files import table_of
from exvivo.study.records import Study
from exvivo.study.score_tables import ScoreTable, table_for
from exvivo.study.scoring import Coding, Item, Score, ScoringKey
from exvivo.study.scoring_keys import catalog_key, column_names, scoring_key


@dataclass(frozen=True, slots=True)
class Column:
    """What a column (or REDCap field) of answers holds: a ready total of a scale, or an item of a
    questionnaire.
    """

    name: str
    scale: Scale | None = None
    questionnaire: str = ""
    item: Item | None = None


@dataclass(frozen=True, slots=True)
class WithQuestionnaires:
    """A study with the scoring keys of its questionnaires, whose scores join its scales; what is to
    fix in them, and the scales that are not there for that reason.
    """

    study: Study
    mistakes: list[Mistake]
    unsound: frozenset[str]


def with_questionnaires(study: Study, entry: Entry, sources: Sources) -> WithQuestionnaires:
    """The study with its questionnaires; one with a mistake gives no scale."""
    mistakes: list[Mistake] = []
    keys: list[ScoringKey] = []
    tables: dict[str, ScoreTable] = {}
    scales, unsound = list(study.scales), set[str]()
    for i, questionnaire in enumerate(study.questionnaires):
        at = entry.at("questionnaires", i)
        key, slips = _key_of(questionnaire, at, sources)
        slips += _form_mistakes(questionnaire, key, at) if key else []
        if key is not None and questionnaire.table:
            tables[key.id], of_table = table_for(questionnaire, key, sources)
            slips += of_table
        mistakes += slips
        if key is None:
            continue
        if slips:
            unsound |= {score.id for score in key.scores}
            continue
        keys.append(key)
        scales += scales_of(questionnaire, key)
    mistakes += _twice(study, scales, entry)
    once = [*study.scales, *_not_declared(scales[len(study.scales) :], study)]
    whole = replace(study, scales=tuple(once), scoring_keys=tuple(keys), score_tables=tables)
    return WithQuestionnaires(whole, mistakes, frozenset(unsound))


def _not_declared(scales: list[Scale], study: Study) -> list[Scale]:
    """The scales of questionnaires that `scales` does not declare."""
    declared = {scale.id for scale in study.scales}
    return [scale for scale in scales if scale.id not in declared]


def scales_of(questionnaire: Questionnaire, key: ScoringKey) -> Iterator[Scale]:
    """The scores of a questionnaire that can be made of what is there, as scales."""
    for score in key.scores:
        if _is_used(score, questionnaire):
            yield Scale(
                id=score.id,
                name=score.name,
                lowest=score.lowest,
                highest=score.highest,
                higher_is=score.higher_is,
                column=questionnaire.totals.get(score.id, ""),
                questionnaire=questionnaire.id,
            )


def _is_used(score: Score, questionnaire: Questionnaire) -> bool:
    """Whether a score is asked for, and there is something that it can be made of."""
    if questionnaire.scores and score.id not in questionnaire.scores:
        return False
    is_made = bool(questionnaire.items) and score.rule != "given"
    has_table = score.rule != "table" or bool(questionnaire.table)
    return score.id in questionnaire.totals or (is_made and has_table)


def answer_columns(study: Study) -> tuple[Column, ...]:
    """Every column (or REDCap field) of clinic.csv that holds answers or ready totals."""
    plain = [Column(scale.place, scale) for scale in study.scales if not scale.questionnaire]
    scales = {scale.id: scale for scale in study.scales}
    for questionnaire in study.questionnaires:
        key = key_of(study, questionnaire.id)
        if key is None:
            continue
        names = column_names(questionnaire.items)
        plain += [
            Column(name, None, questionnaire.id, item)
            for name, item in zip(names, key.every_item, strict=False)
        ]
        plain += [
            Column(name, scales[score], questionnaire.id)
            for score, name in questionnaire.totals.items()
            if score in scales
        ]
    return tuple(plain)


def key_of(study: Study, questionnaire: str) -> ScoringKey | None:
    """The scoring key of a questionnaire of the study; None where there is something to fix."""
    return next((key for key in study.scoring_keys if key.id == questionnaire), None)


def coding_of(questionnaire: Questionnaire, key: ScoringKey) -> Coding | None:
    """How the answers of a questionnaire are written down; None: as points."""
    stated = (coding for coding in key.codings if coding.id == questionnaire.coding)
    return next(stated, key.codings[0] if key.codings else None)


def _key_of(
    questionnaire: Questionnaire, entry: Entry, sources: Sources
) -> tuple[ScoringKey | None, list[Mistake]]:
    """The scoring key of the catalog, or of a file of the study folder."""
    if questionnaire.file:
        return _own_key(questionnaire, entry, sources)
    key = catalog_key(questionnaire.id)
    if key is not None and key.id == questionnaire.id:
        return key, []
    known = catalog_ids()
    near = key.id if key else questionnaire.id
    finding = f"no questionnaire {questionnaire.id!r}{spelling.did_you_mean(near, known)}"
    expected = f"one of the catalog ({spelling.one_of(known, near)}), or `file:`"
    cure = "write it as `exvivo scales` does, or give a scoring key of your own under `file`"
    return None, [entry.mistake(finding, expected, cure, field="id")]


def catalog_ids() -> list[str]:
    """The ids of the questionnaires that the catalog knows."""
    return [key.id for stem in scale_files() if (key := catalog_key(stem))]


def _own_key(
    questionnaire: Questionnaire, entry: Entry, sources: Sources
) -> tuple[ScoringKey | None, list[Mistake]]:
    file = questionnaire.file
    if PurePath(file).is_absolute() or ".." in PurePath(file).parts:
        cure = "copy the file into the study folder, and name it from there"
        return None, [entry.mistake(file, "a file of the study folder", cure, field="file")]
    try:
        text = table_of(sources, file).decode("utf-8-sig")
        key, slips = scoring_key(text, file=file)
    except StudyError as error:
        return None, list(error.mistakes)
    except UnicodeDecodeError:
        return None, [Mistake(file, "a byte that is not UTF-8 text", "UTF-8", "save it as UTF-8")]
    if key is not None and key.id != questionnaire.id:
        finding = f"the scoring key of {key.id} in {file}, under the id {questionnaire.id}"
        slips.append(entry.mistake(finding, "one id", "write both alike", field="id"))
    return key, slips


def _form_mistakes(questionnaire: Questionnaire, key: ScoringKey, entry: Entry) -> list[Mistake]:
    """What a questionnaire says of its form that its scoring key does not hold."""
    scores = [score.id for score in key.scores]
    return [
        *entry.undeclared("scores", questionnaire.scores, scores, "score"),
        *entry.undeclared("totals", questionnaire.totals, scores, "score"),
        *_item_mistakes(questionnaire, key, entry),
        *_coding_mistakes(questionnaire, key, entry),
        *_nothing_to_read(questionnaire, key, entry),
    ]


def _item_mistakes(questionnaire: Questionnaire, key: ScoringKey, entry: Entry) -> Mistakes:
    names, items = column_names(questionnaire.items), key.every_item
    if names and len(names) != len(items):
        finding = f"{len(names)} columns of items"
        expected = f"the {len(items)} items of {key.id}, in its order"
        cure = f"name a column for every item (`exvivo scales {key.id}` lists them)"
        yield entry.mistake(finding, expected, cure, field="items")
    for name, count in Counter(names).items():
        if count > 1:
            finding = f"the column {name} for {count} items"
            yield entry.mistake(finding, "a column an item", "correct the names", field="items")


def _coding_mistakes(questionnaire: Questionnaire, key: ScoringKey, entry: Entry) -> Mistakes:
    known = [coding.id for coding in key.codings]
    if not questionnaire.items:
        return
    if questionnaire.coding and questionnaire.coding not in known:
        expected = spelling.one_of(known, questionnaire.coding) if known else "no `coding`"
        finding = f"coding {questionnaire.coding!r}"
        yield entry.mistake(finding, expected, "correct it", field="coding")
    if not questionnaire.coding and len(known) > 1:
        ways = "; ".join(f"{each.id}: {each.meaning}" for each in key.codings)
        expected = f"`coding:`, the way in which the answers of {key.id} are written down ({ways})"
        cure = "look at the form or the database: totals differ from way to way"
        yield entry.mistake("no `coding`", expected, cure)


def _nothing_to_read(questionnaire: Questionnaire, key: ScoringKey, entry: Entry) -> Mistakes:
    if not any(_is_used(score, questionnaire) for score in key.scores):
        finding = "neither items nor totals of which a score can be made"
        expected = "`items:`, or `totals:` with ready totals"
        cure = f"name their columns (`exvivo scales {key.id}` shows how)"
        yield entry.mistake(finding, expected, cure)


def _twice(study: Study, scales: list[Scale], entry: Entry) -> Mistakes:
    """Questionnaires, and scales of questionnaires, that are there twice."""
    names = [each.id for each in study.questionnaires]
    for i, name in enumerate(names):
        if name in names[:i]:
            at = entry.at("questionnaires", i)
            yield at.mistake(f"{name} a second time", "each once", "remove one", field="id")
    plain = {scale.id for scale in study.scales}
    for scale in scales[len(study.scales) :]:
        if scale.id in plain:
            finding = f"scale {scale.id}, which {scale.questionnaire} gives too"
            cure = "remove it under `scales`: the questionnaire declares it"
            yield entry.at("scales").mistake(finding, "each scale once", cure)
