"""The whole way with Bluesky's own server: connect an account, `sync --once`, and what others wrote is on the desk.

What goes out is asked of the adapter itself, and then looked at as others see it.
"""

from __future__ import annotations

import asyncio
import json
import signal
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from smdash.core.clock import SystemClock
from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.records import IncomingMention, MentionKind
from smdash.platforms.base import Credentials, Pull
from smdash.platforms.bluesky import Bluesky as Adapter
from smdash.platforms.bluesky_session import Caller
from smdash.platforms.bluesky_video import made_ready
from smdash.platforms.client import Client
from smdash.platforms.outgoing import Above, Addressee, Medium, Outgoing, OutgoingKind, Published
from smdash.store import driver
from smdash.store.connection import open_store
from tests.conftest import Smdash, member
from tests.contract import faulty
from tests.contract.publishing import picture, png
from tests.contract.servers import Bluesky, bluesky, mastodon_mock, nginx
from tests.cutting_proxy import cutting
from tests.process.test_publish_servers import on_the_server, until_sent
from tests.pty_screen import Pty

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

    def sees(self, method: str, **params: str) -> dict[str, Any]:
        """What the network shows to this person."""
        query = "&".join(f"{name}={quote(value)}" for name, value in params.items())
        return self.network.ask(f"{method}?{query}", token=self.token)

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


def test_a_saved_search_finds_what_others_write_once(smdash: Smdash, network: Bluesky, tmp_path: Path) -> None:
    if not network.appview:
        pytest.skip("PostgreSQL is not installed, and without it Bluesky's AppView searches nothing")
    us, rina = (person(network, name) for name in ("kopi", "rina"))
    connect(smdash, network, us, tmp_path)
    smdash.ok("search", "add", "sanggabuana", "--account", "kopi")

    def look(wanted: int) -> None:
        end, new = time.monotonic() + 30, 0
        while new < wanted:
            assert time.monotonic() < end, f"only {new} of {wanted} came"
            (line,) = smdash("sync", "--once", "--json", "--only", "search/1").lines
            found = json.loads(line)
            assert found["ok"], found
            new += found["new"]
        assert new == wanted

    (line,) = smdash("sync", "--once", "--json", "--only", "search/1").lines
    assert (json.loads(line)["ok"], json.loads(line)["new"]) == (True, 0)
    us.write("kami di kebun sanggabuana")
    rina.write("kopi sanggabuana enak")
    rina.write("teh saja")
    look(1)
    rina.write("ke sanggabuana lagi")
    look(1)
    rows = smdash.ok("mention", "list", "kind:listening", "--json").json
    assert sorted(row["body"] for row in rows) == ["ke sanggabuana lagi", "kopi sanggabuana enak"]
    assert {row["author_handle"] for row in rows} == {rina.handle}


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


# What goes out


FIRST_AT = datetime.now(UTC)


def outgoing(
    one: Credentials, text: str = "", kind: OutgoingKind = OutgoingKind.POST, to: Addressee | None = None, key: str = ""
) -> Outgoing:
    now = datetime.now(UTC)
    key = key or f"{kind}-{sha256(text.encode()).hexdigest()[:12]}"
    return Outgoing(kind, one, key, now, FIRST_AT, text, to)


def account(us: Person) -> Credentials:
    return Credentials("bluesky", "kopi", us.network.url, us.app_password(), us.handle)


def addressee(mention: IncomingMention) -> Addressee:
    return Addressee(mention.remote_id, mention.kind, mention.author_handle, mention.url, mention.thread_key)


def eventually(look: Callable[[], Any]) -> Any:
    """What *look* sees, as soon as it sees something: the AppView hears of a record within a second or so."""
    end = time.monotonic() + 30
    while not (found := look()):
        assert time.monotonic() < end, "the AppView never showed it"
        time.sleep(0.1)
    return found


def shown(person: Person, uri: str) -> Any:
    return next(iter(person.sees("app.bsky.feed.getPosts", uris=uri)["posts"]), None)


