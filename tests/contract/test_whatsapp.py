"""WhatsApp: whose number it is, how it stands, and what is made of pushed messages."""

from __future__ import annotations

import hashlib
import hmac
import json
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from smdash.core.deliveries import Told
from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.records import IncomingMention, MentionKind
from smdash.platforms.base import Credentials, Pull, Pulled, Verified
from smdash.platforms.client import Client
from smdash.platforms.push import Request
from smdash.platforms.registry import find as platform
from smdash.platforms.whatsapp import WhatsApp
from smdash.platforms.whatsapp_push import WINDOW, WhatsAppPush

from .fake_whatsapp import APP, BASE, BUSINESS, PHONE, RINA, RINA_ID, START, TOKEN, Graph, body, message, no

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CREDENTIALS = Credentials("whatsapp", "kopi", BASE, TOKEN, options={"phone_id": PHONE})


@pytest.fixture
def graph() -> Graph:
    return Graph()


async def verify(graph: Graph, credentials: Credentials = CREDENTIALS) -> Verified:
    async with Client(transport=graph.transport()) as client:
        return await WhatsApp().verify(credentials, client, NOW)


async def pull(graph: Graph, **options: str) -> Pulled:
    credentials = replace(CREDENTIALS, options={"phone_id": PHONE, **options})
    async with Client(transport=graph.transport()) as client:
        return await WhatsApp().pull(Pull("number", credentials, "kept", NOW), client)


def read(*messages: Any, **more: Any) -> list[IncomingMention]:
    found = WhatsAppPush().read(body(*messages, **more), NOW)
    assert all(one.account_id == PHONE and one.mention.account == "" for one in found)
    return [one.mention for one in found]


def one(kind: str = "text", held: Any = None, **more: Any) -> IncomingMention:
    (found,) = read(message(7, kind, held, **more))
    return found


# The number


async def test_verify(graph: Graph) -> None:
    found = await verify(graph)
    assert (found.remote_id, found.handle, found.name) == (PHONE, "+62 21 0000 1", "Kopi Senja")
    assert (found.url, found.missing_scopes, found.expires_at) == ("https://wa.me/622100001", (), None)
    assert all(TOKEN not in str(request.url) for request in graph.requests if "debug_token" not in request.url.path)


async def test_what_the_token_lacks(graph: Graph) -> None:
    graph.token |= {"scopes": ["whatsapp_business_management"], "expires_at": int(NOW.timestamp()) + 86_400}
    found = await verify(graph)
    assert found.missing_scopes == ("whatsapp_business_messaging",)
    assert found.expires_at == NOW + timedelta(days=1)


async def test_missing_fields_are_no_reason(graph: Graph) -> None:
    graph.number = {"id": PHONE}
    graph.token = {}
    found = await verify(graph)
    assert (found.handle, found.name, found.missing_scopes) == (PHONE, PHONE, ())


@pytest.mark.parametrize(
    ("made", "kind"),
    [
        (no(190, "Error validating access token", status=401), ErrorKind.AUTH),
        (no(0, "We were unable to authenticate the app user", status=401), ErrorKind.AUTH),
        (no(100, "Unsupported get request", error_subcode=33), ErrorKind.GONE),
        (no(200, "Permissions error", status=403), ErrorKind.PERMISSION),
        (no(80007, "Rate limit hit"), ErrorKind.RATE),
        (no(131031, "Account has been locked", status=403), ErrorKind.PERMISSION),
        (httpx.Response(200, json={"id": "another"}), ErrorKind.SERVER),
        (httpx.Response(200, json=[]), ErrorKind.SERVER),
        (httpx.ReadError("no"), ErrorKind.NETWORK),
    ],
)
async def test_what_keeps_it_from_being_told(graph: Graph, made: Any, kind: ErrorKind) -> None:
    graph.spoil = lambda *_: made
    for call in (verify, pull):
        with pytest.raises(PlatformError) as caught:
            await call(graph)
        assert caught.value.kind is kind and TOKEN not in str(caught.value)


