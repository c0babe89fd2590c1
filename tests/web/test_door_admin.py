"""The pages of the steward, roles by study, and the audit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from authenticator import Authenticator
from shared_server import ORIGIN, STUDIES, Shared, join, shared, text_of, use_passkey

from exvivo.web.access.audit import last_rows, walked
from exvivo.web.access.server import steward_link
from exvivo.web.access.users import users
from exvivo.web.running import ask_run
from exvivo.web.visitor import Permission, Role

if TYPE_CHECKING:
    from starlette.testclient import TestClient


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Shared]:
    with shared(tmp_path) as made:
        yield made


def steward_of(server: Shared, name: str = "Sam") -> TestClient:
    return server.joined(name, "", Role.STEWARD)


def id_of(server: Shared, name: str) -> str:
    with server.database.reading() as transaction:
        return next(each.id for each in users(transaction) if each.name == name)


def invite_by_page(client: TestClient, name: str, study: str, role: str) -> Any:
    sent = {"name": name, "study": study, "role": role}
    return client.post("/admin/invitations", data=sent)


def test_a_steward_invites_by_a_page(server: Shared) -> None:
    page = invite_by_page(steward_of(server), "Ada", "alpha", "analyst")
    link = re.search(rf"{re.escape(ORIGIN)}/invitation/([\w-]+)", page.text)
    assert link is not None
    client = server.client()
    join(client, Authenticator(ORIGIN), link[1])
    assert client.get("/s/alpha").status_code == 200
    assert client.get("/s/beta").status_code == 404


@pytest.mark.parametrize("role", [Role.VIEWER, Role.ANALYST, Role.COORDINATOR])
def test_nobody_else_runs_the_server(server: Shared, role: Role) -> None:
    client = server.joined("Ada", "alpha", role)
    assert client.get("/admin").status_code == 403
    assert client.get("/admin/audit").status_code == 403
    assert invite_by_page(client, "Bob", "alpha", "viewer").status_code == 403


def test_a_steward_sees_no_identifier(server: Shared) -> None:
    steward_of(server)
    with server.database.reading() as transaction:
        visitor = users(transaction)[0].visitor
    assert visitor.may(Permission.STEWARD) and visitor.may(Permission.READ, "alpha")
    assert not visitor.may(Permission.IDENTIFY, "alpha")


@pytest.mark.parametrize(
    ("study", "role"),
    [("gamma", "viewer"), ("alpha", "owner"), ("alpha", ""), ("", "analyst"), ("..", "viewer")],
)
def test_a_role_that_cannot_be_is_refused(server: Shared, study: str, role: str) -> None:
    assert invite_by_page(steward_of(server), "Ada", study, role).status_code == 422


@pytest.mark.parametrize("name", ["", "  ", "x" * 81, "Ada\x1b[2J", "sam", "SAM"])
def test_a_name_that_cannot_sign_is_refused(server: Shared, name: str) -> None:
    assert invite_by_page(steward_of(server), name, "alpha", "viewer").status_code == 422


def test_a_name_with_markup_is_shown_as_it_is(server: Shared) -> None:
    client = steward_of(server)
    page = invite_by_page(client, "<script>x</script>", "alpha", "viewer")
    assert "<script>x" not in page.text and "&lt;script&gt;x" in page.text


def test_roles_are_given_and_taken(server: Shared) -> None:
    steward, ada = steward_of(server), server.joined("Ada", "alpha", Role.VIEWER)
    user = id_of(server, "Ada")
    steward.post(f"/admin/people/{user}/roles", data={"study": "beta", "role": "coordinator"})
    assert ada.get("/s/beta").status_code == 200
    steward.post(f"/admin/people/{user}/roles/remove", data={"study": "alpha"})
    assert ada.get("/s/alpha").status_code == 404
    assert "Ada" in text_of(steward.get("/admin"))


def test_the_last_steward_stays(server: Shared) -> None:
    steward, user = steward_of(server), id_of(server, "Sam")
    assert steward.post(f"/admin/people/{user}/close").status_code == 422
    assert steward.post(f"/admin/people/{user}/roles/remove", data={"study": ""}).status_code == 422
    steward_of(server, "Sue")
    assert steward.post(f"/admin/people/{user}/close").status_code == 303
    assert steward.get("/admin").status_code == 303, "signed out with the account"


def test_a_closed_account_is_closed(server: Shared) -> None:
    steward, device = steward_of(server), Authenticator(ORIGIN)
    ada = server.joined("Ada", "alpha", Role.VIEWER, device)
    user = id_of(server, "Ada")
    with server.database.writing() as transaction:
        transaction.run("UPDATE invitations SET used = NULL WHERE name = 'Ada'")
    steward.post(f"/admin/people/{user}/close")
    assert ada.get("/").status_code == 303
    assert use_passkey(server.client(), device).status_code == 403
    assert invite_by_page(steward, "Ada", "alpha", "viewer").status_code == 422, "names are kept"


def test_a_lost_passkey_is_replaced_by_a_link(server: Shared) -> None:
    steward = steward_of(server)
    server.joined("Ada", "alpha", Role.ANALYST)
    page = steward.post(f"/admin/people/{id_of(server, 'Ada')}/invite")
    link = re.search(r"/invitation/([\w-]+)", page.text)
    assert link is not None
    client = server.client()
    join(client, Authenticator(ORIGIN), link[1])
    assert client.get("/s/alpha").status_code == 200
    with server.database.reading() as transaction:
        assert len(users(transaction)) == 2


def test_an_invitation_is_taken_back(server: Shared) -> None:
    steward, token = steward_of(server), server.invited("Ada", "alpha", Role.VIEWER)
    listed = re.search(r"/admin/invitations/(\w+)/remove", steward.get("/admin").text)
    assert listed is not None and listed[1] != token
    steward.post(f"/admin/invitations/{listed[1]}/remove")
    assert server.client().get(f"/invitation/{token}").status_code == 404


def test_whoever_begins_a_study_coordinates_it(server: Shared) -> None:
    client = server.joined("Ada", "alpha", Role.ANALYST)
    keeper = server.app.state.site.keeper
    with server.database.reading() as transaction:
        visitor = users(transaction)[0].visitor
    assert client.get("/s/beta").status_code == 404
    keeper.made(visitor, "beta")
    assert client.get("/s/beta").status_code == 200


def test_a_new_study_has_nobody_of_an_old_one(server: Shared) -> None:
    """The folder was taken away, and somebody else begins a study of the same name."""
    eve = server.joined("Eve", "beta", Role.COORDINATOR)
    server.joined("Ada", "alpha", Role.ANALYST)
    with server.database.reading() as transaction:
        ada = next(each for each in users(transaction) if each.name == "Ada")
    server.app.state.site.keeper.made(ada.visitor, "beta")
    assert eve.get("/s/beta").status_code == 404


def test_the_command_line_lets_a_steward_back_in(server: Shared) -> None:
    steward_of(server)
    link = steward_link(server.settings, server.database, "sam")
    client = server.client()
    assert "A new passkey for Sam" in text_of(client.get(link.removeprefix(ORIGIN)))
    join(client, Authenticator(ORIGIN), link.rpartition("/")[2])
    assert client.get("/admin").status_code == 200
    with server.database.reading() as transaction:
        assert len(users(transaction)) == 1


def test_everything_is_on_record_without_names(server: Shared) -> None:
    steward = steward_of(server)
    ada = server.joined("Ada", "alpha", Role.VIEWER)
    user = id_of(server, "Ada")
    steward.post(f"/admin/people/{user}/roles", data={"study": "beta", "role": "analyst"})
    ada.post("/sign-out")
    steward.post(f"/admin/people/{user}/close")
    with server.database.reading() as transaction:
        rows = last_rows(transaction, 100)
        assert walked(transaction).broken == ()
    kinds = {row.kind for row in rows}
    assert kinds == {"invite", "join", "passkey", "role", "sign-in", "sign-out", "account"}
    assert not any("Ada" in row.states for row in rows)
    words = text_of(steward.get("/admin/audit"))
    assert "gave Ada the role analyst in beta" in words and "are one chain" in words


@pytest.mark.parametrize(
    ("damage", "what"),
    [
        ("UPDATE audit SET states = replace(states, 'user', 'User') WHERE number = 2", "hash"),
        ("DELETE FROM audit WHERE number = 3", "number"),
        ("UPDATE audit SET before = hash WHERE number = 4", "before"),
    ],
)
def test_an_edited_row_is_seen(server: Shared, damage: str, what: str) -> None:
    steward = steward_of(server)
    server.joined("Ada", "alpha", Role.VIEWER)
    with server.database.writing() as transaction:
        transaction.run(damage)
    with server.database.reading() as transaction:
        assert what in {each.what for each in walked(transaction).broken}
    assert "The chain does not stand" in text_of(steward.get("/admin/audit"))


def test_a_chain_that_was_cut_is_seen_by_a_head_kept_elsewhere(server: Shared) -> None:
    steward_of(server)
    with server.database.reading() as transaction:
        head = walked(transaction).head
    with server.database.writing() as transaction:
        transaction.run("DELETE FROM audit WHERE number > 1")
    with server.database.reading() as transaction:
        assert walked(transaction).broken == ()
        assert [each.what for each in walked(transaction, expect=head[:12]).broken] == ["expected"]


def test_a_local_door_has_none_of_these_pages(quick_door: TestClient) -> None:
    for path in ("/admin", "/admin/audit", "/account", "/sign-in", "/invitation/x"):
        assert quick_door.get(path).status_code == 404, path


def test_studies_stay_apart(server: Shared) -> None:
    """A study that is not theirs answers as one that is not there."""
    client = server.joined("Ada", STUDIES[0], Role.COORDINATOR)
    theirs, nothing = client.get("/s/beta"), client.get("/s/nothing")
    assert theirs.status_code == nothing.status_code == 404
    assert theirs.text.replace("beta", "") == nothing.text.replace("nothing", "")


def test_the_steward_sees_and_ends_runs(server: Shared) -> None:
    steward = steward_of(server)
    assert "No run was asked for" in text_of(steward.get("/admin/jobs"))
    with server.database.reading() as transaction:
        sam = users(transaction)[0].visitor
    job = ask_run(server.app.state.site, "alpha", sam)
    assert "alpha Sam waiting" in text_of(steward.get("/admin/jobs"))
    sent = {"study": "alpha", "job": job.id}
    assert steward.post("/admin/jobs/cancel", data=sent).status_code == 303
    assert "cancelled" in text_of(steward.get("/admin/jobs"))
    words = text_of(steward.get("/admin/audit"))
    assert "asked for a run of alpha" in words and "cancelled a run of alpha" in words
