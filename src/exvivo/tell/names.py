"""The words for what a finding is about: analyte, readout and scale in a reader's words."""

from __future__ import annotations

from exvivo.findings import Finding
from exvivo.study import Identity, Study


def analyte_of(finding: Finding, study: Study) -> str:
    """The analyte of a finding as the report names it."""
    return study.name_of(finding.analyte)


_BESIDE_A_CONTRAST = frozenset(
    {
        "similarity_contrast",
        "similarity_contrast_within",
        "pair_axis",
        "all_genes",
        "without_class",
        "without_batch",
        "without_programme",
        "without_reference",
        "leave_one_out",
    }
)
"""Estimands of a question of identity that hold two kinds of cells against one another."""


def target_of(finding: Finding, study: Study) -> str:
    """Analyte and readout together: `TNF mRNA`; of a likeness, the two kinds of cells that are held
    against one another: `microglia over monocyte`.
    """
    like = _held_against(finding, study)
    if like:
        return f"{study.name_of(like)} over {analyte_of(finding, study)}"
    return f"{analyte_of(finding, study)} {finding.readout}"


def _held_against(finding: Finding, study: Study) -> str:
    """The cells that a question of identity declares; empty where a finding is no contrast."""
    contrast = finding.part == "answer" or finding.estimand.code in _BESIDE_A_CONTRAST
    if finding.ask != "identity" or not contrast:
        return ""
    own = (each for each in study.questions if each.id == finding.question)
    likes = [each.like for each in own if isinstance(each, Identity)]
    return next((like for like in likes if like != finding.analyte), "")


def scale_of(finding: Finding, study: Study) -> str:
    """The clinical scale of a finding in words, empty if it has none."""
    return study.name_of(finding.scale) if finding.scale else ""


def short_scale(finding: Finding, study: Study) -> str:
    """The scale's name before its first comma: `pain` of `pain, visual analogue scale`."""
    return scale_of(finding, study).split(",")[0]


def about(finding: Finding, study: Study) -> str:
    """What a finding is about, for tables and lists: analyte, readout and scale."""
    scale = scale_of(finding, study)
    return target_of(finding, study) + (f" and {scale}" if scale else "")


def briefly_about(finding: Finding, study: Study) -> str:
    """The same with the short name of the scale."""
    scale = short_scale(finding, study)
    return target_of(finding, study) + (f" and {scale}" if scale else "")


def level_words(study: Study) -> str:
    """`level`, or `unstimulated level` in a study that stimulates."""
    return "unstimulated level" if study.control_stimulus() else "level"