async def test_a_post_is_out_once_under_a_key_of_ours(network: Bluesky) -> None:
    us = person(network, "kopi")
    one = account(us)
    out = outgoing(one, "Kopi ☕ baru: https://kopi.example/menu")
    async with Client() as client:
        assert await Adapter().find(out, client) is None
        made = await Adapter().publish(out, client)
        assert await Adapter().find(out, client) == made
        assert await Adapter().publish(out, client) == made
        # A token that is too old, in the middle of things.
        kept = json.loads(one.vault.load() or "")
        one.vault.save(json.dumps(kept | {"access": kept["access"][:-8] + "AAAAAAAA"}))
        await Adapter().publish(outgoing(one, "Lagi"), client)
        with pytest.raises(PlatformError) as caught:
            await Adapter().publish(outgoing(one, "x" * 301), client)
    assert caught.value.kind is ErrorKind.REJECTED and not caught.value.arrived and "300" in str(caught.value)
    records = us.sees("com.atproto.repo.listRecords", repo=us.did, collection=POST)["records"]
    texts = {row["uri"]: row["value"]["text"] for row in records}
    assert len(texts) == 2 and texts[made.remote_id] == "Kopi ☕ baru: https://kopi.example/menu"
    async with Client() as client:
        assert await Adapter().is_there(out, made.remote_id, client)
    network.ask(
        "com.atproto.repo.deleteRecord",
        {"repo": us.did, "collection": POST, "rkey": made.remote_id.rsplit("/", 1)[1]},
        token=us.token,
    )
    async with Client() as client:
        assert await Adapter().find(out, client) is None
        assert not await Adapter().is_there(out, made.remote_id, client)


async def test_links_names_and_tags_are_shown_as_such(network: Bluesky) -> None:
    if not network.appview:
        pytest.skip("PostgreSQL is not installed, and without it Bluesky's AppView shows nothing")
    us, rina = person(network, "kopi"), person(network, "rina")
    text = f"👨‍👩‍👧 Kak @{rina.handle}, lihat https://kopi.example/menu_(baru). #PanenRaya @bukan.siapa-siapa.test"
    async with Client() as client:
        made = await Adapter().publish(outgoing(account(us), text), client)
    post = eventually(lambda: shown(rina, made.remote_id))
    raw = post["record"]["text"].encode()
    assert post["author"]["handle"] == us.handle and raw.decode() == text
    facets = post["record"]["facets"]
    assert [raw[one["index"]["byteStart"] : one["index"]["byteEnd"]].decode() for one in facets] == [
        f"@{rina.handle}",
        "https://kopi.example/menu_(baru)",
        "#PanenRaya",
    ]
    assert [one["features"][0].get(key) for one, key in zip(facets, ("did", "uri", "tag"), strict=True)] == [
        rina.did,
        "https://kopi.example/menu_(baru)",
        "PanenRaya",
    ]
    notices = eventually(lambda: rina.sees("app.bsky.notification.listNotifications")["notifications"])
    assert [(one["reason"], one["uri"]) for one in notices] == [("mention", made.remote_id)]


