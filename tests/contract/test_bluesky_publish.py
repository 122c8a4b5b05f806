"""Bluesky, outwards: each delivery once, what it answers or names as it is meant, and the truth of what may have arrived."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smdash.core.clock import EPOCH
from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.records import MentionKind
from smdash.platforms.base import Credentials
from smdash.platforms.bluesky import Bluesky
from smdash.platforms.bluesky_publish import record_key
from smdash.platforms.bluesky_session import Caller
from smdash.platforms.client import Client
from smdash.platforms.outgoing import Addressee, Outgoing, OutgoingKind, Published

from .faulty import FAULTS, Request, answer, serve
from .test_bluesky import ME, NOW, PASSWORD, RINA, SLOW, Fake, credentials, stamp

POST, LIKE, GATE = "app.bsky.feed.post", "app.bsky.feed.like", "app.bsky.feed.threadgate"
TID = re.compile(r"[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}")
OURS, ASKED = f"at://{ME}/{POST}/root", f"at://{RINA}/{POST}/r1"
CONVO = "3kconvo"
RIGHT = "the app password of kopi has no right to direct messages"


def error(status: int, name: str, message: str = "", headers: dict[str, str] | None = None) -> httpx.Response:
    return httpx.Response(status, json={"error": name, "message": message}, headers=headers)


@dataclass
class Network(Fake):
    """A PDS that keeps records, an AppView that shows them, names, and one conversation."""

    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    views: dict[str, dict[str, Any]] = field(default_factory=dict)  # what the AppView adds
    unseen: set[str] = field(default_factory=set)
    away: bool = False  # the AppView
    names: dict[str, object] = field(default_factory=dict)
    messages: list[dict[str, Any]] = field(default_factory=list)  # newest first
    page: int = 2
    proxies: set[str] = field(default_factory=set)
    writes: list[dict[str, Any]] = field(default_factory=list)
    cut: Callable[[], httpx.Response] | None = None  # what becomes of the answer to a write

    def hold(self, uri: str, record: dict[str, Any]) -> None:
        self.records[uri] = record

    def say(self, who: str, text: str, at: datetime) -> None:
        number = len(self.messages) + 1
        made = {"id": f"m{number}", "text": text, "sender": {"did": who}, "sentAt": stamp(at)}
        self.messages.insert(0, {"$type": "chat.bsky.convo.defs#messageView"} | made)

    def cid(self, uri: str) -> str:
        return f"bafy{abs(hash(json.dumps(self.records[uri], sort_keys=True)))}"

    async def _handle(self, request: httpx.Request) -> httpx.Response:
        method, params = request.url.path.split(".")[-1], request.url.params
        good = not self.dead and request.headers.get("authorization") == f"Bearer access-{self.number}"
        if method.endswith("Session") or method in self.override or not good:
            return await super()._handle(request)
        self.calls.append((method, request.url.host))
        if request.method == "POST":
            body = json.loads(request.content)
            assert request.headers["content-type"] == "application/json"
            self.writes.append(body)
            done = self._message(body, request) if method == "sendMessage" else self._write(method, body)
            return done if self.cut is None else self.cut()
        if method == "resolveHandle":
            did = self.names.get(params["handle"])
            return httpx.Response(200, json={"did": did}) if did else error(400, "InvalidRequest", "Unable to resolve")
        if method == "getPosts":
            if self.away:
                return error(502, "UpstreamFailure", "Upstream Failure")
            shown = [uri for uri in params.get_list("uris") if uri in self.records and uri not in self.unseen]
            posts = [{"uri": uri, "cid": self.cid(uri), "record": self.records[uri]} for uri in shown]
            return httpx.Response(200, json={"posts": [one | self.views.get(str(one["uri"]), {}) for one in posts]})
        if method == "getRecord":
            uri = f"at://{params['repo']}/{params['collection']}/{params['rkey']}"
            if self.away and params["repo"] != ME:
                return error(502, "UpstreamFailure", "Upstream Failure")
            if uri not in self.records:
                return error(400, "RecordNotFound", f"Could not locate record: {uri}")
            return httpx.Response(200, json={"uri": uri, "cid": self.cid(uri), "value": self.records[uri]})
        if method == "listRecords":
            start = f"at://{params['repo']}/{params['collection']}/"
            uris = sorted((uri for uri in self.records if uri.startswith(start)), reverse=True)
            rows = [{"uri": uri, "cid": self.cid(uri), "value": self.records[uri]} for uri in uris]
            return httpx.Response(200, json={"records": rows[: int(params["limit"])]})
        assert method == "getMessages", method
        self.proxies.add(request.headers.get("atproto-proxy", ""))
        if params["convoId"] != CONVO:
            return error(400, "InvalidConvo", "Convo not found")
        start = int(params.get("cursor", 0))
        rest = self.messages[start : start + self.page]
        more = {"cursor": str(start + self.page)} if start + self.page < len(self.messages) else {}
        return httpx.Response(200, json={"messages": rest} | more)

    def _write(self, method: str, body: dict[str, Any]) -> httpx.Response:
        uri = f"at://{body['repo']}/{body['collection']}/{body['rkey']}"
        if method == "createRecord" and uri in self.records:
            return error(500, "InternalServerError", "Internal Server Error")  # as the reference server does
        if method == "putRecord" and body["swapRecord"] != (self.cid(uri) if uri in self.records else None):
            return error(400, "InvalidSwap", "Record was at another CID")
        self.hold(uri, body["record"])
        return httpx.Response(200, json={"uri": uri, "cid": self.cid(uri), "validationStatus": "valid"})

    def _message(self, body: dict[str, Any], request: httpx.Request) -> httpx.Response:
        self.proxies.add(request.headers.get("atproto-proxy", ""))
        if body["convoId"] != CONVO:
            return error(400, "InvalidConvo", "Convo not found")
        self.say(ME, body["message"]["text"], NOW)
        return httpx.Response(200, json=self.messages[0])


def to(
    uri: str, thread: str | None = OURS, kind: MentionKind = MentionKind.REPLY, handle: str = "rina.example"
) -> Addressee:
    return Addressee(uri, kind, handle, thread_key=thread)


DM = to("m1", f"dm:{CONVO}", MentionKind.DM)


def outgoing(
    kind: OutgoingKind = OutgoingKind.POST,
    text: str = "Panen raya",
    addressee: Addressee | None = None,
    key: str = "kunci-1",
    one: Credentials | None = None,
) -> Outgoing:
    # A later try: the clock went on since the first one.
    return Outgoing(kind, one or credentials(), key, NOW + timedelta(minutes=7), NOW, text, addressee)


async def publish(network: Fake, out: Outgoing) -> Published:
    async with Client(transport=network.transport()) as client:
        return await Bluesky().publish(out, client)


async def find(network: Fake, out: Outgoing) -> Published | None:
    async with Client(transport=network.transport()) as client:
        return await Bluesky().find(out, client)


async def refused(network: Fake, out: Outgoing, *, arrived: bool = False) -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        await publish(network, out)
    assert caught.value.arrived is arrived, str(caught.value)
    assert str(caught.value).isprintable() and PASSWORD not in str(caught.value)
    return caught.value


def lost() -> httpx.Response:
    raise httpx.ReadTimeout("no answer")


def replying(addressee: Addressee = DM, text: str = "Jam delapan") -> Outgoing:
    return outgoing(OutgoingKind.REPLY, text, addressee)


# Posts


async def test_a_post_says_what_was_written_and_where_it_is() -> None:
    network = Network(names={"rina.example": RINA})
    made = await publish(network, outgoing(text="Kopi ☕ di kopi.id/menu, kata @rina.example #PanenRaya"))
    (uri,) = network.records
    record = network.records[uri]
    assert made == Published(uri, f"https://bsky.app/profile/{ME}/post/{uri.rsplit('/', 1)[1]}")
    # The time of this try, not of the first one: feeds sort by it.
    assert record["createdAt"] == "2026-11-23T09:07:00.000Z" and record["$type"] == POST
    assert set(record) == {"$type", "createdAt", "text", "facets"}
    raw = record["text"].encode()
    shown = [raw[one["index"]["byteStart"] : one["index"]["byteEnd"]].decode() for one in record["facets"]]
    assert shown == ["kopi.id/menu", "@rina.example", "#PanenRaya"]
    assert [one["features"][0] for one in record["facets"]] == [
        {"$type": "app.bsky.richtext.facet#link", "uri": "https://kopi.id/menu"},
        {"$type": "app.bsky.richtext.facet#mention", "did": RINA},
        {"$type": "app.bsky.richtext.facet#tag", "tag": "PanenRaya"},
    ]


async def test_a_second_try_makes_no_second_post() -> None:
    network = Network()
    first = await publish(network, outgoing())
    assert await publish(network, outgoing()) == first == await find(network, outgoing())
    assert len(network.records) == 1 and network.writes[0] == network.writes[1]
    other = await publish(network, outgoing(key="kunci-2"))
    assert other != first and len(network.records) == 2


@pytest.mark.parametrize(
    "taken", [error(409, "Conflict"), error(400, "InvalidRequest", "record already exists"), error(502, "Bad")]
)
async def test_other_servers_name_a_key_that_is_taken(taken: httpx.Response) -> None:
    network = Network()
    first = await publish(network, outgoing())
    network.cut = lambda: taken
    assert await publish(network, outgoing()) == first


async def test_find_before_and_after_and_when_the_answer_was_lost() -> None:
    network = Network(cut=lost)
    assert await find(network, outgoing()) is None
    network.override["createRecord"] = error(400, "RecordNotFound")
    assert (await refused(network, outgoing())).kind is ErrorKind.REJECTED
    del network.override["createRecord"]
    assert (await refused(network, outgoing(), arrived=True)).kind is ErrorKind.NETWORK
    made = await find(network, outgoing())
    assert made is not None and made.remote_id in network.records


async def test_find_does_not_take_an_error_for_an_answer() -> None:
    network = Network()
    await publish(network, outgoing())
    for said in (
        error(502, "UpstreamFailure"),
        error(400, "InvalidRequest", "Could not find repo"),
        error(429, "RateLimitExceeded"),
        httpx.Response(404, text="<html>not found</html>"),
        httpx.Response(200, json={"uri": OURS, "value": {}}),
        httpx.Response(200, json=[]),
        httpx.Response(200, text="<html>"),
    ):
        network.override["getRecord"] = said
        with pytest.raises(PlatformError):
            await find(network, outgoing())
    network.override["getRecord"] = error(400, "InvalidRequest", "Could not locate record: at://x")  # older servers
    network.records.clear()
    assert await find(network, outgoing()) is None


async def test_a_record_that_the_server_put_elsewhere_is_found() -> None:
    network, out = Network(), outgoing()
    await publish(network, out)
    ((_asked, record),) = network.records.items()
    network.records = {f"at://{ME}/{POST}/3ownplace": record}
    found = await find(network, out)
    assert found is not None and found.remote_id == f"at://{ME}/{POST}/3ownplace"
    assert await find(network, replace(out, first_at=out.now + timedelta(milliseconds=1))) is None
    assert await find(network, replace(out, text="lain")) is None
    for said in (error(429, "RateLimitExceeded"), error(502, "UpstreamFailure"), httpx.Response(200, json={})):
        network.override["listRecords"] = said
        with pytest.raises(PlatformError):
            await find(network, out)
    network.override["listRecords"] = error(501, "MethodNotImplemented")
    assert await find(network, out) is None


async def test_without_the_time_of_the_first_try_nothing_is_claimed() -> None:
    network = Network()
    await publish(network, outgoing())
    with pytest.raises(PlatformError, match="when its first try began is not known any more"):
        await find(network, replace(outgoing(), first_at=EPOCH))


async def test_what_may_have_arrived_is_said_of_every_answer() -> None:
    reset = NOW + timedelta(minutes=30)
    limited = {"ratelimit-reset": str(int(reset.timestamp())), "ratelimit-remaining": "0"}
    wrong = {"uri": f"at://{RINA}/{POST}/r1", "cid": "bafy"}
    for said, kind, arrived in (
        (error(429, "RateLimitExceeded", headers=limited), ErrorKind.RATE, False),
        (error(400, "InvalidRequest", "Record/text must not be longer"), ErrorKind.REJECTED, False),
        (error(413, "PayloadTooLarge"), ErrorKind.REJECTED, False),
        (error(401, "AccountTakedown"), ErrorKind.PERMISSION, False),
        (error(400, "InvalidToken", "Bad token scope"), ErrorKind.PERMISSION, False),
        (error(500, "InternalServerError"), ErrorKind.SERVER, True),
        (error(504, "UpstreamTimeout"), ErrorKind.SERVER, True),
        (error(408, "RequestTimeout"), ErrorKind.NETWORK, True),
        (httpx.Response(200, text="<html>login</html>"), ErrorKind.SERVER, True),
        (httpx.Response(200, json=[]), ErrorKind.SERVER, True),
        (httpx.Response(200, json=wrong), ErrorKind.SERVER, True),
        (httpx.Response(200, json={"uri": f"at://{ME}/{LIKE}/x"}), ErrorKind.SERVER, True),
    ):
        found = await refused(Network(override={"createRecord": said}), outgoing(), arrived=arrived)
        assert found.kind is kind, str(found)
        assert found.retry_at == (reset if kind is ErrorKind.RATE else None)


async def test_cuts_on_the_way() -> None:
    for raised, arrived in (
        (httpx.ConnectError("no"), False),
        (httpx.ReadError("cut"), True),
        (httpx.RemoteProtocolError("cut"), True),
        (httpx.WriteTimeout("slow"), True),
    ):

        def cut(raised: Exception = raised) -> httpx.Response:
            raise raised

        await refused(Network(cut=cut), outgoing(), arrived=arrived)


# Sessions


async def test_a_stale_session_is_renewed_and_the_post_is_made_once() -> None:
    network, one = Network(), credentials()
    await publish(network, outgoing(key="a", one=one))
    network.dead = True
    await publish(network, outgoing(key="b", one=one))
    assert (network.named("createSession"), network.named("refreshSession")) == (1, 1)
    assert len(network.records) == len(network.writes) == 2


async def test_nothing_arrives_without_a_session() -> None:
    wrong = Credentials("bluesky", "kopi", "https://pds.example", "another-password", "kopi.example")
    network = Network()
    assert (await refused(network, outgoing(one=wrong))).kind is ErrorKind.AUTH
    one = credentials()
    await publish(network, outgoing(key="a", one=one))
    for said in (error(503, "Away"), httpx.Response(200, text="<html>")):
        network.dead, network.override["refreshSession"] = True, said
        assert (await refused(network, outgoing(key="b", one=one))).kind is ErrorKind.SERVER
    # A server that takes the new token no more than the old one: asked twice, and no third time.
    network = Network(override={"createRecord": error(400, "ExpiredToken", "Token has expired")})
    assert (await refused(network, outgoing())).kind is ErrorKind.AUTH
    assert network.named("createRecord") == 2


async def test_a_call_that_never_got_a_session_sent_nothing() -> None:
    network = Network(override={"createSession": error(503, "Away")})
    async with Client(transport=network.transport()) as client:
        with pytest.raises(PlatformError) as caught:
            await Caller(credentials(), client, NOW).post("com.atproto.repo.createRecord", {})
    assert caught.value.kind is ErrorKind.SERVER and not caught.value.arrived


# Answers to posts


async def test_an_answer_names_its_parent_and_its_thread() -> None:
    network = Network()
    network.hold(OURS, {"text": "Panen raya"})
    network.hold(ASKED, {"text": "Enak!", "reply": {"root": {"uri": OURS, "cid": "bafyroot"}, "parent": {}}})
    parent = {"uri": ASKED, "cid": network.cid(ASKED)}
    await publish(network, replying(to(ASKED)))
    assert network.writes[-1]["record"]["reply"] == {"root": {"uri": OURS, "cid": "bafyroot"}, "parent": parent}
    for odd in (None, 5, {}, {"root": None}, {"root": {"uri": "javascript:x", "cid": "bafy"}}, {"root": {"uri": OURS}}):
        network.hold(ASKED, {"text": "Enak!", "reply": odd})
        parent = {"uri": ASKED, "cid": network.cid(ASKED)}
        await publish(network, outgoing(OutgoingKind.REPLY, "Ya", to(ASKED), key=f"kunci-{odd}"))
        assert network.writes[-1]["record"]["reply"] == {"root": parent, "parent": parent}


async def test_what_can_not_be_answered_is_told_and_nothing_is_sent() -> None:
    network = Network()
    found = await refused(network, replying(to(ASKED)))
    assert (found.kind, str(found)) == (
        ErrorKind.GONE,
        "the post is not on Bluesky any more; its author deleted it",
    )
    network.hold(ASKED, {"text": "Enak!"})
    network.unseen.add(ASKED)
    found = await refused(network, replying(to(ASKED)))
    assert found.kind is ErrorKind.PERMISSION and "does not show this post to the account kopi" in str(found)
    network.unseen.clear()
    network.views[ASKED] = {"viewer": {"replyDisabled": True}}
    found = await refused(network, replying(to(ASKED)))
    assert found.kind is ErrorKind.PERMISSION and "lets only some people answer" in str(found)
    for uri in ("m1", "", f"at://{RINA}/app.bsky.graph.list/x", "https://bsky.app/profile/x/post/y"):
        assert (await refused(network, replying(to(uri)))).kind is ErrorKind.REJECTED
    assert (await refused(network, outgoing(OutgoingKind.REPLY))).kind is ErrorKind.REJECTED
    assert network.writes == []


async def test_without_the_appview_an_answer_waits_unless_the_record_is_at_hand() -> None:
    network = Network(away=True)
    network.hold(ASKED, {"text": "Enak!"})
    found = await refused(network, replying(to(ASKED)))
    assert found.kind is ErrorKind.SERVER and network.writes == []
    network.hold(OURS, {"text": "Panen raya"})
    await publish(network, replying(to(OURS)))
    assert network.writes[-1]["record"]["reply"]["parent"]["uri"] == OURS


@pytest.mark.parametrize("odd", [[], None, 5, "x", {}, {"posts": 5}, {"posts": [5, {"uri": ASKED}]}, {"cid": "\n"}])
async def test_odd_answers_before_sending_send_nothing(odd: object) -> None:
    network = Network()
    network.override["getPosts"] = network.override["getRecord"] = httpx.Response(200, json=odd)
    for kind in (OutgoingKind.REPLY, OutgoingKind.LIKE):
        assert (await refused(network, outgoing(kind, "Ya", to(ASKED)))).kind is ErrorKind.SERVER
    assert network.writes == []


# Names


async def test_names_that_nobody_bears_stay_plain_text() -> None:
    network = Network(names={"rina.example": RINA, "jahat.example": "javascript:x", "aneh.example": ["did:plc:x"]})
    text = "@Rina.Example @tidak.ada @jahat.example @aneh.example @rina.example"
    await publish(network, outgoing(text=text))
    found = network.writes[-1]["record"]["facets"]
    assert [one["index"] for one in found] == [{"byteStart": 0, "byteEnd": 13}, {"byteStart": 54, "byteEnd": 67}]
    assert network.named("resolveHandle") == 4
    for status in (429, 500, 502):
        network.override["resolveHandle"] = error(status, "Trouble")
        await refused(network, outgoing(text="@rina.example"))
    assert len(network.writes) == 1


async def test_no_more_names_are_asked_for_than_a_post_has_room_for() -> None:
    network = Network(names={"rina.example": RINA})
    await publish(network, outgoing(text="@rina.example " + " ".join(f"@a{number}.id" for number in range(3_000))))
    assert network.named("resolveHandle") == 50 and len(network.writes[-1]["record"]["facets"]) == 1


# Direct messages


async def test_a_message_goes_to_its_conversation_and_is_found_there() -> None:
    network = Network(names={"rina.example": RINA})
    out = replying(text="Jam delapan, lihat https://kopi.example")
    assert await find(network, out) is None
    made = await publish(network, out)
    assert made == Published("m1", f"https://bsky.app/messages/{CONVO}") == await find(network, out)
    assert network.writes[0]["message"]["facets"][0]["features"][0]["uri"] == "https://kopi.example"
    assert network.proxies == {"did:web:api.bsky.chat#bsky_chat"}


async def test_only_our_own_text_since_the_first_try_counts() -> None:
    network = Network()
    network.say(ME, "Jam delapan", NOW - timedelta(hours=1))
    network.say(RINA, "Jam delapan", NOW)
    network.say(ME, "Jam sembilan", NOW)
    for number in range(5):
        network.say(RINA, f"nomor {number}", NOW)
    assert await find(network, replying()) is None
    network.say(ME, "Jam delapan", NOW - timedelta(seconds=5))  # its clock is behind ours
    for number in range(5):
        network.say(RINA, f"lagi {number}", NOW)
    found = await find(network, replying())
    assert found is not None and found.remote_id == "m9"


async def test_a_conversation_without_end_can_not_tell() -> None:
    endless = Network()
    page = {"messages": [{"id": "m", "text": "x", "sender": {"did": RINA}, "sentAt": stamp(NOW)}]}
    calls = iter(range(10_000))

    class Endless(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if request.url.path.endswith("getMessages"):
                return httpx.Response(200, json=page | {"cursor": str(next(calls))})
            return await endless.transport().handle_async_request(request)

    async with Client(transport=Endless()) as client:
        with pytest.raises(PlatformError, match="more new messages than can be looked through"):
            await Bluesky().find(replying(), client)
    assert next(calls) <= 100


async def test_why_a_message_could_not_be_sent() -> None:
    for said, kind, sentence in (
        (error(400, "InvalidToken", "Bad token method"), ErrorKind.PERMISSION, RIGHT),
        (error(400, "ConvoLocked"), ErrorKind.PERMISSION, "the conversation is locked"),
        (error(400, "InvalidConvo"), ErrorKind.GONE, "the conversation is not on Bluesky any more"),
        (error(400, "InvalidRequest", "recipient has disabled incoming messages"), ErrorKind.REJECTED, "disabled"),
    ):
        found = await refused(Network(override={"sendMessage": said}), replying())
        assert found.kind is kind and sentence in str(found)
    assert await refused(Network(override={"sendMessage": error(502, "UpstreamFailure")}), replying(), arrived=True)
    for odd in ([], {}, {"id": 5}, {"id": "x" * 5_000}, {"id": "a\nb"}):
        await refused(Network(override={"sendMessage": httpx.Response(200, json=odd)}), replying(), arrived=True)
    for thread in (None, OURS, "dm:", "dm:a\nb"):
        network = Network()
        found = await refused(network, replying(to("m1", thread, MentionKind.DM)))
        assert found.kind is ErrorKind.REJECTED and network.writes == []


# Likes and hiding


async def test_a_like_is_given_once() -> None:
    network = Network()
    network.hold(ASKED, {"text": "Enak!"})
    out = outgoing(OutgoingKind.LIKE, "", to(ASKED))
    assert await find(network, out) is None
    made = await publish(network, out)
    assert await publish(network, out) == made == await find(network, out)
    assert made.url is None and made.remote_id.startswith(f"at://{ME}/{LIKE}/")
    assert network.records[made.remote_id]["subject"] == {"uri": ASKED, "cid": network.cid(ASKED)}
    theirs = f"at://{ME}/{LIKE}/dari-aplikasi"
    network.views[ASKED] = {"viewer": {"like": theirs}}
    writes = len(network.writes)
    assert (await publish(network, outgoing(OutgoingKind.LIKE, "", to(ASKED), key="lain"))).remote_id == theirs
    assert len(network.writes) == writes
    assert (await refused(network, outgoing(OutgoingKind.LIKE, "", DM))).kind is ErrorKind.REJECTED


async def test_hiding_keeps_the_settings_of_the_thread() -> None:
    network, out = Network(), outgoing(OutgoingKind.HIDE, "", to(ASKED))
    assert await find(network, out) is None
    gate = f"at://{ME}/{GATE}/root"
    assert await publish(network, out) == Published(gate) == await find(network, out)
    made = network.records[gate]
    assert (made["post"], made["hiddenReplies"]) == (OURS, [ASKED]) and "allow" not in made
    assert made["createdAt"] == "2026-11-23T09:07:00.000Z"
    assert await publish(network, out) == Published(gate) and len(network.writes) == 1

    kept = made | {"allow": [{"$type": "app.bsky.feed.threadgate#mentionRule"}], "hiddenReplies": ["at://other"]}
    network.hold(gate, kept)
    await publish(network, out)
    assert network.records[gate] == kept | {"hiddenReplies": ["at://other", ASKED]}


async def test_a_thread_hides_only_so_many_answers() -> None:
    network, out = Network(), outgoing(OutgoingKind.HIDE, "", to(ASKED))
    gate = f"at://{ME}/{GATE}/root"
    network.hold(gate, {"post": OURS, "hiddenReplies": [f"at://{RINA}/{POST}/h{number}" for number in range(300)]})
    found = await refused(network, out)
    assert found.kind is ErrorKind.REJECTED and "at most 300 answers" in str(found) and network.writes == []
    network.records[gate]["hiddenReplies"][0] = ASKED
    assert await publish(network, out) == Published(gate)


async def test_hiding_does_not_write_over_somebody_else() -> None:
    network, out = Network(), outgoing(OutgoingKind.HIDE, "", to(ASKED))
    network.override["putRecord"] = error(400, "InvalidSwap", "Record was at another CID")
    found = await refused(network, out)
    assert found.kind is ErrorKind.SERVER and "somebody else changed the settings" in str(found)
    network.override["putRecord"] = httpx.Response(200, json={"uri": OURS})
    await refused(network, out, arrived=True)
    for uri, thread in ((ASKED, ASKED), (ASKED, None), (OURS, OURS), ("m1", "dm:3k"), (ASKED, f"at://{ME}/{LIKE}/x")):
        network = Network()
        found = await refused(network, outgoing(OutgoingKind.HIDE, "", to(uri, thread)))
        assert found.kind is ErrorKind.REJECTED and network.writes == []
    for odd in ({}, [], {"value": 5, "cid": "x"}, {"value": {}, "cid": "x"}, {"value": {"a": 1}}):
        network = Network(override={"getRecord": httpx.Response(200, json=odd)})
        assert (await refused(network, out)).kind is ErrorKind.SERVER and network.writes == []


async def test_nobody_deletes_what_others_wrote() -> None:
    network = Network()
    assert (await refused(network, outgoing(OutgoingKind.DELETE, "", to(ASKED)))).kind is ErrorKind.REJECTED
    assert network.writes == []


# Bad servers


@pytest.mark.parametrize("fails", ["createRecord", "getRecord", "getPosts"])
async def test_every_fault_ends_in_one_sentence_without_a_secret(fails: str) -> None:
    good = {"did": ME, "handle": "kopi.example", "accessJwt": "access-of-test", "refreshJwt": "refresh-of-test"}
    for name, fault in FAULTS.items():
        if name in SLOW:
            continue

        async def handle(request: Request, writer: asyncio.StreamWriter, fault: Any = fault) -> None:
            if request.path.endswith(("createSession", "refreshSession")):
                await answer(writer, body=json.dumps(good).encode())
            elif request.path.endswith(fails):
                await fault(request, writer)
            elif request.path.endswith("getPosts"):
                post = {"uri": ASKED, "cid": "bafy", "record": {"text": "x"}}
                await answer(writer, body=json.dumps({"posts": [post]}).encode())
            else:
                await answer(writer, 400, b'{"error": "RecordNotFound", "message": "Could not locate record"}')

        async with serve(handle) as server, Client(deadline_s=1.0) as client:
            one = Credentials("bluesky", "kopi", server.url, PASSWORD, "kopi.example")
            out = outgoing(OutgoingKind.REPLY, "Kopi @rina.example", to(ASKED), one=one)
            call = Bluesky().find if fails == "getRecord" else Bluesky().publish
            with pytest.raises(PlatformError) as caught:
                await call(out, client)
            message = str(caught.value)
            assert message.isprintable() and len(message) < 700, (fails, name)
            assert not any(secret in message for secret in (PASSWORD, "access-of-test", "refresh-of-test"))
            assert fails != "getPosts" or not caught.value.arrived, (fails, name)


# Keys


MOMENTS = st.integers(0, 75 * 365 * 86_400 * 1_000_000).map(
    lambda us: datetime(2023, 1, 1, tzinfo=UTC) + timedelta(microseconds=us)
)


@given(st.text(max_size=60), MOMENTS)
def test_a_key_is_a_tid_and_the_same_at_each_try(key: str, at: datetime) -> None:
    made = record_key(key, at)
    assert TID.fullmatch(made)
    # As it is kept, the time has milliseconds.
    assert made == record_key(key, at.replace(microsecond=at.microsecond // 1_000 * 1_000))
    assert record_key(key, at + timedelta(milliseconds=1)) > made


def test_keys_of_one_moment_differ() -> None:
    made = {record_key(f"kunci-{number}", NOW) for number in range(500)}
    assert len(made) >= 499
