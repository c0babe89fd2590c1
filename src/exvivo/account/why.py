"""Why a donor or a well is not in an answer, as a code and its facts: the first thing that is
missing on the way from the layout to the answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, product

from exvivo.account.asked import Asked, Part, in_condition
from exvivo.account.results import Place, Result
from exvivo.account.wells import Came, Well
from exvivo.findings import Facts, LeftOut, LeftOutCode
from exvivo.study import Change, Treatment
from exvivo.study.question_records import Identity

Scored = Mapping[tuple[str, str], frozenset[str]]
"""The donors with a score, by scale and visit."""
WELLS_CODE: Mapping[Came, LeftOutCode] = {
    "no_result": "no_result",
    "not_read": "not_read",
    "excluded": "excluded",
    "set_empty": "set_empty",
    "other_dilution": "other_dilution",
}
_ALL_WELLS: Mapping[Came, LeftOutCode] = {
    "no_result": "wells_without_result",
    "not_read": "wells_not_read",
    "excluded": "wells_excluded",
    "set_empty": "wells_set_empty",
}
"""What is said of a donor none of whose wells in a condition came further, the farthest first."""


@dataclass(frozen=True)
class Why:
    """An answer with the wells and scores that its donors might have been in it by. `wells` are
    those of every analyte it needs, `elsewhere` the plates of the assay that name a donor.
    """

    asked: Asked
    wells: Mapping[str, Mapping[str, Sequence[Well]]]
    elsewhere: Mapping[str, Sequence[str]]
    scored: Scored

    # Donors.

    def of_donor(self, donor: str) -> LeftOut:
        """The first thing that a donor lacks."""
        reasons = chain(self._of_results(donor), self._of_score(donor), self._of_columns(donor))
        return next(reasons, LeftOut("not_used"))

    def _of_results(self, donor: str) -> Iterator[LeftOut]:
        """What the donor lacks of the results that are needed."""
        asked = self.asked
        if isinstance(asked.question, Identity):
            yield LeftOut("no_profile")
            return
        trouble = asked.answer.reason
        if trouble is not None and trouble.code == "cell_type_not_named":
            yield LeftOut("cell_type_not_named", trouble.facts)
        for visit, part in product(asked.visits or (None,), asked.parts):
            lack = self._of_part(part, visit, donor)
            if lack is not None:
                yield replace(lack, facts={**lack.facts, **self._which(part, visit)})

    def _which(self, part: Part, visit: str | None) -> Facts:
        """Which of several results of a donor is meant."""
        asked, facts = self.asked, {}
        own = asked.parts[0]
        if visit is not None and len(asked.visits) > 1:
            facts["needs_visit"] = visit
        if part.key.analyte != own.key.analyte:
            facts["needs_analyte"] = part.key.analyte
        if part.cells != own.cells:
            facts["needs_cells"] = str(part.cells)
        return facts

    def _of_part(self, part: Part, visit: str | None, donor: str) -> LeftOut | None:
        """What a donor lacks of one result at a visit; None where it has one that says anything."""
        results = list(self._results(part, visit, donor))
        if any(result.says_anything for result in results):
            return None
        if results:
            wells = results[0].wells
            return LeftOut("says_nothing", {"wells": len(wells)})
        return self._of_wells(part, visit, donor)

    def _results(self, part: Part, visit: str | None, donor: str) -> Iterator[Result]:
        for result in self.asked.results.of_donor(part.key, part.cells, donor):
            if visit in (None, result.visit):
                yield result

    def _of_wells(self, part: Part, visit: str | None, donor: str) -> LeftOut | None:
        """Why a donor's wells gave no result of a part."""
        wells = self.wells[part.key.analyte].get(donor, ())
        if not wells:
            return self._nowhere(donor)
        of_cells = [well for well in wells if part.of_cells(well)]
        if not of_cells:
            return LeftOut("no_well_of_cells", {"cell_type": str(part.cells)})
        at_visit = [well for well in of_cells if visit is None or well.visit in (None, visit)]
        if not at_visit:
            at = dict.fromkeys(well.visit for well in of_cells if well.visit)
            return LeftOut("other_visit", {"asked": str(visit), "visits": tuple(at)})
        lacks = (_of_condition(at_visit, condition) for condition in part.conditions)
        return next(filter(None, lacks), None)

    def _nowhere(self, donor: str) -> LeftOut:
        """Why no well of a donor holds the analyte."""
        plates = self.elsewhere.get(donor)
        if plates:
            return LeftOut("no_well_of_analyte", {"plates": tuple(plates)})
        return LeftOut("not_on_plates")

    def _of_score(self, donor: str) -> Iterator[LeftOut]:
        """The score that a donor lacks."""
        for visit in self.asked.visits:
            if not self._scored(donor, visit):
                yield self._no_score(visit)

    def _scored(self, donor: str, visit: str) -> bool:
        """Whether a donor has the score at a visit, where one is needed."""
        scale = self.asked.scale
        return scale is None or donor in self.scored.get((scale, visit), ())

    def _no_score(self, visit: str) -> LeftOut:
        return LeftOut("no_score", {"scale": str(self.asked.scale), "visit": visit})

    def _of_columns(self, donor: str) -> Iterator[LeftOut]:
        """What donors.csv does not say of a donor; the columns that are needed, where all cells are
        filled with words that say nothing.
        """
        question, columns = self.asked.question, tuple(self.asked.columns)
        exposure = (question.exposure,) if isinstance(question, Treatment) else ()
        if exposure and (not columns or not self._filled(donor, exposure)):
            yield LeftOut("unknown_exposure", {"column": exposure[0]})
        unknown = tuple(name for name in columns if not self._filled(donor, (name,)))
        needed = unknown or (*exposure, *columns)
        if needed:
            yield LeftOut("unknown_in_donors", {"columns": needed})

    def _filled(self, donor: str, columns: Sequence[str]) -> bool:
        """Whether donors.csv says something of a donor in some columns."""
        row = self.asked.people[donor]
        return all(str(row[name] or "").strip() for name in columns)

    # Wells.

    def of_well(self, well: Well, used: Mapping[str, frozenset[Place]]) -> LeftOut:
        """Why a well is not among those that are used, by donor."""
        if well.came != "measured":
            return _of_unmeasured(well)
        if well.donor not in used:
            return LeftOut("donor_left_out")
        return self._of_used_donor(well)

    def _of_used_donor(self, well: Well) -> LeftOut:
        """Why a measured well of a donor who is in the answer is not."""
        asked, visit = self.asked, str(well.visit)
        if visit not in asked.visits:
            return LeftOut("well_of_other_visit", {"of": visit, "visits": asked.visits})
        if isinstance(asked.question, Change) and asked.scale is not None:
            if not self._scored(well.donor, visit):
                return self._no_score(visit)
            if not self._says_anything(well.donor, visit):
                return LeftOut("says_nothing")
        return LeftOut("unpaired")

    def _says_anything(self, donor: str, visit: str) -> bool:
        results = self._results(self.asked.parts[0], visit, donor)
        return any(result.says_anything for result in results)

    def used(self, donor: str) -> Iterator[Result]:
        """The results that a donor is in the answer by."""
        for visit in filter(partial(self._scored, donor), self.asked.visits):
            results = self._results(self.asked.parts[0], visit, donor)
            yield from (result for result in results if result.says_anything)


def _of_unmeasured(well: Well) -> LeftOut:
    """How far a well came that has no result."""
    return LeftOut(WELLS_CODE[well.came], well.decision)


def _of_condition(wells: Sequence[Well], condition: str | None) -> LeftOut | None:
    """What a donor's wells lack in one condition; None where one has a result."""
    own = [well for well in wells if in_condition(well, condition)]
    facts: Facts = {"stimulus": condition} if condition else {}
    if not own:
        return LeftOut("no_well_of_condition", facts)
    if any(well.came in ("measured", "other_dilution") for well in own):
        return None
    came = next(came for came in _ALL_WELLS if any(well.came == came for well in own))
    return LeftOut(_ALL_WELLS[came], {**facts, "wells": len(own)})
