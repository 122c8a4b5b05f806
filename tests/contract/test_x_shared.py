"""X through the cases that every network which publishes goes through, on real sockets."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from smdash.core.records import MentionKind
from smdash.platforms.base import Credentials
from smdash.platforms.outgoing import Above, Addressee, Medium, Outgoing, OutgoingKind
from smdash.platforms.x import X

from . import publishing, test_faults
from .faulty import Request, answer

KINDS = [OutgoingKind.POST, OutgoingKind.REPLY, OutgoingKind.LIKE, OutgoingKind.HIDE, OutgoingKind.DELETE]


async def reads(request: Request, writer: asyncio.StreamWriter) -> None:
    if request.path == "/2/users/me":
        await answer(writer, body=json.dumps({"data": {"id": "900", "username": "kopi"}}).encode())
    elif request.path.startswith("/2/media"):
        await answer(writer, body=b'{"data": {"id": "701"}}')
    else:
        await answer(writer, body=b'{"meta": {"result_count": 0}}')


def outgoing(url: str, kind: OutgoingKind) -> Outgoing:
    one = Credentials("x", "kopi", url, test_faults.TOKEN)
    addressee = None if kind is OutgoingKind.POST else Addressee("5/ä", MentionKind.REPLY, "rina_s")
    return Outgoing(kind, one, "post-0123abcd", test_faults.NOW, test_faults.NOW, "Jam 8", addressee)


def below(url: str, kind: OutgoingKind) -> Outgoing:
    return replace(outgoing(url, kind), above=Above("4", "3"))


def message(url: str, kind: OutgoingKind) -> Outgoing:
    to = Addressee("7", MentionKind.DM, "rina_s", thread_key="dm:900-901")
    return replace(outgoing(url, kind), addressee=to)


def is_write(request: Request) -> bool:
    return request.method != "GET" and not is_upload(request) and not request.path.startswith("/2/media")


def is_upload(request: Request) -> bool:
    return request.path == "/2/media/upload" and request.method == "POST"


NETWORK = publishing.Network(X, outgoing, reads, is_write, is_upload)


@pytest.fixture
def photo(tmp_path: Path) -> Medium:
    return publishing.picture(tmp_path)


@pytest.mark.parametrize("behaviour", publishing.BEYOND_THE_CLIENT)
async def test_a_spoiled_write(behaviour: str, photo: Medium) -> None:
    for kind in KINDS:
        await publishing.spoiled_write(NETWORK, kind, behaviour)
    await publishing.spoiled_write(replace(NETWORK, outgoing=below), OutgoingKind.POST, behaviour, photo)
    await publishing.spoiled_write(replace(NETWORK, outgoing=message), OutgoingKind.REPLY, behaviour)


@pytest.mark.parametrize("behaviour", publishing.BEYOND_THE_CLIENT)
async def test_a_spoiled_read(behaviour: str) -> None:
    await publishing.spoiled_read(NETWORK, OutgoingKind.LIKE, behaviour)


@pytest.mark.parametrize("behaviour", publishing.BEYOND_THE_CLIENT)
async def test_a_spoiled_upload(behaviour: str, photo: Medium) -> None:
    await publishing.spoiled_upload(NETWORK, behaviour, photo)


@pytest.mark.parametrize("status", [400, 413, 415, 422])
async def test_a_refused_file(status: int, photo: Medium) -> None:
    await publishing.refused_file(NETWORK, status, photo)


async def test_a_server_that_dies_before_it_answers(photo: Medium) -> None:
    for kind in KINDS:
        await publishing.cut_before_the_answer(NETWORK, kind)
    await publishing.cut_before_the_answer(replace(NETWORK, outgoing=message), OutgoingKind.REPLY)
    await publishing.cut_before_the_answer_to_a_file(NETWORK, photo)


async def test_what_never_leaves(photo: Medium) -> None:
    for kind in KINDS:
        await publishing.nobody_listens(NETWORK, kind)
        await publishing.token_of_no_use(NETWORK, kind)
    await publishing.file_of_no_use(NETWORK, photo)