async def test_answers_likes_and_hiding_in_a_thread(network: Bluesky) -> None:
    if not network.appview:
        pytest.skip("PostgreSQL is not installed, and without it Bluesky's AppView shows no threads")
    us, rina = person(network, "kopi"), person(network, "rina")
    one = account(us)
    async with Client() as client:
        post = await Adapter().publish(outgoing(one, "Panen raya"), client)
        eventually(lambda: shown(rina, post.remote_id))
        ours = {"uri": post.remote_id, "cid": shown(rina, post.remote_id)["cid"]}
        asked = rina.write("Buka jam berapa?", reply={"root": ours, "parent": ours})
        eventually(lambda: shown(us, asked["uri"]))

        pulled = await Adapter().pull(Pull("notifications", one, None, datetime.now(UTC)), client)
        (mention,) = pulled.mentions
        assert mention.kind is MentionKind.REPLY and mention.remote_id == asked["uri"]
        to = addressee(mention)
        answer = outgoing(one, "Jam delapan", OutgoingKind.REPLY, to)
        like = outgoing(one, "", OutgoingKind.LIKE, to)
        hide = outgoing(one, "", OutgoingKind.HIDE, to)
        for out in (answer, like, hide):
            assert await Adapter().find(out, client) is None
            made = await Adapter().publish(out, client)
            assert await Adapter().publish(out, client) == made == await Adapter().find(out, client)
        answered = await Adapter().find(answer, client)
        assert answered is not None

        def thread() -> Any:
            found = us.sees("app.bsky.feed.getPostThread", uri=post.remote_id)["thread"]
            return (
                found if found["replies"] and found["replies"][0]["replies"] and "threadgate" in found["post"] else None
            )

        seen = eventually(thread)
        (reply,) = seen["replies"]
        (below,) = reply["replies"]
        assert reply["post"]["uri"] == asked["uri"] and reply["post"]["likeCount"] == 1
        assert below["post"]["uri"] == answered.remote_id
        assert below["post"]["record"]["reply"] == {"root": ours, "parent": asked}
        assert seen["post"]["threadgate"]["record"]["hiddenReplies"] == [asked["uri"]]
        reasons = {row["reason"] for row in rina.sees("app.bsky.notification.listNotifications")["notifications"]}
        assert reasons == {"reply", "like"}
        # Who liked it on Bluesky's own site likes it no second time.
        again = outgoing(one, "", OutgoingKind.LIKE, to, key="another")
        assert await Adapter().publish(again, client) == await Adapter().find(like, client)
        assert (
            len(us.sees("com.atproto.repo.listRecords", repo=us.did, collection="app.bsky.feed.like")["records"]) == 1
        )


async def test_what_was_deleted_closed_or_blocked_is_not_answered(network: Bluesky) -> None:
    if not network.appview:
        pytest.skip("PostgreSQL is not installed, and without it Bluesky's AppView knows of no blocks")
    us, rina, budi = (person(network, name) for name in ("kopi", "rina", "budi"))
    one = account(us)
    gone, closed, blocked = rina.write("satu"), rina.write("dua"), budi.write("tiga")
    rkey = closed["uri"].rsplit("/", 1)[1]
    gate = {"$type": "app.bsky.feed.threadgate", "post": closed["uri"], "allow": []}
    gate["createdAt"] = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    body = {"repo": rina.did, "collection": gate["$type"], "rkey": rkey, "record": gate}
    network.ask("com.atproto.repo.createRecord", body, token=rina.token)
    budi.put("app.bsky.graph.block", {"subject": us.did})
    key = {"repo": rina.did, "collection": POST, "rkey": gone["uri"].rsplit("/", 1)[1]}
    eventually(lambda: shown(us, gone["uri"]))
    network.ask("com.atproto.repo.deleteRecord", key, token=rina.token)
    eventually(lambda: (shown(us, closed["uri"]) or {}).get("viewer", {}).get("replyDisabled"))
    eventually(lambda: shown(us, gone["uri"]) is None)
    for post, kind, sentence in (
        (gone, ErrorKind.GONE, "its author deleted it"),
        (closed, ErrorKind.PERMISSION, "lets only some people answer"),
        (blocked, ErrorKind.PERMISSION, "blocks the other"),
    ):
        to = Addressee(post["uri"], MentionKind.MENTION, rina.handle, thread_key=post["uri"])
        async with Client() as client:
            with pytest.raises(PlatformError) as caught:
                await Adapter().publish(outgoing(one, "Ya", OutgoingKind.REPLY, to), client)
        assert (caught.value.kind, caught.value.arrived) == (kind, False), str(caught.value)
        assert sentence in str(caught.value)
    assert us.sees("com.atproto.repo.listRecords", repo=us.did, collection=POST)["records"] == []


async def test_a_direct_message_needs_its_right_and_its_service(network: Bluesky) -> None:
    us = person(network, "kopi")
    to = Addressee("m1", MentionKind.DM, "rina.test", thread_key="dm:3kconvo")
    async with Client() as client:
        with pytest.raises(PlatformError, match="has no right to direct messages") as caught:
            await Adapter().publish(outgoing(account(us), "Ya", OutgoingKind.REPLY, to), client)
        assert not caught.value.arrived
        body = {"name": "with messages", "privileged": True}
        token = network.ask("com.atproto.server.createAppPassword", body, token=us.token)["password"]
        one = Credentials("bluesky", "kopi", network.url, token, us.handle)
        # Nobody answers behind the PDS: what became of the message is not known.
        with pytest.raises(PlatformError) as caught:
            await Adapter().publish(outgoing(one, "Ya", OutgoingKind.REPLY, to), client)
        assert caught.value.arrived and caught.value.kind is ErrorKind.SERVER
        with pytest.raises(PlatformError):
            await Adapter().find(outgoing(one, "Ya", OutgoingKind.REPLY, to), client)


