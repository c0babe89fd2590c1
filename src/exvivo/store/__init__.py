"""What a study folder remembers: every run, what it read and what it made, and whether that still
stands.
"""

from exvivo.store.database import DATABASE
from exvivo.store.exchange import Leftover
from exvivo.store.files import File, hashed
from exvivo.store.provenance import packages, parameters_of, study_hash
from exvivo.store.results import keep, leftovers, recover, refuse_strangers, standing
from exvivo.store.runs import RESULTS, Run, last_run
from exvivo.store.tables import read_table, write_tables
from exvivo.store.verify import Change, complete_run, verify

__all__ = [
    "DATABASE",
    "RESULTS",
    "Change",
    "File",
    "Leftover",
    "Run",
    "complete_run",
    "hashed",
    "keep",
    "last_run",
    "leftovers",
    "packages",
    "parameters_of",
    "read_table",
    "recover",
    "refuse_strangers",
    "standing",
    "study_hash",
    "verify",
    "write_tables",
]
