"""Faults of: drafts."""

from __future__ import annotations

from mutation.fault import Fault

_CONTROLS = "src/exvivo/quantify/qpcr/controls.py"
_DRAFT = "draft/test_draft.py"
_NAMED = "study/test_named_wells.py"

DRAFTS = (
    Fault(
        name="open questions forgotten",
        file="src/exvivo/study/load.py",
        right="    mistakes += [*summary_mistakes(study, entry), *open_mistakes(study, entry)]",
        fault="    mistakes += [*summary_mistakes(study, entry)]",
        tests=(_NAMED,),
    ),
    Fault(
        name="numbers of standards taken for amounts",
        file="src/exvivo/draft/wells.py",
        right='("" in units and all(map(_may_count, numbers)))',
        fault="False",
        tests=(_DRAFT,),
    ),
    Fault(
        name="amounts of two units as one",
        file="src/exvivo/draft/wells.py",
        right="len(units) != 1 or ",
        fault="",
        tests=(_DRAFT,),
    ),
    Fault(
        name="samples proposed without replicates that agree",
        file="src/exvivo/draft/matrices.py",
        right="return within < _AGREE * between",
        fault="return True",
        tests=(_DRAFT,),
    ),
    Fault(
        name="samples proposed where two plates fit",
        file="src/exvivo/draft/matrices.py",
        right="if len(ways) == 1:",
        fault="if ways:",
        tests=(_DRAFT,),
    ),
    Fault(
        name="any stimulus as the control",
        file="src/exvivo/draft/names.py",
        right="usual = [name for name in stimuli if _core(name).casefold() in _CONTROLS]",
        fault="usual = list(stimuli)[:1]",
        tests=(_DRAFT,),
    ),
    Fault(
        name="groups by letters not asked about",
        file="src/exvivo/draft/open_questions.py",
        right="        () if people else _of_groups(found),\n",
        fault="",
        tests=(_DRAFT,),
    ),
    Fault(
        name="a donor's name in a control taken as the control",
        file="src/exvivo/study/named_wells.py",
        right="        yield from self._contradictions(wells)\n",
        fault="",
        tests=(_NAMED,),
    ),
    Fault(
        name="measured wells without a name not asked about",
        file="src/exvivo/study/named_wells.py",
        right="        if without:\n",
        fault="        if False:\n",
        tests=(_NAMED,),
    ),
    Fault(
        name="the names before the layout",
        file="src/exvivo/study/named_wells.py",
        right="if well.well not in in_layout]",
        fault="]",
        tests=(_NAMED,),
    ),
    Fault(
        name="dilutions of an assay for every stimulus",
        file="src/exvivo/study/layout.py",
        right='return assay.dilutions.get(stimulus or "")',
        fault="return max(assay.dilutions.values(), default=None)",
        tests=(_NAMED,),
    ),
)