def test_a_post_whose_answer_was_cut_off_is_found_by_its_key(smdash: Smdash, network: Bluesky, tmp_path: Path) -> None:
    us = person(network, "kopi")
    token = tmp_path / "app-password"
    token.write_text(us.app_password() + "\n")
    token.chmod(0o600)
    with cutting(network.url, "createRecord") as proxy:
        words = ("--name", "kopi", "--handle", us.handle, "--url", proxy.url, "--token-file", token)
        smdash.ok("account", "add", "bluesky", *words)
        smdash.ok("post", "add", "--account", "kopi", "--category", "quote", "--at", "now", "--body", "Senja di Gayo")
        proxy.cut = 1
        until_sent(smdash)
        assert proxy.passed == 1
    found = us.sees("com.atproto.repo.listRecords", repo=us.did, collection=POST)["records"]
    assert [one["value"]["text"] for one in found] == ["Senja di Gayo"]
    tried = smdash.ok("delivery", "show", "1", "--json").json["attempts"]
    assert [(one["what"], one["outcome"]) for one in tried] == [("send", "unknown"), ("look", "sent")]


# Files, link cards and threads


def content(us: Person, blob: dict[str, Any]) -> bytes:
    """What the network gives out as a blob's content."""
    query = f"did={quote(us.did)}&cid={blob['ref']['$link']}"
    with urllib.request.urlopen(f"{us.network.url}/xrpc/com.atproto.sync.getBlob?{query}", timeout=20) as answer:
        return bytes(answer.read())


def record_of(us: Person, made: Published) -> dict[str, Any]:
    rkey = made.remote_id.rsplit("/", 1)[1]
    found = us.sees("com.atproto.repo.getRecord", repo=us.did, collection=POST, rkey=rkey)
    return dict(found["value"]) | {"cid": found["cid"]}


def posts_of(us: Person) -> list[str]:
    records = us.sees("com.atproto.repo.listRecords", repo=us.did, collection=POST)["records"]
    return sorted(one["value"]["text"] for one in records)


def expired(one: Credentials) -> None:
    """Make the kept session one whose access token is of no use."""
    kept = json.loads(one.vault.load() or "")
    one.vault.save(json.dumps(kept | {"access": kept["access"][:-8] + "AAAAAAAA"}))


async def test_two_pictures_with_what_is_to_be_seen(network: Bluesky, tmp_path: Path) -> None:
    us = person(network, "kopi")
    one = account(us)
    media = (picture(tmp_path, "satu.png", "V60 di meja ☕", 40), picture(tmp_path, "dua.png", "Biji kopi", 90))
    async with Client() as client:
        await Adapter().publish(outgoing(one, "Halo"), client)
        expired(one)
        out = replace(outgoing(one, "Panen raya"), media=media)
        made = await Adapter().publish(out, client)
        assert await Adapter().publish(out, client) == made == await Adapter().find(out, client)
    images = record_of(us, made)["embed"]["images"]
    assert [row["alt"] for row in images] == ["V60 di meja ☕", "Biji kopi"]
    assert [content(us, row["image"]) for row in images] == [png(40), png(90)]
    assert [row["aspectRatio"] for row in images] == [{"width": 40, "height": 40}, {"width": 90, "height": 90}]
    assert posts_of(us) == ["Halo", "Panen raya"]
    if network.appview:
        rina = person(network, "rina")
        view = eventually(lambda: shown(rina, made.remote_id))["embed"]
        assert [row["alt"] for row in view["images"]] == ["V60 di meja ☕", "Biji kopi"]


