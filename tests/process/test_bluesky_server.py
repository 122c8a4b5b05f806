"""The whole way with Bluesky's own server: connect an account, `sync --once`, and what others wrote is on the desk."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from smdash.store import driver
from tests.conftest import Smdash
from tests.contract.servers import Bluesky, bluesky

pytestmark = pytest.mark.server
POST = "app.bsky.feed.post"


@pytest.fixture(scope="module")
def network() -> Iterator[Bluesky]:
    with bluesky() as running:
        yield running


@dataclass
class Person:
    """Somebody on the network, who writes with the password's session."""

    network: Bluesky
    handle: str
    did: str
    token: str

    def app_password(self) -> str:
        name = {"name": f"smdash {time.monotonic_ns()}"}
        made = self.network.ask("com.atproto.server.createAppPassword", name, token=self.token)
        self.revoke = name
        return str(made["password"])

    def write(self, text: str, **more: object) -> dict[str, str]:
        """Publish a post; returns its uri and cid."""
        return self.put(POST, {"text": text} | more)

    def put(self, collection: str, more: dict[str, object]) -> dict[str, str]:
        record = {"$type": collection, "createdAt": datetime.now(UTC).isoformat().replace("+00:00", "Z")} | more
        body: dict[str, object] = {"repo": self.did, "collection": collection, "record": record}
        if collection.endswith(".profile"):
            body["rkey"] = "self"
        made = self.network.ask("com.atproto.repo.createRecord", body, token=self.token)
        return {"uri": made["uri"], "cid": made["cid"]}

    def naming(self, other: Person) -> dict[str, Any]:
        """The facet that makes the "@" at the start of a text a mention."""
        feature = {"$type": "app.bsky.richtext.facet#mention", "did": other.did}
        return {"facets": [{"index": {"byteStart": 0, "byteEnd": len(other.handle) + 1}, "features": [feature]}]}


_count = 0


def person(network: Bluesky, name: str) -> Person:
    global _count
    _count += 1
    handle = f"{name}{_count}.test"
    body: dict[str, object] = {"handle": handle, "email": f"{name}{_count}@mail.test", "password": f"sandi-{name}-1"}
    made = network.ask("com.atproto.server.createAccount", body)
    person = Person(network, handle, made["did"], made["accessJwt"])
    person.put("app.bsky.actor.profile", {"displayName": name.title()})
    return person


def connect(smdash: Smdash, network: Bluesky, us: Person, folder: Path) -> Path:
    token = folder / "app-password"
    token.write_text(us.app_password() + "\n")
    token.chmod(0o600)
    words = ("--name", "kopi", "--handle", us.handle, "--url", network.url, "--token-file", token)
    ran = smdash.ok("account", "add", "bluesky", *words)
    assert f"@{us.handle}" in ran.out
    return token


def sync(smdash: Smdash, job: str) -> dict[str, Any]:
    (line,) = smdash("sync", "--once", "--json", "--only", f"bluesky/kopi/{job}").lines
    found: dict[str, Any] = json.loads(line)
    return found


def until(smdash: Smdash, job: str, wanted: int) -> None:
    """Pull until so many new ones came: the AppView hears of a post within a second or so."""
    end, new = time.monotonic() + 30, 0
    while new < wanted:
        assert time.monotonic() < end, f"only {new} of {wanted} came: {smdash('mention', 'list', '--json').out}"
        found = sync(smdash, job)
        assert found["ok"], found
        new += found["new"]
    assert new == wanted


