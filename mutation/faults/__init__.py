"""Every named fault, a module a room: one mistake each that a tired person could make.

Rules with two halves have a fault for each half, since a test of one says nothing of the other.
"""

from __future__ import annotations

from mutation.fault import Fault
from mutation.faults.article import ARTICLE
from mutation.faults.associations import ASSOCIATIONS
from mutation.faults.broken_off import BROKEN_OFF
from mutation.faults.cache import CACHE
from mutation.faults.calls import CALLS
from mutation.faults.claims import CLAIMS
from mutation.faults.clinic_api import CLINIC_API
from mutation.faults.clinic_cohort import CLINIC_COHORT
from mutation.faults.clinic_keys import CLINIC_KEYS
from mutation.faults.clinic_logic import CLINIC_LOGIC
from mutation.faults.clinic_odm import CLINIC_ODM
from mutation.faults.clinic_people import CLINIC_PEOPLE
from mutation.faults.clinic_project import CLINIC_PROJECT
from mutation.faults.clinic_redraft import CLINIC_REDRAFT
from mutation.faults.clinic_scores import CLINIC_SCORES
from mutation.faults.clinic_share import CLINIC_SHARE
from mutation.faults.contradictions import CONTRADICTIONS
from mutation.faults.controls import CONTROLS
from mutation.faults.curves import CURVES
from mutation.faults.decided import DECIDED
from mutation.faults.differences import DIFFERENCES
from mutation.faults.door import DOOR
from mutation.faults.drafts import DRAFTS
from mutation.faults.figures import FIGURES
from mutation.faults.files import FILES
from mutation.faults.gates import GATES
from mutation.faults.handed_in import HANDED_IN
from mutation.faults.history import HISTORY
from mutation.faults.likeness import LIKENESS
from mutation.faults.load import LOAD
from mutation.faults.names import NAMES
from mutation.faults.people import PEOPLE
from mutation.faults.planning import PLANNING
from mutation.faults.plausible import PLAUSIBLE
from mutation.faults.qpcr import QPCR
from mutation.faults.record import RECORD
from mutation.faults.responses import RESPONSES
from mutation.faults.sentences import SENTENCES
from mutation.faults.sides import SIDES
from mutation.faults.sources import SOURCES
from mutation.faults.verdicts import VERDICTS
from mutation.faults.weather import WEATHER
from mutation.faults.who import WHO
from mutation.faults.withdrawn import WITHDRAWN
from mutation.faults.withheld import WITHHELD

FAULTS: tuple[Fault, ...] = (
    *DOOR,
    *CLINIC_REDRAFT,
    *WITHHELD,
    *CLINIC_API,
    *CLINIC_LOGIC,
    *CLINIC_ODM,
    *CLINIC_PROJECT,
    *WITHDRAWN,
    *RESPONSES,
    *GATES,
    *VERDICTS,
    *DIFFERENCES,
    *ASSOCIATIONS,
    *QPCR,
    *CONTROLS,
    *CURVES,
    *FILES,
    *SENTENCES,
    *ARTICLE,
    *CLAIMS,
    *HANDED_IN,
    *CONTRADICTIONS,
    *CALLS,
    *SIDES,
    *WHO,
    *FIGURES,
    *PEOPLE,
    *CLINIC_PEOPLE,
    *DRAFTS,
    *PLANNING,
    *PLAUSIBLE,
    *NAMES,
    *LOAD,
    *LIKENESS,
    *SOURCES,
    *HISTORY,
    *CACHE,
    *RECORD,
    *BROKEN_OFF,
    *DECIDED,
    *WEATHER,
    *CLINIC_SCORES,
    *CLINIC_SHARE,
    *CLINIC_KEYS,
    *CLINIC_COHORT,
)