async def test_a_big_picture_with_an_expired_session(network: Bluesky, tmp_path: Path) -> None:
    us = person(network, "kopi")
    one = account(us)
    path = tmp_path / "besar"
    path.write_bytes(png(40) + bytes(990_000))  # this release of the server takes 1 MB, later ones 2
    medium = Medium(path, "image/png", path.stat().st_size, sha256(path.read_bytes()).hexdigest(), name="besar.png")
    async with Client() as client:
        await Adapter().publish(outgoing(one, "Halo"), client)
        expired(one)
        made = await Adapter().publish(replace(outgoing(one, "Besar"), media=(medium,)), client)
    assert content(us, record_of(us, made)["embed"]["images"][0]["image"]) == path.read_bytes()


MP4 = b"\0\0\0\x18ftypisom\0\0\2\0isommp42" + b"\0\0\0\x08mdat"


def clip(folder: Path) -> Medium:
    path = folder / "video"
    path.write_bytes(MP4)
    return Medium(path, "video/mp4", len(MP4), sha256(MP4).hexdigest(), "Senja", 720, 1280, 8.0, "senja.mp4")


async def test_a_video_goes_to_a_server_that_is_no_part_of_bluesky_s_network(network: Bluesky, tmp_path: Path) -> None:
    us = person(network, "kopi")
    async with Client() as client:
        made = await Adapter().publish(replace(outgoing(account(us), "Senja"), media=(clip(tmp_path),)), client)
    embed = record_of(us, made)["embed"]
    assert (embed["alt"], embed["aspectRatio"]) == ("Senja", {"width": 720, "height": 1280})
    assert content(us, embed["video"]) == MP4
    if network.appview:
        rina = person(network, "rina")
        view = eventually(lambda: shown(rina, made.remote_id))["embed"]
        assert view["$type"] == "app.bsky.embed.video#view" and view["alt"] == "Senja"


async def test_what_a_video_service_gets_opens_the_account_s_server(network: Bluesky, tmp_path: Path) -> None:
    """Bluesky's own service can't be run here: this one takes the file and does with the token what that would do."""
    us = person(network, "kopi")
    tokens: list[str] = []
    made: dict[str, Any] = {}

    async def service(request: faulty.Request, writer: asyncio.StreamWriter) -> None:
        method = request.path.rsplit(".", 1)[1]
        tokens.append(request.headers.get("authorization", "").removeprefix("Bearer "))
        said: dict[str, Any] = {"canUpload": True}
        if method == "uploadVideo":
            said = {"jobId": "j1", "did": us.did, "state": "JOB_STATE_CREATED"}
            made.update(await asyncio.to_thread(deposit, tokens[-1], request.body))
        elif method == "getJobStatus":
            said = {"jobStatus": {"jobId": "j1", "did": us.did, "state": "JOB_STATE_COMPLETED", "blob": made["blob"]}}
        await faulty.answer(writer, body=json.dumps(said).encode())

    def deposit(token: str, body: bytes) -> dict[str, Any]:
        headers = {"Content-Type": "video/mp4", "Authorization": f"Bearer {token}"}
        request = urllib.request.Request(f"{network.url}/xrpc/com.atproto.repo.uploadBlob", body, headers)
        with urllib.request.urlopen(request, timeout=20) as answer:
            return dict(json.loads(answer.read()))

    async with faulty.serve(service) as server, Client(private_hosts=frozenset({f"127.0.0.1:{server.port}"})) as client:
        caller = Caller(account(us), client, datetime.now(UTC))
        blob = await made_ready(clip(tmp_path), caller, service=server.url)
        access = (await caller.session()).access
    assert blob == made["blob"] and blob["mimeType"] == "video/mp4" and blob["size"] == len(MP4)
    assert len(set(tokens[:2])) == 2 and access not in tokens
    us.write("Senja", embed={"$type": "app.bsky.embed.video", "video": blob})