def test_what_others_write_reaches_the_desk_once(smdash: Smdash, network: Bluesky, tmp_path: Path) -> None:
    if not network.appview:
        pytest.skip("PostgreSQL is not installed, and without it Bluesky's AppView makes no notifications")
    us, rina, budi = (person(network, name) for name in ("kopi", "rina", "budi"))
    connect(smdash, network, us, tmp_path)
    assert sync(smdash, "notifications")["new"] == 0
    ours = us.write("Panen raya")
    rina.write(f"@{us.handle} buka jam berapa?", **rina.naming(us))
    answer = rina.write("Enak!", reply={"root": ours, "parent": ours})
    until(smdash, "notifications", 2)
    budi.write("Setuju", reply={"root": ours, "parent": answer})
    budi.write("Lihat ini", embed={"$type": "app.bsky.embed.record", "record": ours})
    budi.put("app.bsky.feed.like", {"subject": ours})
    budi.put("app.bsky.graph.follow", {"subject": us.did})
    until(smdash, "notifications", 2)

    rows = {row["body"].split("\n")[0]: row for row in smdash.ok("mention", "list", "--json").json}
    assert {text: row["kind"] for text, row in rows.items()} == {
        f"@{us.handle} buka jam berapa?": "mention",
        "Enak!": "reply",
        "Setuju": "comment",
        "Lihat ini": "mention",
    }
    asked = rows[f"@{us.handle} buka jam berapa?"]
    assert (asked["author_handle"], asked["author_name"]) == (rina.handle, "Rina")
    assert asked["url"].startswith(f"https://bsky.app/profile/{rina.did}/post/") and asked["due_at"] is not None
    again = sync(smdash, "notifications")
    assert (again["ok"], again["new"], again["changed"]) == (True, 0, 0)

    # We answer on Bluesky's own site: the reply is not due any more.
    us.write("Terima kasih!", reply={"root": ours, "parent": answer})
    until(smdash, "answers", 1)
    rows = {row["body"].split("\n")[0]: row for row in smdash.ok("mention", "list", "--json").json}
    assert rows["Enak!"]["due_at"] is None and rows["Setuju"]["due_at"] is not None
    assert sync(smdash, "answers")["new"] == 0


def remark(smdash: Smdash) -> str:
    """What the health row of the job for direct messages says."""
    conn = driver.connect(smdash.db)
    try:
        (found,) = conn.execute("SELECT error FROM sync_job WHERE name = 'bluesky/kopi/messages'").fetchone()
    finally:
        conn.close()
    return str(found)


def test_direct_messages_need_a_right_of_their_own(smdash: Smdash, network: Bluesky, tmp_path: Path) -> None:
    us = person(network, "kopi")
    connect(smdash, network, us, tmp_path)
    found = sync(smdash, "messages")
    assert found["ok"] and "the app password of kopi has no right to direct messages" in remark(smdash)
    (checked,) = smdash.ok("account", "check", "--json").json
    assert checked["missing_scopes"] == ["direct messages"]


def test_a_session_is_kept_renewed_and_made_anew(smdash: Smdash, network: Bluesky, tmp_path: Path) -> None:
    us = person(network, "kopi")
    token = connect(smdash, network, us, tmp_path)
    (session,) = (path for path in (tmp_path / "state").rglob("session-*") if path.suffix != ".lock")
    assert session.stat().st_mode & 0o777 == 0o600 and session.parent.stat().st_mode & 0o777 == 0o700
    first = json.loads(session.read_text())
    said, wrong = "", first["access"][:-8] + "AAAAAAAA"
    for damaged in (("access",), ("access", "refresh")):
        kept = json.loads(session.read_text())
        session.write_text(json.dumps(kept | dict.fromkeys(damaged, wrong)))
        ran = smdash("sync", "--once", "--verbose", "--only", "bluesky/kopi/messages")
        said += ran.out + ran.err
        after = json.loads(session.read_text())
        assert "no right to direct messages" in remark(smdash) and after["access"] != wrong
        # Only a new login salts anew.
        assert (after["salt"] == kept["salt"]) == (damaged == ("access",))
    secrets = {first["access"], first["refresh"], after["access"], after["refresh"], token.read_text().strip()}
    for path in tmp_path.rglob("*"):
        if path.is_file() and path not in (token, session):
            assert not any(secret.encode() in path.read_bytes() for secret in secrets), path
    assert not any(secret in said for secret in secrets)

    network.ask("com.atproto.server.revokeAppPassword", us.revoke, token=us.token)
    ran = smdash("account", "check")
    assert ran.code == 1 and f"does not know the handle {us.handle} with this app password" in ran.out
