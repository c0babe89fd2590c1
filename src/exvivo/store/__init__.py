"""What a study folder remembers: every run, what it read and what it made, and whether that still
stands.
"""

from exvivo.store.database import DATABASE
from exvivo.store.files import File, hashed
from exvivo.store.machine import machine
from exvivo.store.provenance import packages, parameters_of, study_hash
from exvivo.store.results import keep, recover, refuse_strangers
from exvivo.store.runs import RESULTS, Run, last_run
from exvivo.store.tables import read_table, write_tables
from exvivo.store.verify import Change, complete_run, verify

__all__ = [
    "DATABASE",
    "RESULTS",
    "Change",
    "File",
    "Run",
    "complete_run",
    "hashed",
    "keep",
    "last_run",
    "machine",
    "packages",
    "parameters_of",
    "read_table",
    "recover",
    "refuse_strangers",
    "study_hash",
    "verify",
    "write_tables",
]
