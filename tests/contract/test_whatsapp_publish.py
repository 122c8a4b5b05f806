"""WhatsApp: answers and reactions, whether they may have arrived, and what is refused."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.records import MentionKind
from smdash.platforms.base import Credentials
from smdash.platforms.client import Client
from smdash.platforms.outgoing import Addressee, Outgoing, OutgoingKind, Published
from smdash.platforms.whatsapp import WhatsApp

from . import publishing, test_faults
from .fake_whatsapp import BASE, PHONE, RINA, RINA_ID, TOKEN, Graph, no
from .faulty import Request, answer

POST, REPLY, LIKE, HIDE, DELETE = OutgoingKind
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CREDENTIALS = Credentials("whatsapp", "kopi", BASE, TOKEN, options={"phone_id": PHONE})
WHO = Addressee("wamid.7", MentionKind.DM, f"+{RINA}", None, RINA_ID)


@pytest.fixture
def graph() -> Graph:
    return Graph()


def outgoing(kind: OutgoingKind = REPLY, text: str = "Buka, sampai malam", **changes: Any) -> Outgoing:
    return replace(Outgoing(kind, CREDENTIALS, "reply-0123abcd", NOW, NOW, text, WHO), **changes)


async def publish(graph: Graph, out: Outgoing) -> Published:
    async with Client(transport=graph.transport()) as client:
        return await WhatsApp().publish(out, client)


async def refused(graph: Graph, out: Outgoing) -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        await publish(graph, out)
    assert str(caught.value).isprintable() and TOKEN not in str(caught.value)
    return caught.value


async def test_an_answer(graph: Graph) -> None:
    assert await publish(graph, outgoing()) == Published("wamid.ours1", None)
    assert graph.sent == [
        {
            "messaging_product": "whatsapp", "recipient_type": "individual", "to": RINA, "type": "text",
            "context": {"message_id": "wamid.7"}, "text": {"body": "Buka, sampai malam", "preview_url": False},
            "biz_opaque_callback_data": "reply-0123abcd",
        }
    ]  # fmt: skip
    await publish(graph, outgoing(text="Lihat https://kopi.example/menu"))
    assert graph.sent[-1]["text"]["preview_url"] is True


@pytest.mark.parametrize(
    ("to", "fields"),
    [
        ({"author_handle": RINA_ID}, {"recipient_type": "individual", "recipient": RINA_ID}),
        ({"author_handle": "Rina", "thread_key": RINA}, {"recipient_type": "individual", "to": RINA}),
        ({"thread_key": "group:G-55"}, {"recipient_type": "group", "to": "G-55"}),
    ],
)
async def test_whom_it_goes_to(graph: Graph, to: dict[str, str], fields: dict[str, str]) -> None:
    await publish(graph, outgoing(addressee=replace(WHO, **to)))
    assert {
        key: graph.sent[0].get(key) for key in ("recipient_type", "to", "recipient") if key in graph.sent[0]
    } == fields


async def test_an_answer_to_a_reaction_quotes_nothing(graph: Graph) -> None:
    to = replace(WHO, remote_id=f"reaction:{RINA_ID}:wamid.ours1")
    await publish(graph, outgoing(addressee=to))
    assert "context" not in graph.sent[0]
    assert (await refused(graph, outgoing(LIKE, addressee=to))).kind is ErrorKind.REJECTED and len(graph.sent) == 1


async def test_a_like(graph: Graph) -> None:
    assert await publish(graph, outgoing(LIKE, "")) == Published("wamid.7", None)
    assert graph.sent[0]["reaction"] == {"message_id": "wamid.7", "emoji": "👍"} and graph.sent[0]["type"] == "reaction"


async def test_what_whatsapp_does_not_know(graph: Graph) -> None:
    nobody = replace(WHO, author_handle="Rina", thread_key=None)
    for out in (
        outgoing(POST, addressee=None), outgoing(HIDE), outgoing(DELETE), outgoing(text="  "), outgoing(addressee=None),
        outgoing(addressee=nobody), outgoing(credentials=replace(CREDENTIALS, options={})),
    ):  # fmt: skip
        error = await refused(graph, out)
        assert (error.kind, error.arrived) == (ErrorKind.REJECTED, False)
    assert graph.requests == []


REFUSALS = [
    (0, 401, ErrorKind.AUTH, False),
    (190, 401, ErrorKind.AUTH, False),
    (3, 400, ErrorKind.PERMISSION, False),
    (10, 403, ErrorKind.PERMISSION, False),
    (200, 403, ErrorKind.PERMISSION, False),
    (131005, 403, ErrorKind.PERMISSION, False),
    (368, 403, ErrorKind.PERMISSION, False),
    (131031, 403, ErrorKind.PERMISSION, False),
    (131042, 400, ErrorKind.PERMISSION, False),
    (131045, 400, ErrorKind.PERMISSION, False),
    (4, 400, ErrorKind.RATE, False),
    (80007, 400, ErrorKind.RATE, False),
    (130429, 400, ErrorKind.RATE, False),
    (131056, 400, ErrorKind.RATE, False),
    (131048, 400, ErrorKind.RATE, False),
    (131057, 500, ErrorKind.RATE, True),
    (100, 400, ErrorKind.REJECTED, False),
    (131047, 400, ErrorKind.REJECTED, False),
    (131026, 400, ErrorKind.REJECTED, False),
    (130472, 400, ErrorKind.REJECTED, False),
    (131021, 400, ErrorKind.REJECTED, False),
    (131051, 400, ErrorKind.REJECTED, False),
    (132001, 404, ErrorKind.REJECTED, False),
    (131000, 500, ErrorKind.SERVER, True),
    (131016, 500, ErrorKind.SERVER, True),
    (1, 500, ErrorKind.SERVER, True),
    (999, 418, ErrorKind.REJECTED, False),
]


@pytest.mark.parametrize(("code", "status", "kind", "arrived"), REFUSALS)
async def test_what_a_refusal_means(graph: Graph, code: int, status: int, kind: ErrorKind, arrived: bool) -> None:
    graph.spoil = lambda *_: no(code, "(#x) Title", status=status, details="what it is about")
    error = await refused(graph, outgoing())
    assert (error.kind, error.arrived) == (kind, arrived)
    assert (
        "what it is about" in str(error) and f"[{code}, fbtrace_id Atrace]" in str(error) and len(graph.requests) == 1
    )


async def test_too_late(graph: Graph) -> None:
    graph.spoil = lambda *_: no(131047, "Re-engagement message")
    assert str(await refused(graph, outgoing())).startswith("this person wrote more than 24 hours ago")


@pytest.mark.parametrize("found", [[], {}, {"messages": []}, {"messages": ["x"]}, {"messages": [{"id": 1.5}]}, "x"])
async def test_success_that_can_not_be_read_may_have_arrived(graph: Graph, found: Any) -> None:
    graph.spoil = lambda *_: httpx.Response(200, json=found)
    error = await refused(graph, outgoing())
    assert (error.kind, error.arrived) == (ErrorKind.SERVER, True)


@pytest.mark.parametrize(("kind", "told"), [(REPLY, True), (LIKE, False), (HIDE, False)])
async def test_afterwards(graph: Graph, kind: OutgoingKind, told: bool) -> None:
    async with Client(transport=graph.transport()) as client:
        if told:
            with pytest.raises(PlatformError, match="does not tell what was sent") as caught:
                await WhatsApp().find(outgoing(kind), client)
            assert caught.value.kind is ErrorKind.UNKNOWN
        else:
            assert await WhatsApp().find(outgoing(kind), client) is None
        with pytest.raises(PlatformError):
            await WhatsApp().is_there(outgoing(kind), "wamid.ours1", client)
    assert graph.requests == []


# Files


async def test_a_picture(graph: Graph, tmp_path: Path) -> None:
    await publish(graph, outgoing(media=(publishing.picture(tmp_path),)))
    assert (
        graph.sent[0]["image"] == {"id": "media1", "caption": "Buka, sampai malam"} and graph.sent[0]["type"] == "image"
    )
    sound = replace(publishing.picture(tmp_path, "lagu.mp3"), media_type="audio/mpeg", digest="")
    sound = replace(sound, digest=publishing.picture(tmp_path).digest)
    await publish(graph, outgoing(text="", media=(sound,)))
    assert graph.sent[1]["audio"] == {"id": "media2"}


async def test_a_video_goes_to_the_number_too(graph: Graph, tmp_path: Path) -> None:
    film = replace(publishing.picture(tmp_path), media_type="video/mp4")
    there = replace(CREDENTIALS, url="https://graph.facebook.com")
    await publish(graph, outgoing(media=(film,), credentials=there))
    assert {request.url.host for request in graph.requests} == {"graph.facebook.com"} and "video" in graph.sent[0]


async def test_files_that_it_does_not_take(graph: Graph, tmp_path: Path) -> None:
    picture = publishing.picture(tmp_path)
    for out in (
        outgoing(media=(picture, picture)), outgoing(media=(replace(picture, media_type="image/gif"),)),
        outgoing(media=(replace(picture, media_type="audio/mpeg"),)), outgoing(text="x" * 1_025, media=(picture,)),
    ):  # fmt: skip
        error = await refused(graph, out)
        assert (error.kind, error.arrived) == (ErrorKind.REJECTED, False)
    assert graph.requests == []
    graph.spoil = lambda *_: no(131053, "Media upload error", details="too big")
    error = await refused(graph, outgoing(media=(picture,)))
    assert (error.kind, error.arrived) == (ErrorKind.REJECTED, False) and "promo.png" in str(error)


# The cases of all networks


def _network(base: str, kind: OutgoingKind) -> Outgoing:
    credentials = Credentials("whatsapp", "kopi", base, test_faults.TOKEN, options={"phone_id": PHONE})
    # Files go along with answers here, and the cases send them with posts.
    return outgoing(REPLY if kind is POST else kind, credentials=credentials, now=test_faults.NOW)


async def _reads(request: Request, writer: asyncio.StreamWriter) -> None:
    assert request.path.endswith("/media")
    await answer(writer, 200, json.dumps({"id": "media1"}).encode())


NETWORK = publishing.Network(
    WhatsApp, _network, _reads, lambda request: request.path.endswith("/messages"), lambda request: request.path.endswith("/media")
)  # fmt: skip


@pytest.mark.parametrize("behaviour", publishing.BEYOND_THE_CLIENT)
@pytest.mark.parametrize("kind", [REPLY, LIKE])
async def test_a_spoiled_write(kind: OutgoingKind, behaviour: str) -> None:
    await publishing.spoiled_write(NETWORK, kind, behaviour)


@pytest.mark.parametrize("behaviour", publishing.BEYOND_THE_CLIENT)
async def test_a_spoiled_upload(tmp_path: Path, behaviour: str) -> None:
    await publishing.spoiled_upload(NETWORK, behaviour, publishing.picture(tmp_path))


@pytest.mark.parametrize("kind", [REPLY, LIKE])
async def test_lines(kind: OutgoingKind) -> None:
    await publishing.nobody_listens(NETWORK, kind)
    await publishing.token_of_no_use(NETWORK, kind)
    await publishing.cut_before_the_answer(NETWORK, kind)


async def test_files_of_all_networks(tmp_path: Path) -> None:
    picture = publishing.picture(tmp_path)
    await publishing.cut_before_the_answer_to_a_file(NETWORK, picture)
    for status in (400, 413, 415, 422):
        await publishing.refused_file(NETWORK, status, picture)
    await publishing.file_of_no_use(NETWORK, picture)
