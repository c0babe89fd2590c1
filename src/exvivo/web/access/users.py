"""The accounts of a server and their roles. A name belongs to one account for ever, closed or not:
decisions are signed with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from exvivo.errors import Mistake, UserMistake
from exvivo.visible import one_line
from exvivo.web.access.audit import note
from exvivo.web.access.times import now
from exvivo.web.access.tokens import new_id
from exvivo.web.database import Row, Taken, Transaction
from exvivo.web.visitor import PERMISSIONS, Role, Visitor

SERVER = ""
"""The study that stands for the whole server: a steward's."""
LONGEST_NAME = 80
_WHERE = "the people of this server"


@dataclass(frozen=True)
class User:
    """An account: its roles by study ('' is the whole server), and when it was closed."""

    id: str
    name: str
    created: str
    closed: str | None
    roles: Mapping[str, Role] = field(default_factory=dict)

    @property
    def is_steward(self) -> bool:
        """Whether they run the server."""
        return self.roles.get(SERVER) is Role.STEWARD

    @property
    def visitor(self) -> Visitor:
        """What they may do at the door."""
        roles = {study: role for study, role in self.roles.items() if study != SERVER}
        everywhere = PERMISSIONS[Role.STEWARD] if self.is_steward else frozenset()
        return Visitor(self.id, self.name, roles, everywhere)


def checked_name(text: str) -> str:
    """A name as it may be given to an account. Raises `UserMistake`."""
    name = " ".join(text.split())
    if not 1 <= len(name) <= LONGEST_NAME or one_line(name) != name:
        expected = f"a name of 1 to {LONGEST_NAME} signs"
        raise UserMistake(Mistake("Name", repr(text[:80]), expected, "type the person's name"))
    return name


def checked_role(study: str, role: str) -> Role:
    """A role as a form names it. A steward's is of the whole server, every other of a study.
    Raises `UserMistake`.
    """
    given = next((each for each in Role if each.value == role), None)
    if given is None or (given is Role.STEWARD) != (study == SERVER):
        expected = "viewer, analyst or coordinator of a study, or steward of the server"
        raise UserMistake(
            Mistake(
                "Role", f"{role!r} in {study or 'the server'!r}", expected, "choose one of them"
            )
        )
    return given


def add_user(transaction: Transaction, name: str) -> User:
    """Make an account. Raises `UserMistake` where the name is not free."""
    user = User(new_id(), checked_name(name), now(transaction), None)
    refuse_taken(transaction, user.name)
    try:
        transaction.run(
            "INSERT INTO users (id, name, created) VALUES (:id, :name, :created)",
            id=user.id,
            name=user.name,
            created=user.created,
        )
    except Taken:
        raise _taken(user.name) from None
    return user


def refuse_taken(transaction: Transaction, name: str) -> None:
    """Raise `UserMistake` where a name belongs to an account, in large or small letters."""
    names = transaction.rows("SELECT name FROM users")
    if name.casefold() in {str(each["name"]).casefold() for each in names}:
        raise _taken(name)


def _taken(name: str) -> UserMistake:
    cure = "choose another: decisions are signed with the name"
    return UserMistake(
        Mistake(_WHERE, f"the name {name!r}, of another account", "a new name", cure)
    )


def user_of(transaction: Transaction, user_id: str) -> User | None:
    """An account by its id, closed or not."""
    row = transaction.row("SELECT * FROM users WHERE id = :id", id=user_id)
    return _user(transaction, row) if row else None


def existing(transaction: Transaction, user_id: str) -> User:
    """An account that is open. Raises `UserMistake`."""
    user = user_of(transaction, user_id)
    if user is None or user.closed:
        raise UserMistake(
            Mistake(_WHERE, "no open account", "one of the list", "load the page again")
        )
    return user


def user_known_as(transaction: Transaction, way: str, subject: str) -> User | None:
    """The open account of somebody whom a proxy or a provider names."""
    row = transaction.row(
        "SELECT users.* FROM users JOIN identities ON identities.user_id = users.id "
        "WHERE identities.way = :way AND identities.subject = :subject AND users.closed IS NULL",
        way=way,
        subject=subject,
    )
    return _user(transaction, row) if row else None