async def test_the_number_has_to_be_named(graph: Graph) -> None:
    with pytest.raises(PlatformError, match="set phone_id") as caught:
        await verify(graph, replace(CREDENTIALS, options={}))
    assert caught.value.kind is ErrorKind.REJECTED and graph.requests == []


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ({}, None), ({"quality_rating": "UNKNOWN"}, None), ({"status": None}, None),
        ({"quality_rating": "YELLOW"}, "medium"), ({"quality_rating": "RED"}, "quality is low"),
        ({"status": "RESTRICTED", "quality_rating": "RED"}, "RESTRICTED"),
    ],
)  # fmt: skip
async def test_how_the_number_stands(graph: Graph, number: Any, words: str | None) -> None:
    graph.number |= number
    found = await pull(graph)
    assert found.cursor == "kept" and found.mentions == ()
    assert found.notice is None if words is None else words in (found.notice or "")


async def test_the_app_gets_what_is_written(graph: Graph) -> None:
    await pull(graph, business_id=BUSINESS)
    await pull(graph, business_id=BUSINESS)
    await pull(graph, business_id=BUSINESS, app_id=APP)
    assert graph.apps == [APP]
    graph.apps = ["another"]
    await pull(graph, business_id=BUSINESS, app_id=APP)
    assert graph.apps == ["another", APP]


async def test_an_allowance_that_is_used_up(graph: Graph) -> None:
    usage = {BUSINESS: [{"type": "whatsapp", "call_count": 100, "estimated_time_to_regain_access": 10}]}
    made = httpx.Response(200, json=graph.number, headers={"X-Business-Use-Case-Usage": json.dumps(usage)})
    graph.spoil = lambda *_: made
    found = await pull(graph)
    assert found.quota is not None and found.quota.left == 0
    assert found.not_before == NOW + timedelta(minutes=10)


def test_what_the_registry_says() -> None:
    found = platform("whatsapp")
    assert (
        found.abilities.push and found.abilities.reply and not found.abilities.publish and not found.abilities.metrics
    )
    assert found.receive is not None and isinstance(found.receive(), WhatsAppPush)


# Pushes


def test_who_signed() -> None:
    receiver, pushed = WhatsAppPush(), body(message(1))
    signed = hmac.new(b"app-secret-of-kopi", pushed, hashlib.sha256).hexdigest()
    request = Request("POST", "/whatsapp/kopi", {}, {"x-hub-signature-256": f"sha256={signed}"}, pushed)
    assert receiver.is_genuine(request, {"app_secret": "app-secret-of-kopi"})
    assert not receiver.is_genuine(request, {"app_secret": "another"}) and not receiver.is_genuine(request, {})
    assert not receiver.is_genuine(replace(request, body=pushed + b" "), {"app_secret": "app-secret-of-kopi"})
    query = {"hub.mode": "subscribe", "hub.verify_token": "kata", "hub.challenge": "1158201444"}
    assert receiver.challenge(Request("GET", "/", query, {}), {"verify_token": "kata"}) == "1158201444"
    assert receiver.challenge(Request("GET", "/", query, {}), {"verify_token": "lain"}) is None


def test_a_text() -> None:
    found = one(held={"body": "Apakah buka?\x1b[31m"}, context={"from": "622100001", "id": "wamid.ours1"})
    assert (found.remote_id, found.kind, found.thread_key) == ("wamid.7", MentionKind.DM, RINA_ID)
    assert (found.author_handle, found.author_name, found.body) == (f"+{RINA}", "Rina Sari", "Apakah buka?[31m")
    assert found.sent_at == datetime.fromtimestamp(START + 7, UTC)
    assert found.reply_until == found.sent_at + WINDOW and found.parent_id == "wamid.ours1"
    assert not found.own and not found.deleted and found.edited_at is None and found.url is None


