"""Sign-in, roles, audit and backup on a real server of Postgres, as on SQLite."""

from __future__ import annotations

from pathlib import Path

from authenticator import Authenticator
from postgres_server import running
from shared_server import ORIGIN, shared, text_of, use_passkey

from exvivo.web.access.audit import walked
from exvivo.web.access.users import users
from exvivo.web.backup import back_up, bring_back
from exvivo.web.database import DATABASE, open_database
from exvivo.web.shelf import Shelf
from exvivo.web.visitor import Role


def silent(step: str) -> None:
    """Nobody watches."""


def test_people_work_on_postgres_and_move_between_databases(tmp_path: Path) -> None:
    device = Authenticator(ORIGIN)
    with running() as postgres, shared(tmp_path, database=postgres.address) as server:
        steward = server.joined("Sam", "", Role.STEWARD)
        ada = server.joined("Ada", "alpha", Role.ANALYST, device)
        with server.database.reading() as transaction:
            user = next(each.id for each in users(transaction) if each.name == "Ada")
        steward.post(f"/admin/people/{user}/roles", data={"study": "beta", "role": "viewer"})
        assert ada.get("/s/beta").status_code == 200
        ada.post("/sign-out")
        assert use_passkey(server.client(), device).status_code == 200
        assert "are one chain" in text_of(steward.get("/admin/audit"))
        shelf = Shelf(server.settings.root)
        told = back_up(shelf, server.database, tmp_path / "backup", progress=silent)
    sqlite = open_database(tmp_path / "new" / DATABASE)
    bring_back(tmp_path / "backup", tmp_path / "restored", sqlite, progress=silent)
    with sqlite.reading() as transaction:
        assert walked(transaction, expect=told.head).broken == ()
        assert {each.name for each in users(transaction)} == {"Sam", "Ada"}
    with running() as postgres:
        other = open_database(postgres.address)
        bring_back(tmp_path / "backup", tmp_path / "again", other, progress=silent)
        with other.reading() as transaction:
            assert walked(transaction, expect=told.head).broken == ()
        other.close()
    sqlite.close()
