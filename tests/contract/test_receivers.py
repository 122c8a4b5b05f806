"""What every network's receiver keeps to: strangers are refused, rubbish raises what it may, and nothing is ever said."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from smdash.core.deliveries import Told
from smdash.core.errors import PlatformError
from smdash.platforms import registry
from smdash.platforms.base import Platform
from smdash.platforms.push import Pushed, Request

AT = datetime(2026, 11, 23, 7, 5, tzinfo=UTC)
SECRET = "rahasia-0123456789"
PUSHING = [one for one in registry.all_platforms() if one.receive is not None]
BODIES = [
    b"",
    b"{}",
    b"[]",
    b"null",
    b"\x00\xff" * 200,
    b"[" * 50_000,
    b'{"object": "page", "entry": 5}',
    b'{"entry": [{"changes": [{"value": null}]}], "message": {"text": 7}, "update_id": "x"}',
    json.dumps({"object": ["\ud800"], "entry": [{"id": {}, "messaging": [[]]}]}).encode(),
]
HEADERS: list[dict[str, str]] = [
    {},
    {"x-hub-signature-256": "sha256=" + "0" * 64, "x-telegram-bot-api-secret-token": "", "x-signature": ""},
    {"x-hub-signature-256": "ü", "x-telegram-bot-api-secret-token": "ü", "x-twitter-webhooks-signature": "sha256=ü"},
    {"x-hub-signature-256": "sha256=", "x-telegram-bot-api-secret-token": "x", "x-twitter-webhooks-signature": "="},
    {"x-hub-signature-256": "sha1=" + "0" * 40, "x-telegram-bot-api-secret-token": "None"},
]


def secrets(platform: Platform, value: str) -> dict[str, str]:
    return {"token": value} | {need.key: value for need in platform.needs if need.secret}


def test_who_has_a_receiver_says_that_it_pushes() -> None:
    for platform in registry.all_platforms():
        assert platform.abilities.push == (platform.receive is not None), platform.name


@pytest.mark.parametrize("platform", PUSHING, ids=lambda one: one.name)
@pytest.mark.parametrize("value", ["", SECRET])
def test_a_stranger_is_refused_and_no_answer_is_an_error(platform: Platform, value: str) -> None:
    assert platform.receive is not None
    receiver = platform.receive()
    for known in ({}, secrets(platform, value)):
        for headers in HEADERS:
            for body in BODIES:
                request = Request("POST", f"/{platform.name}/kopi", {}, headers, body)
                assert receiver.is_genuine(request, known) is False
        for query in (
            {},
            {"hub.mode": "subscribe", "hub.verify_token": "", "hub.challenge": "1"},
            {"hub.mode": "subscribe", "hub.verify_token": "ü", "hub.challenge": "1"},
            {"hub.mode": "subscribe", "hub.verify_token": "guess"},
        ):
            assert receiver.challenge(Request("GET", f"/{platform.name}/kopi", query, {}), known) is None


@pytest.mark.parametrize("platform", PUSHING, ids=lambda one: one.name)
def test_rubbish_brings_nothing_or_is_refused_in_a_sentence(platform: Platform) -> None:
    assert platform.receive is not None
    receiver = platform.receive()
    for body in BODIES:
        try:
            found = list(receiver.read(body, AT))
        except PlatformError as problem:
            assert len(str(problem)) > 5
        else:
            assert all(isinstance(one, Pushed | Told) for one in found)
