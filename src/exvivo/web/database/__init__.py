"""What the door remembers beside the studies: people, roles, jobs, and who did what. SQLite for one
host, Postgres for several; the same statements for both.
"""

from exvivo.web.database.connection import Away, Row, Taken, Value
from exvivo.web.database.database import (
    DATABASE,
    TABLES,
    Database,
    Transaction,
    open_database,
)

__all__ = [
    "DATABASE",
    "TABLES",
    "Away",
    "Database",
    "Row",
    "Taken",
    "Transaction",
    "Value",
    "open_database",
]
