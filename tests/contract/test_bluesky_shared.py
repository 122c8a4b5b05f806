"""Bluesky through the cases that every network which publishes goes through, on real sockets."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from smdash.core.records import MentionKind
from smdash.platforms.base import Credentials
from smdash.platforms.bluesky import Bluesky
from smdash.platforms.outgoing import Above, Addressee, Medium, Outgoing, OutgoingKind

from . import publishing, test_faults
from .faulty import Request, answer
from .test_bluesky import ME
from .test_bluesky_publish import ASKED, OURS

SESSION = {"did": ME, "handle": test_faults.HANDLE, "accessJwt": "access-of-test", "refreshJwt": "refresh-of-test"}
BLOB = {"$type": "blob", "ref": {"$link": "bafkrei1"}, "mimeType": "image/png", "size": 8}
# A token that is too old is renewed, and what was turned away at the door sent again: twice, and no third time.
BEHAVIOURS = [name for name in publishing.BEYOND_THE_CLIENT if name != "401"]
KINDS = [OutgoingKind.POST, OutgoingKind.REPLY, OutgoingKind.LIKE, OutgoingKind.HIDE]


async def reads(request: Request, writer: asyncio.StreamWriter) -> None:
    method = request.path.rsplit(".", 1)[-1]
    wanted = parse_qs(urlsplit(request.target).query)
    if method.endswith("Session"):
        await answer(writer, body=json.dumps(SESSION).encode())
    elif method == "getPosts":
        post = {"uri": ASKED, "cid": "bafyasked", "record": {"text": "Jam berapa?"}}
        await answer(writer, body=json.dumps({"posts": [post]}).encode())
    elif method == "uploadBlob":
        await answer(writer, body=json.dumps({"blob": BLOB}).encode())
    elif method == "getRecord" and wanted["rkey"] == ["root"] and wanted["collection"] == ["app.bsky.feed.post"]:
        await answer(writer, body=json.dumps({"uri": OURS, "cid": "bafyroot", "value": {"text": "satu"}}).encode())
    else:
        await answer(writer, 400, b'{"error": "RecordNotFound", "message": "Could not locate record"}')


def outgoing(url: str, kind: OutgoingKind) -> Outgoing:
    one = Credentials("bluesky", "kopi", url, test_faults.TOKEN, test_faults.HANDLE)
    addressee = None
    if kind is not OutgoingKind.POST:
        addressee = Addressee(ASKED, MentionKind.REPLY, "rina.example", thread_key=OURS)
    return Outgoing(kind, one, "post-0123abcd", test_faults.NOW, test_faults.NOW, "Jam 8", addressee)


def below(url: str, kind: OutgoingKind) -> Outgoing:
    return replace(outgoing(url, kind), above=Above(OURS, OURS))


def is_upload(request: Request) -> bool:
    return request.path.endswith(".uploadBlob")


NETWORK = publishing.Network(
    Bluesky, outgoing, reads, lambda one: one.path.endswith((".createRecord", ".putRecord")), is_upload
)


@pytest.fixture
def photo(tmp_path: Path) -> Medium:
    return publishing.picture(tmp_path)


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
async def test_a_spoiled_write(behaviour: str, photo: Medium) -> None:
    for kind in KINDS:
        await publishing.spoiled_write(NETWORK, kind, behaviour)
    await publishing.spoiled_write(replace(NETWORK, outgoing=below), OutgoingKind.POST, behaviour, photo)


@pytest.mark.parametrize("behaviour", publishing.BEYOND_THE_CLIENT)
async def test_a_spoiled_read(behaviour: str) -> None:
    for kind in KINDS:
        await publishing.spoiled_read(NETWORK, kind, behaviour)


@pytest.mark.parametrize("behaviour", publishing.BEYOND_THE_CLIENT)
async def test_a_spoiled_look_at_the_part_before(behaviour: str) -> None:
    async def after_the_login(request: Request, writer: asyncio.StreamWriter) -> None:
        spoiled = request.path.endswith(".getRecord")
        await (publishing.BEHAVIOURS[behaviour] if spoiled else reads)(request, writer)

    spoiled = replace(NETWORK, outgoing=below, reads=after_the_login)
    async with publishing.serve(after_the_login) as server:
        error = await publishing.failed(spoiled, below(server.url, OutgoingKind.POST))
        assert not error.arrived and not [one for one in server.requests if NETWORK.is_write(one)]


@pytest.mark.parametrize("behaviour", publishing.BEYOND_THE_CLIENT)
async def test_a_spoiled_upload(behaviour: str, photo: Medium) -> None:
    await publishing.spoiled_upload(NETWORK, behaviour, photo)


@pytest.mark.parametrize("status", [400, 413, 415, 422])
async def test_a_refused_file(status: int, photo: Medium) -> None:
    await publishing.refused_file(NETWORK, status, photo)


async def test_a_server_that_dies_before_it_answers(photo: Medium) -> None:
    for kind in KINDS:
        await publishing.cut_before_the_answer(NETWORK, kind)
    await publishing.cut_before_the_answer(replace(NETWORK, outgoing=below), OutgoingKind.POST)
    await publishing.cut_before_the_answer_to_a_file(NETWORK, photo)


async def test_what_never_leaves(photo: Medium) -> None:
    for kind in KINDS:
        await publishing.nobody_listens(NETWORK, kind)
    await publishing.file_of_no_use(NETWORK, photo)
