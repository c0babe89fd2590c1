"""Times as the door keeps them: texts in UTC to the second, which sort as they follow."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from exvivo.web.database import Transaction


def now(transaction: Transaction, **later: float) -> str:
    """The time by the clock of the database, the same for every host; `hours=12` later if asked."""
    moment = datetime.fromtimestamp(transaction.now(), UTC) + timedelta(**later)
    return moment.isoformat(timespec="seconds")