def test_whose_it_is() -> None:
    bare = message(1)
    del bare["from_user_id"]
    found = read(bare, contacts=[])[0]
    assert (found.author_handle, found.author_name, found.thread_key) == (f"+{RINA}", f"+{RINA}", RINA)
    hidden = message(2) | {"from": RINA_ID}
    found = read(hidden, contacts=[{"profile": {"name": "Rina"}, "user_id": RINA_ID}])[0]
    assert (found.author_handle, found.author_name, found.thread_key) == (RINA_ID, "Rina", RINA_ID)
    two = [{"wa_id": "6281", "profile": {"name": "Lain"}}, {"wa_id": RINA, "profile": {"name": "Rina"}}]
    assert read(message(3), contacts=two)[0].author_name == "Rina"


THINGS = [
    ("image", {"caption": "Ini pesanan saya", "mime_type": "image/jpeg"}, "[image]\nIni pesanan saya"),
    ("video", {"id": "1"}, "[video]"),
    ("audio", {"voice": True}, "[voice message]"),
    ("audio", {"voice": False}, "[audio]"),
    ("document", {"filename": "nota\n.pdf", "caption": "nota"}, "[file: nota .pdf]\nnota"),
    ("sticker", {"animated": False}, "[sticker]"),
    ("location", {"latitude": -6.2, "longitude": 106, "name": "Kopi"}, "[location: Kopi, -6.20000, 106.00000]"),
    (
        "contacts",
        [{"name": {"formatted_name": "Budi"}, "phones": [{"phone": "+62 812"}]}, {}],
        "[contact: Budi +62 812]\n[contact]",
    ),
    ("interactive", {"type": "button_reply", "button_reply": {"id": "x", "title": "Ya"}}, "[chose: Ya]"),
    ("interactive", {"list_reply": {"title": "Latte", "description": "besar"}}, "[chose: Latte, besar]"),
    ("interactive", {"nfm_reply": {"body": "Sent", "response_json": "{}"}}, "Sent"),
    ("button", {"text": "Tidak", "payload": "x"}, "[chose: Tidak]"),
    ("order", {"product_items": [{}, {}], "text": "tanpa gula"}, "[order: 2 products]\ntanpa gula"),
    ("unsupported", {}, "[a message that can't be shown here; see it on the phone]"),
    ("of_next_year", {"x": 1}, "[a message that can't be shown here; see it on the phone]"),
    ("image", "odd", "[image]"),
]


@pytest.mark.parametrize(("kind", "held", "shown"), THINGS)
def test_things(kind: str, held: Any, shown: str) -> None:
    assert one(kind, held).body == shown


def test_where_somebody_came_from() -> None:
    referral = {"headline": "Promo\nKopi", "source_url": "https://fb.example/ad", "body": "x"}
    assert one(referral=referral).body == "nomor 7\n[came from: Promo Kopi https://fb.example/ad]"
    assert one(referral={"source_url": "javascript:x"}).body == "nomor 7"


def test_edits_and_deletions_name_what_they_are_about() -> None:
    edited = one("edit", {"original_message_id": "wamid.3", "message": {"type": "text", "text": {"body": "Besok?"}}})
    assert (edited.remote_id, edited.body, edited.deleted) == ("wamid.3", "Besok?", False)
    assert edited.edited_at == edited.sent_at
    caption = {"type": "image", "image": {"caption": "ini"}}
    assert one("edit", {"original_message_id": "wamid.3", "message": caption}).body == "[image]\nini"
    gone = one("revoke", {"original_message_id": "wamid.3"})
    assert (gone.remote_id, gone.body, gone.deleted) == ("wamid.3", "", True)
    assert (gone.author_handle, gone.thread_key) == (edited.author_handle, edited.thread_key)


def test_a_reaction_changes_and_goes_away() -> None:
    first = one("reaction", {"message_id": "wamid.ours1", "emoji": "👍"})
    second = one("reaction", {"message_id": "wamid.ours1", "emoji": "❤️"})
    gone = [one("reaction", {"message_id": "wamid.ours1", **empty}) for empty in ({}, {"emoji": ""})]
    assert {one.remote_id for one in (first, second, *gone)} == {f"reaction:{RINA_ID}:wamid.ours1"}
    assert (first.body, first.parent_id, first.deleted) == ("[reaction: 👍]", "wamid.ours1", False)
    assert all(one.deleted for one in gone)