async def test_a_thread_of_three_and_its_first_comment(network: Bluesky) -> None:
    us = person(network, "kopi")
    one = account(us)
    made: list[Published] = []
    async with Client() as client:
        for number in range(3):
            above = Above(made[-1].remote_id, made[0].remote_id) if made else None
            out = replace(outgoing(one, f"bagian {number + 1}"), above=above)
            made.append(await Adapter().publish(out, client))
        first = made[0].remote_id
        comment = replace(outgoing(one, "Tautan: https://kopi.invalid/menu"), above=Above(first, first))
        made.append(await Adapter().publish(comment, client))
        assert await Adapter().publish(comment, client) == made[-1] == await Adapter().find(comment, client)
    rows = [record_of(us, one) for one in made]
    refs = [{"uri": one.remote_id, "cid": row["cid"]} for one, row in zip(made, rows, strict=True)]
    assert [row.get("reply") for row in rows] == [
        None,
        {"root": refs[0], "parent": refs[0]},
        {"root": refs[0], "parent": refs[1]},
        {"root": refs[0], "parent": refs[0]},
    ]
    if network.appview:
        rina = person(network, "rina")

        def thread() -> Any:
            found = rina.sees("app.bsky.feed.getPostThread", uri=first)["thread"]
            return found if len(found["replies"]) == 2 and any(one["replies"] for one in found["replies"]) else None

        eventually(lambda: shown(rina, made[-1].remote_id))
        texts = {one["post"]["record"]["text"] for one in eventually(thread)["replies"]}
        assert texts == {"bagian 2", "Tautan: https://kopi.invalid/menu"}

    key = {"repo": us.did, "collection": POST, "rkey": made[1].remote_id.rsplit("/", 1)[1]}
    network.ask("com.atproto.repo.deleteRecord", key, token=us.token)
    async with Client() as client:
        late = replace(outgoing(one, "bagian 4"), above=Above(made[1].remote_id, first))
        with pytest.raises(PlatformError, match="the post that this one goes below is not on Bluesky") as caught:
            await Adapter().publish(late, client)
    assert (caught.value.kind, caught.value.arrived) == (ErrorKind.GONE, False)


async def test_an_answer_cut_in_the_middle_of_a_thread(network: Bluesky, tmp_path: Path) -> None:
    us = person(network, "kopi")
    with cutting(network.url, "createRecord") as proxy:
        one = replace(account(us), url=proxy.url)
        async with Client() as client:
            first = await Adapter().publish(outgoing(one, "satu"), client)
            second = replace(outgoing(one, "dua"), above=Above(first.remote_id, first.remote_id))
            second = replace(second, media=(picture(tmp_path),))
            proxy.cut = 1
            with pytest.raises(PlatformError) as caught:
                await Adapter().publish(second, client)
            assert caught.value.arrived and proxy.passed == 2
            found = await Adapter().find(second, client)
            assert found is not None
            # Were it sent all the same, with another description: the key is taken, and by us.
            again = replace(second, media=(replace(second.media[0], alt="Lain"),))
            assert await Adapter().publish(again, client) == found
            third = replace(outgoing(one, "tiga"), above=Above(found.remote_id, first.remote_id))
            await Adapter().publish(third, client)
    with cutting(network.url, "uploadBlob") as proxy:
        one = replace(account(us), url=proxy.url)
        async with Client() as client:
            fourth = replace(outgoing(one, "empat"), above=third.above, media=(picture(tmp_path, side=41),))
            proxy.cut = 1
            with pytest.raises(PlatformError) as caught:
                await Adapter().publish(fourth, client)
            assert not caught.value.arrived and await Adapter().find(fourth, client) is None
            await Adapter().publish(fourth, client)
    assert posts_of(us) == ["dua", "empat", "satu", "tiga"]
    assert record_of(us, found)["embed"]["images"][0]["alt"] == "Secangkir kopi"


