"""Faults of: people."""

from __future__ import annotations

from mutation.fault import Fault

PEOPLE = (
    Fault(
        name="a blank dilution counts as 1",
        file="src/exvivo/reconcile/blank_cells.py",
        right='blank = asked.filter(~pl.col(f"{column}_known"))',
        fault="blank = asked.filter(pl.lit(False))",
        tests=("reconcile/test_blank_cells.py",),
    ),
    Fault(
        name="a blank that the file fills asked about",
        file="src/exvivo/reconcile/blank_cells.py",
        right='pl.col("dilution").is_not_null() | pl.col("vendor_dilution")',
        fault='pl.col("dilution").is_not_null()',
        tests=("reconcile/test_blank_cells.py",),
    ),
    Fault(
        name="each plate a column of its own for blanks",
        file="src/exvivo/reconcile/blank_cells.py",
        right='assay=pl.col("plate").replace_strict(plates, default=None)',
        fault='assay=pl.col("plate")',
        tests=("reconcile/test_blank_cells.py",),
    ),
    Fault(
        name="another spelling of exposed counts as not exposed",
        file="src/exvivo/study/donor_columns.py",
        right="if _means_exposed(word, exposed) or is_unclear(word):",
        fault="if is_unclear(word):",
        tests=("study/test_donor_columns.py",),
    ),
    Fault(
        name="unknown exposures count as not exposed",
        file="src/exvivo/study/donor_columns.py",
        right="if _means_exposed(word, exposed) or is_unclear(word):",
        fault="if _means_exposed(word, exposed):",
        tests=("study/test_donor_columns.py",),
    ),
    Fault(
        name="words among numbers are kinds",
        file="src/exvivo/study/donor_columns.py",
        right="yield from _no_numbers(words, others)",
        fault="pass",
        tests=("study/test_donor_columns.py",),
    ),
    Fault(
        name="missing words are answers",
        file="src/exvivo/study/unknown.py",
        right='"" if name not in kept and is_missing(cell, declared) else cell',
        fault="cell",
        tests=("study/test_donor_columns.py",),
    ),
    Fault(
        name="the declared order of visits passed over",
        file="src/exvivo/study/visits.py",
        right="if visit in declared:",
        fault="if False:",
        tests=("reconcile/test_visit_names.py",),
    ),
    Fault(
        name="the first visit by the alphabet",
        file="src/exvivo/study/visits.py",
        right="if len(visits) > 1 and not (set(visits) <= set(study.visits) or is_plain(visits)):",
        fault="if False:",
        tests=("reconcile/test_visit_names.py",),
    ),
    Fault(
        name="scores at other visits than the cells",
        file="src/exvivo/reconcile/visits.py",
        right="if scored and wanted not in scored:",
        fault="if False:",
        tests=("reconcile/test_visit_names.py",),
    ),
    Fault(
        name="a sentence without its visit",
        file="src/exvivo/tell/visits.py",
        right='return f" at visit {finding.visit}"',
        fault='return ""',
        tests=("tell/test_visit_words.py",),
    ),
    Fault(
        name="scores without their visit",
        file="src/exvivo/tell/visits.py",
        right='return f" (visit {finding.visit} of the scores)"',
        fault='return ""',
        tests=("tell/test_visit_words.py",),
    ),
    Fault(
        name="years of birth are ages",
        file="src/exvivo/reconcile/people.py",
        right="not can_be.lowest <= number <= can_be.highest",
        fault="not can_be.lowest <= number",
        tests=("reconcile/test_people.py",),
    ),
    Fault(
        name="ages below 0",
        file="src/exvivo/reconcile/people.py",
        right="not can_be.lowest <= number <= can_be.highest",
        fault="not number <= can_be.highest",
        tests=("reconcile/test_people.py",),
    ),
    Fault(
        name="stimulated before drawn",
        file="src/exvivo/reconcile/cultures.py",
        right="if first and last and last < first:",
        fault="if False:",
        tests=("reconcile/test_people.py",),
    ),
    Fault(
        name="declared after the results",
        file="src/exvivo/reconcile/declared.py",
        right="date.fromisoformat(declared) <= days[-1]",
        fault="True",
        tests=("reconcile/test_people.py",),
    ),
)