def know_as(transaction: Transaction, user_id: str, way: str, subject: str) -> None:
    """Note whom a proxy or a provider means by a subject. Raises `UserMistake` where that is
    somebody else already.
    """
    transaction.run(
        "INSERT INTO identities (way, subject, user_id) VALUES (:way, :subject, :user_id) "
        "ON CONFLICT DO NOTHING",
        way=way,
        subject=subject,
        user_id=user_id,
    )
    user = user_known_as(transaction, way, subject)
    if user is None or user.id != user_id:
        cure = "sign in without the invitation, or sign out there first"
        raise UserMistake(
            Mistake("Sign-in", "a sign-in that another account uses", "one that is new here", cure)
        )


def users(transaction: Transaction) -> list[User]:
    """Every account, by name."""
    rows = transaction.rows("SELECT * FROM users")
    listed = [_user(transaction, row) for row in rows]
    return sorted(listed, key=lambda user: user.name.casefold())


def _user(transaction: Transaction, row: Row) -> User:
    query = "SELECT study, role FROM roles WHERE user_id = :id ORDER BY study"
    roles = transaction.rows(query, id=row["id"])
    by_study = {str(each["study"]): Role(each["role"]) for each in roles}
    closed = None if row["closed"] is None else str(row["closed"])
    return User(str(row["id"]), str(row["name"]), str(row["created"]), closed, by_study)


def give_role(transaction: Transaction, user_id: str, study: str, role: Role, by: str) -> None:
    """Give somebody a role in a study, in the place of the one they had."""
    transaction.run(
        "INSERT INTO roles (user_id, study, role) VALUES (:user_id, :study, :role) "
        "ON CONFLICT (user_id, study) DO UPDATE SET role = excluded.role",
        user_id=user_id,
        study=study,
        role=role.value,
    )
    note(transaction, "role", {"by": by, "user": user_id, "study": study, "role": role.value})


def take_role(transaction: Transaction, user_id: str, study: str, by: str) -> None:
    """Take somebody's role in a study. Raises `UserMistake` for that of the last steward."""
    if study == SERVER:
        _refuse_last_steward(transaction, user_id)
    taken = transaction.run(
        "DELETE FROM roles WHERE user_id = :user_id AND study = :study",
        user_id=user_id,
        study=study,
    )
    if taken:
        note(transaction, "role", {"by": by, "user": user_id, "study": study, "role": None})


def clear_roles(transaction: Transaction, study: str, by: str) -> None:
    """Take every role in a study: those that a study of the same name has left, before a new one
    is begun.
    """
    rows = transaction.rows("SELECT user_id FROM roles WHERE study = :study", study=study)
    for row in rows:
        take_role(transaction, str(row["user_id"]), study, by)


def user_named(transaction: Transaction, name: str) -> User | None:
    """The open account of this name, in large or small letters."""
    wanted = " ".join(name.split()).casefold()
    named = (each for each in users(transaction) if each.name.casefold() == wanted)
    return next((each for each in named if not each.closed), None)


def close_user(transaction: Transaction, user_id: str, by: str) -> None:
    """Close an account: nobody signs in with it any more, and who is signed in is out. Raises
    `UserMistake` for that of the last steward.
    """
    existing(transaction, user_id)
    _refuse_last_steward(transaction, user_id)
    for table in ("sessions", "credentials", "identities", "roles", "invitations"):
        transaction.run(f"DELETE FROM {table} WHERE user_id = :id", id=user_id)
    closed = now(transaction)
    transaction.run("UPDATE users SET closed = :closed WHERE id = :id", closed=closed, id=user_id)
    note(transaction, "account", {"by": by, "user": user_id, "closed": True})


def _refuse_last_steward(transaction: Transaction, user_id: str) -> None:
    stewards = transaction.rows(
        "SELECT roles.user_id FROM roles JOIN users ON users.id = roles.user_id "
        "WHERE roles.study = '' AND roles.role = 'steward' AND users.closed IS NULL"
    )
    if [str(each["user_id"]) for each in stewards] == [user_id]:
        cure = "make somebody else a steward first"
        raise UserMistake(Mistake(_WHERE, "the last steward", "a server that somebody runs", cure))