async def test_the_card_of_a_page(network: Bluesky) -> None:
    us = person(network, "kopi")

    async def site(request: faulty.Request, writer: asyncio.StreamWriter) -> None:
        if request.path == "/v60.png":
            await faulty.answer(writer, body=png(60), kind="image/png")
            return
        page = (
            "<head><title>Menu</title><meta property=og:title content='Menu ☕ baru'>"
            "<meta property=og:description content='Dari Gayo'><meta property=og:image content=/v60.png></head>"
        )
        await faulty.answer(writer, body=page.encode(), kind="text/html; charset=utf-8")

    one = account(us)
    async with faulty.serve(site) as server:
        text = f"Menu baru: {server.url}/menu."
        async with Client() as client:
            # A stranger's address in a private network: no card, but a post.
            bare = await Adapter().publish(outgoing(one, text, key="bare"), client)
        assert server.requests == []
        async with Client(private_hosts=frozenset({f"127.0.0.1:{server.port}"})) as client:
            made = await Adapter().publish(outgoing(one, text, key="card"), client)
    assert "embed" not in record_of(us, bare)
    external = record_of(us, made)["embed"]["external"]
    assert (external["uri"], external["title"]) == (f"{server.url}/menu", "Menu ☕ baru")
    assert external["description"] == "Dari Gayo" and content(us, external["thumb"]) == png(60)
    if network.appview:
        rina = person(network, "rina")
        view = eventually(lambda: shown(rina, made.remote_id))["embed"]
        assert view["$type"] == "app.bsky.embed.external#view" and view["external"]["title"] == "Menu ☕ baru"


def test_a_thread_with_pictures_and_a_card_goes_out_by_the_service(
    smdash: Smdash, network: Bluesky, tmp_path: Path
) -> None:
    """Planned on the command line, sent by the service, with an answer cut in the middle: each part once, in order."""
    us = person(network, "kopi")
    token, site = tmp_path / "app-password", tmp_path / "site"
    token.write_text(us.app_password() + "\n")
    token.chmod(0o600)
    site.mkdir()
    (site / "menu.html").write_text("<title>Menu</title><meta property=og:image content=v60.png>")
    (site / "v60.png").write_bytes(png(60))
    pictures = []
    for name, side in (("satu.png", 40), ("dua.png", 90)):
        (tmp_path / name).write_bytes(png(side))
        pictures += ["--media", tmp_path / name, "--alt", f"Gambar {name}"]
    with cutting(network.url, "createRecord") as proxy, nginx(site) as url:
        words = ("--name", "kopi", "--handle", us.handle, "--url", proxy.url, "--token-file", token)
        smdash.ok("account", "add", "bluesky", *words)
        (settings,) = tmp_path.rglob("sync.toml")
        settings.write_text(f'private_hosts = ["{url.removeprefix("http://")}"]\n' + settings.read_text())
        thread = f"Satu\n---\nDua\n---\nTiga {url}/menu.html"
        what = ("--account", "kopi", "--category", "education", "--format", "image", "--at", "now", "--body", thread)
        smdash.ok("post", "add", *what, "--first-comment", "Resep di bio", *pictures)
        proxy.after, proxy.cut = 1, 1
        until_out(smdash, 4)
        assert proxy.passed == 4
    records = us.sees("com.atproto.repo.listRecords", repo=us.did, collection=POST)["records"]
    found = {row["value"]["text"]: row["value"] | {"ref": {"uri": row["uri"], "cid": row["cid"]}} for row in records}
    first, second, third, comment = (found[text] for text in ("Satu", "Dua", f"Tiga {url}/menu.html", "Resep di bio"))
    assert len(records) == 4
    assert [row["alt"] for row in first["embed"]["images"]] == ["Gambar satu.png", "Gambar dua.png"]
    assert second["reply"] == comment["reply"] == {"root": first["ref"], "parent": first["ref"]}
    assert third["reply"] == {"root": first["ref"], "parent": second["ref"]}
    assert third["embed"]["external"]["title"] == "Menu" and "embed" not in second
    assert content(us, third["embed"]["external"]["thumb"]) == png(60)


def until_out(smdash: Smdash, count: int) -> None:
    """Run the service until so many deliveries are out."""
    service = smdash.start("sync", "--json")
    try:
        end = time.monotonic() + 90
        while True:
            if len(smdash.ok("delivery", "list", "--state", "sent", "--json").json) == count:
                break
            assert time.monotonic() < end, smdash.ok("delivery", "list", "--json").out
            time.sleep(0.5)
    finally:
        service.terminate()
        _out, err = service.communicate(timeout=20)
    assert service.returncode == 0 and b"Traceback" not in err, err.decode()


