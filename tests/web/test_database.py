"""One contract, held by SQLite and by a real server of Postgres."""

from __future__ import annotations

import re
import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from postgres_server import Server, running

from exvivo.errors import Bug, StoreError
from exvivo.web.database import DATABASE, TABLES, Away, Database, Taken, open_database
from exvivo.web.database.postgres import PostgresServer
from exvivo.web.database.statements import numbered

USER = "INSERT INTO users (id, name, created) VALUES (:id, :name, '2026-11-30T07:00:00')"
COUNT = "SELECT count(*) AS n FROM users"


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with running() as server:
        yield server


@pytest.fixture(scope="session")
def postgres(server: Server) -> Iterator[Database]:
    database = open_database(server.address)
    yield database
    database.close()


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if request.param == "postgres":
        database = request.getfixturevalue("postgres")
        with database.writing() as transaction:
            transaction.run(f"TRUNCATE {', '.join(TABLES)}")
        yield database
        return
    database = open_database(tmp_path / DATABASE)
    yield database
    database.close()


def people(database: Database) -> int:
    with database.reading() as transaction:
        row = transaction.row(COUNT)
        assert row is not None
        return int(row["n"])


def test_what_is_written_is_read_by_the_names_of_its_columns(database: Database) -> None:
    with database.writing() as transaction:
        assert transaction.run(USER, id="1", name="Zoë; -- : % %(x)s") == 1
    with database.reading() as transaction:
        rows = transaction.rows("SELECT id, name, closed FROM users WHERE id = :id", id="1")
        assert rows == [{"id": "1", "name": "Zoë; -- : % %(x)s", "closed": None}]
        assert transaction.row("SELECT id FROM users WHERE id = :id", id="2") is None


def test_what_raises_is_taken_back(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.writing() as transaction:
        transaction.run(USER, id="1", name="a")
        raise ZeroDivisionError
    assert people(database) == 0


def test_a_name_is_taken_once(database: Database) -> None:
    with database.writing() as transaction:
        transaction.run(USER, id="1", name="a")
    with pytest.raises(Taken), database.writing() as transaction:
        transaction.run(USER, id="2", name="a")
    with database.writing() as transaction:
        assert transaction.run(f"{USER} ON CONFLICT DO NOTHING", id="2", name="a") == 0


def test_a_row_names_only_a_user_who_is_there(database: Database) -> None:
    role = "INSERT INTO roles (user_id, study, role) VALUES (:user, '', :role)"
    with pytest.raises(Taken), database.writing() as transaction:
        transaction.run(role, user="nobody", role="viewer")
    with database.writing() as transaction:
        transaction.run(USER, id="1", name="a")
    with pytest.raises(Taken), database.writing() as transaction:
        transaction.run(role, user="1", role="owner")


def test_writers_come_one_after_another(database: Database) -> None:
    """What a transaction has read stands until it commits: numbers without a gap or a double."""

    def add(count: int) -> None:
        for _ in range(count):
            with database.writing() as transaction:
                row = transaction.row(COUNT)
                assert row is not None
                transaction.run(USER, id=str(row["n"]), name=str(row["n"]))

    threads = [threading.Thread(target=add, args=(10,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert people(database) == 40


def test_a_reader_sees_one_state(database: Database) -> None:
    with database.reading() as transaction:
        assert transaction.row(COUNT) == {"n": 0}
        thread = threading.Thread(target=lambda: _add(database))
        thread.start()
        thread.join()
        assert transaction.row(COUNT) == {"n": 0}
    assert people(database) == 1


def _add(database: Database) -> None:
    with database.writing() as transaction:
        transaction.run(USER, id="1", name="a")


def test_a_transaction_within_another_is_a_fault_not_a_wait(database: Database) -> None:
    with database.reading(), pytest.raises(Bug), database.writing():
        pass
    assert people(database) == 0


def test_one_clock_for_all_hosts(database: Database) -> None:
    with database.reading() as transaction:
        assert abs(transaction.now() - time.time()) < 5


def test_a_study_has_one_running_job_and_one_that_waits(database: Database) -> None:
    job = (
        "INSERT INTO jobs (id, study, asked_by, asked, state)"
        " VALUES (:id, 'demo', 'a', 0, :state) ON CONFLICT DO NOTHING"
    )
    with database.writing() as transaction:
        states = ["running", "waiting", "running", "waiting", "done", "done"]
        done = [transaction.run(job, id=str(i), state=state) for i, state in enumerate(states)]
    assert done == [1, 1, 0, 0, 1, 1]


def test_opened_again_it_has_the_same_tables_and_rows(database: Database) -> None:
    _add(database)
    where = database.server
    again = open_database(where.address if isinstance(where, PostgresServer) else where.path)
    assert people(again) == 1
    again.close()


def test_a_newer_database_is_not_touched(tmp_path: Path) -> None:
    database = open_database(tmp_path / DATABASE)
    with database.writing() as transaction:
        transaction.run("INSERT INTO schema_version (number) VALUES (9999)")
    database.close()
    with pytest.raises(StoreError, match="newer exvivo"):
        open_database(tmp_path / DATABASE)


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    database = open_database(tmp_path / "state" / DATABASE)
    _add(database)
    for path in (tmp_path / "state").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path.name
    database.close()


def test_what_sqlite_refuses_is_said_with_a_cure(tmp_path: Path) -> None:
    path = tmp_path / DATABASE
    path.write_bytes(b"no database, but a text that is long enough to be looked at" * 20)
    with pytest.raises(StoreError, match="exvivo restore"):
        open_database(path)


def test_every_table_is_in_the_list_that_backups_take() -> None:
    text = "\n".join(statement for each in numbered().values() for statement in each)
    assert tuple(re.findall(r"CREATE TABLE (\w+)", text)) == TABLES


def test_a_server_that_stops_is_said_and_waited_for(server: Server, postgres: Database) -> None:
    impatient = Database(postgres.server, patience=0)
    with impatient.reading() as transaction:
        transaction.row(COUNT)
    server.stop()
    with pytest.raises(Away), impatient.reading() as transaction:
        transaction.row(COUNT)
    starting = threading.Thread(target=server.start)
    starting.start()
    try:
        assert people(postgres) >= 0
    finally:
        starting.join()
    impatient.close()


def test_a_password_stands_in_no_message() -> None:
    server = PostgresServer("postgresql://exvivo:secret@127.0.0.1:1/door")
    with pytest.raises(Away) as refused, Database(server, patience=0).reading():
        pass
    assert "secret" not in str(refused.value)
