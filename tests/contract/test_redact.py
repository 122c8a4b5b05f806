"""Secrets don't reach a log, whatever way they come."""

from __future__ import annotations

import io
import logging

import pytest

from smdash.platforms import redact
from smdash.platforms.client import Client

from .faulty import FAULTS, serve

SECRET = "Zx81-very-secret-value"


@pytest.mark.parametrize(
    "line",
    [
        f"GET https://kopi.example/x?access_token={SECRET}&limit=1",
        f"GET https://kopi.example/x?limit=1&token={SECRET}",
        f"https://kopi.example/x?client_secret={SECRET}#a",
        f"https://kopi.example/?api_key={SECRET}",
        f"?refresh_token%3D{SECRET}",
        f"Authorization: Bearer {SECRET}",
        f"{{'authorization': 'Bearer {SECRET}', 'accept': 'x'}}",
        f"[(b'Authorization', b'Bearer {SECRET}')]",
        f'{{"access_token": "{SECRET}", "scope": "read"}}',
        f"password: {SECRET}",
        f"https://ana:{SECRET}@kopi.example/",
    ],
)
def test_shapes(line: str) -> None:
    scrubbed = redact.scrub(line)
    assert SECRET not in scrubbed and redact.HIDDEN in scrubbed
    assert redact.scrub(scrubbed) == scrubbed


def test_ordinary_text_stays() -> None:
    for line in (
        "GET https://kopi.example/api/v1/notifications?limit=80&min_id=5",
        "the token is refused",
        "keycode=5",
    ):
        assert redact.scrub(line) == line


def test_values_that_were_sent_are_known_anywhere() -> None:
    redact.remember("plain-looking-words-77")
    redact.remember("abc")
    assert redact.scrub("it said plain-looking-words-77, abc") == f"it said {redact.HIDDEN}, abc"


def test_the_filter_covers_children_arguments_and_tracebacks() -> None:
    out = io.StringIO()
    logger = logging.getLogger("smdash-redact-test")
    logger.handlers = [logging.StreamHandler(out)]
    logger.propagate = False
    redact.install(logger)
    redact.install(logger)
    child = logging.getLogger("smdash-redact-test.child")
    child.warning("asked %s with %d", f"https://kopi.example/?token={SECRET}", 5)
    child.warning("broken %d", f"token={SECRET}")
    try:
        raise ValueError(f"Authorization: Bearer {SECRET}")
    except ValueError:
        child.exception("it failed")
    child.warning("with stack", stack_info=True)
    text = out.getvalue()
    assert SECRET not in text
    assert "with 5" in text and "ValueError" in text and "it failed" in text
    assert len([one for one in logger.filters if isinstance(one, redact.Redactor)]) == 1


async def test_a_call_logs_no_token(caplog: pytest.LogCaptureFixture) -> None:
    for name in ("httpx", "httpcore"):  # as loud as they get: they print addresses and headers
        caplog.set_level(logging.DEBUG, name)
    caplog.handler.addFilter(redactor := redact.Redactor())
    async with serve(FAULTS["another shape"]) as server, Client() as client:
        await client.get(server.url, owner_typed=True, token=SECRET, params={"access_token": SECRET})
    caplog.handler.removeFilter(redactor)
    assert SECRET not in caplog.text
    assert "127.0.0.1" in caplog.text