def desk_of(smdash: Smdash, db: Path, login: str) -> Pty:
    return Pty(db, smdash.env | {"SMDASH_MEMBER": login}, size=(120, 40)).ready()


def test_a_post_is_written_approved_and_out_at_its_minute_on_both_networks(
    smdash: Smdash, db: Path, tmp_path: Path, network: Bluesky
) -> None:
    """Written in the composer, approved by a second member."""
    with mastodon_mock() as mock:
        us = person(network, "kopi")
        connect(smdash, network, us, tmp_path)
        token = tmp_path / "token"
        token.write_text(mock.token)
        token.chmod(0o600)
        smdash.ok("account", "add", "mastodon", "--name", "kopi", "--url", mock.url, "--token-file", token)
        with open_store(db, clock=SystemClock()) as store:
            member(store, "ana", "Ana")
            member(store, "budi", "Budi")
        settings = tmp_path / "team.toml"
        settings.write_text(smdash.ok("team", "export").out.replace('approval = "none"', 'approval = "required"'))
        smdash.ok("team", "import", settings)
        service = smdash.start("sync", "--json")
        try:
            with desk_of(smdash, db, "ana") as ana:
                ana.type(b"N")
                ana.until(lambda text: "New post" in text and "goes to" in text)
                ana.type(b"Lima cara seduh V60")
                ana.until(lambda text: "seduh V60" in text)
                ana.type(b"\t\r")
                ana.until(lambda text: "Where does it go?" in text)
                ana.type(b"1")
                ana.until(lambda text: "BS kopi 19/300" in text and "Where does it go?" in text)
                ana.type(b"2")
                ana.until(lambda text: "MA kopi 19/500" in text and "Where does it go?" in text)
                ana.type(b"\x1b")
                ana.until(lambda text: "Where does it go?" not in text)
                ana.type(b"j\r")
                ana.until(lambda text: "When does it go out?" in text)
                # Time to write it and to approve it.
                ana.type(b"1m\r")
                ana.until(lambda text: "in 1m" in text or "in 0m" in text)
                ana.type(b"\x13")
                ana.until(lambda text: "for approval" in text)
                ana.type(b"1")
                ana.until(lambda text: "post 1 waits for approval" in text)
                # Not by the one who wrote it.
                ana.until(lambda text: "in review" in text)
                ana.type(b"1v")
                ana.until(lambda text: "somebody else has to approve it" in text)
            (post,) = smdash.ok("post", "list", "--json").json
            assert post["state"] == "review"
            due = datetime.fromisoformat(post["due_at"])
            with desk_of(smdash, db, "budi") as budi:
                budi.until(lambda text: "1 to approve" in text)
                budi.type(b"1v")
                budi.until(lambda text: "approved: post 1 goes out" in text)
                budi.until(lambda text: "1 Today" in text)
                assert on_the_server(mock) == [], "nothing goes out before its minute"
                end = time.monotonic() + 150
                while time.monotonic() < end:
                    (post,) = smdash.ok("post", "list", "--json").json
                    if post["state"] == "sent":
                        break
                    time.sleep(0.5)
                budi.until(lambda text: "✓" in text)
        finally:
            service.send_signal(signal.SIGTERM)
            _out, err = service.communicate(timeout=20)
        assert b"Traceback" not in err, err.decode()
        assert post["state"] == "sent", post
        (status,) = on_the_server(mock)
        assert "Lima cara seduh V60" in status["content"]
        seen = us.sees("app.bsky.feed.getAuthorFeed", actor=us.did) if network.appview else {"feed": []}
        records = network.ask(f"com.atproto.repo.listRecords?repo={us.did}&collection={POST}", token=us.token)[
            "records"
        ]
        assert [one["value"]["text"] for one in records] == ["Lima cara seduh V60"]
        assert all(one["post"]["record"]["text"] == "Lima cara seduh V60" for one in seen["feed"])
        rows = smdash.ok("delivery", "list", "--state", "sent", "--json").json
        late = [(datetime.fromisoformat(one["sent_at"]) - due).total_seconds() for one in rows]
        print(json.dumps({"due": due.isoformat(), "sent after (s)": late}))
        assert len(late) == 2 and all(0 <= one < 10 for one in late), late
