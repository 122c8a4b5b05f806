"""LinkedIn through the cases that every network which publishes goes through, on real sockets."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from smdash.core.records import MentionKind
from smdash.platforms.base import Credentials
from smdash.platforms.linkedin import LinkedIn
from smdash.platforms.outgoing import Above, Addressee, Medium, Outgoing, OutgoingKind

from . import publishing, test_faults
from .faulty import Request, answer

KINDS = [OutgoingKind.POST, OutgoingKind.REPLY, OutgoingKind.LIKE, OutgoingKind.DELETE]
COMMENT = "urn:li:comment:(urn:li:activity:1,2)"


async def reads(request: Request, writer: asyncio.StreamWriter) -> None:
    if request.path == "/rest/organizationAcls":
        pages = {"elements": [{"organization": "urn:li:organization:77", "role": "ADMINISTRATOR"}]}
        await answer(writer, body=json.dumps(pages).encode())
    elif request.path == "/rest/images" and request.method == "POST":
        value = {"uploadUrl": f"http://{request.headers['host']}/bytes", "image": "urn:li:image:C1"}
        await answer(writer, body=json.dumps({"value": value}).encode())
    elif request.path.startswith("/rest/images"):
        await answer(writer, body=b'{"status": "AVAILABLE"}')
    else:
        await answer(writer, 201)


def outgoing(url: str, kind: OutgoingKind) -> Outgoing:
    one = Credentials("linkedin", "kopi", url, test_faults.TOKEN)
    addressee = (
        None if kind is OutgoingKind.POST else Addressee(COMMENT, MentionKind.COMMENT, "rina01", thread_key=COMMENT)
    )
    return Outgoing(kind, one, "post-0123abcd", test_faults.NOW, test_faults.NOW, "Jam 8", addressee)


def below(url: str, kind: OutgoingKind) -> Outgoing:
    return replace(outgoing(url, kind), above=Above("urn:li:share:4", "urn:li:share:4"))


def is_upload(request: Request) -> bool:
    return request.path == "/bytes"


def is_write(request: Request) -> bool:
    return request.method in ("POST", "DELETE") and not request.path.startswith("/rest/images")


NETWORK = publishing.Network(LinkedIn, outgoing, reads, is_write, is_upload)


@pytest.fixture
def photo(tmp_path: Path) -> Medium:
    return publishing.picture(tmp_path)


@pytest.mark.parametrize("behaviour", publishing.BEYOND_THE_CLIENT)
async def test_a_spoiled_write(behaviour: str, photo: Medium) -> None:
    for kind in KINDS:
        # To a deletion that is how success looks.
        if (kind, behaviour) != (OutgoingKind.DELETE, "204"):
            await publishing.spoiled_write(NETWORK, kind, behaviour)
    await publishing.spoiled_write(NETWORK, OutgoingKind.POST, behaviour, photo)
    await publishing.spoiled_write(replace(NETWORK, outgoing=below), OutgoingKind.POST, behaviour)


@pytest.mark.parametrize("behaviour", publishing.BEYOND_THE_CLIENT)
async def test_a_spoiled_read(behaviour: str) -> None:
    for kind in KINDS:
        await publishing.spoiled_read(NETWORK, kind, behaviour)


@pytest.mark.parametrize("behaviour", [name for name in publishing.BEYOND_THE_CLIENT if name.startswith(("4", "5", "redirect", "reset", "never", "closes"))])  # fmt: skip
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
        await publishing.token_of_no_use(NETWORK, kind)
    await publishing.file_of_no_use(NETWORK, photo)