def test_what_colleagues_wrote_on_the_phone() -> None:
    echo = {
        "from": "622100001", "to": RINA, "to_user_id": RINA_ID, "id": "wamid.9", "timestamp": str(START), "type": "text",
        "text": {"body": "Siap!"}, "context": {"id": "wamid.7"},
    }  # fmt: skip
    (found,) = read(echo, name="smb_message_echoes", inner="message_echoes")
    assert (found.own, found.author_handle, found.thread_key) == (True, "+622100001", RINA_ID)
    assert (found.parent_id, found.reply_until, found.body) == ("wamid.7", None, "Siap!")


def test_a_group_is_no_private_chat() -> None:
    assert one(group_id="G-55").thread_key == "group:G-55"


def test_what_brings_nothing() -> None:
    assert read(message(1, "system", {"body": "changed"})) == read(message(1, "request_welcome", {})) == []
    statuses = [{"id": "wamid.ours1", "status": "delivered", "timestamp": str(START), "recipient_id": RINA}]
    assert read(statuses=statuses) == []
    receiver = WhatsAppPush()
    assert receiver.read(body(message(1), name="account_update"), NOW) == ()
    assert receiver.read(b'{"object": "page", "entry": []}', NOW) == ()
    for bad in (b"", b"[]", b"{}", b"[" * 200_000, b"\xff"):
        with pytest.raises(PlatformError):
            receiver.read(bad, NOW)


@pytest.mark.parametrize(
    ("word", "arrived"), [("sent", True), ("delivered", True), ("read", True), ("failed", False), ("deleted", None)]
)
def test_statuses_of_ours_tell_of_deliveries_by_their_keys(word: str, arrived: bool | None) -> None:
    status: dict[str, Any] = {
        "id": "wamid.ours1", "status": word, "timestamp": str(START), "recipient_id": RINA,
        "biz_opaque_callback_data": "reply-0123abcd",
    }  # fmt: skip
    if word == "failed":
        status["errors"] = [
            {"code": 131047, "title": "Re-engagement message", "error_data": {"details": "More than\n24 hours"}},
            {"code": 5, "message": 7}, 8, {},
        ]  # fmt: skip
    found = WhatsAppPush().read(body(inner="statuses", statuses=[status, 5, {}, status | {"id": None}]), NOW)
    at = datetime.fromtimestamp(START, UTC)
    problem = "" if arrived else "More than 24 hours (131047); 5"
    told = Told(PHONE, "reply-0123abcd", "wamid.ours1", bool(arrived), at, problem)
    assert found == (() if arrived is None else (told,))
    # Beside a message, as one body may hold both.
    both = WhatsAppPush().read(body(message(1), statuses=[status]), NOW)
    assert [isinstance(one, Told) for one in both] == ([False] if arrived is None else [True, False])


def test_odd_messages_are_left_out_beside_good_ones() -> None:
    odd: list[Any] = [
        None, 5, {}, message(1) | {"id": None}, message(1) | {"id": "x" * 500}, message(1, "edit", {}), message(1, "edit", 5),
        message(1, "revoke", {"original_message_id": 1.5}), message(1, "reaction", "x"),
        message(1, "edit", {"original_message_id": "wamid.1"}),
    ]  # fmt: skip
    found = read(*odd, message(2), message(3) | {"timestamp": "soon"})
    assert [one.remote_id for one in found] == ["wamid.2", "wamid.3"] and found[1].sent_at == NOW
    with pytest.raises(PlatformError, match="can't be read"):
        read(*odd)
    with pytest.raises(PlatformError, match="phone_number_id"):
        read(message(1), metadata=None)


def test_repeats_and_reordering_change_nothing() -> None:
    """The same set of places comes out, however often and in which order bodies come."""
    dice = random.Random(3)
    bodies = [body(message(number)) for number in range(30)]
    again = bodies * 2
    dice.shuffle(again)
    receiver = WhatsAppPush()
    first = {one.mention for pushed in bodies for one in receiver.read(pushed, NOW)}
    assert first == {one.mention for pushed in again for one in receiver.read(pushed, NOW)} and len(first) == 30
