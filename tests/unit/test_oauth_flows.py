"""Connecting by OAuth: what is opened and what is sent, by the networks' own rules."""

from __future__ import annotations

import base64
from urllib.parse import parse_qs, urlsplit

import pytest

from smdash.core.errors import InputError
from smdash.platforms import oauth_flows, reddit_calls, tiktok_calls, youtube_calls
from smdash.platforms.oauth_flows import Form, Provider

BACK = "http://127.0.0.1:8123/callback"


def sent(form: Form) -> dict[str, str]:
    return {name: one[0] for name, one in parse_qs(form.body.decode()).items()}


def asked(url: str) -> dict[str, str]:
    return {name: one[0] for name, one in parse_qs(urlsplit(url).query).items()}


def test_a_challenge_is_that_of_the_standard() -> None:
    # RFC 7636, appendix B
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert oauth_flows.challenge(verifier, "S256") == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    found = oauth_flows.challenge(verifier, "hex")
    assert bytes.fromhex(found) == base64.urlsafe_b64decode("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM=")


def test_google() -> None:
    provider = youtube_calls.provider()
    begun = oauth_flows.begin(provider, "the-client", BACK)
    found = asked(begun.url)
    assert begun.url.startswith("https://accounts.google.com/o/oauth2/v2/auth?")
    assert (found["client_id"], found["redirect_uri"], found["access_type"]) == ("the-client", BACK, "offline")
    assert found["scope"].split() == list(youtube_calls.SCOPES) and found["code_challenge_method"] == "S256"
    assert begun.verifier not in begun.url and len(begun.verifier) >= 43
    form = oauth_flows.exchange(provider, "the-client", "the-secret", "the-code", BACK, begun.verifier)
    assert sent(form) == {
        "client_id": "the-client",
        "client_secret": "the-secret",
        "grant_type": "authorization_code",
        "code": "the-code",
        "redirect_uri": BACK,
        "code_verifier": begun.verifier,
    }
    assert oauth_flows.begin(provider, "the-client", BACK).state != begun.state


def test_tiktok() -> None:
    found = asked(oauth_flows.begin(tiktok_calls.provider(), "the-key", BACK).url)
    assert found["client_key"] == "the-key" and "client_id" not in found
    assert found["scope"] == "user.info.basic,user.info.stats,video.list,video.publish"
    assert len(found["code_challenge"]) == 64
    assert sent(oauth_flows.refresh(tiktok_calls.provider(), "the-key", "s", "r"))["client_key"] == "the-key"


def test_reddit() -> None:
    provider = reddit_calls.provider()
    found = asked(oauth_flows.begin(provider, "the-client", BACK).url)
    assert found["duration"] == "permanent" and "code_challenge" not in found
    form = oauth_flows.exchange(provider, "the-client", "the-secret", "the-code", BACK, "unused")
    assert base64.b64decode(form.headers["Authorization"].removeprefix("Basic ")) == b"the-client:the-secret"
    assert sent(form) == {"grant_type": "authorization_code", "code": "the-code", "redirect_uri": BACK}


def test_a_code_that_is_typed_elsewhere() -> None:
    provider = Provider("X", "https://x.example/token", "", ("a", "b"), device_url="https://x.example/device")
    assert sent(oauth_flows.device_begin(provider, "the-client")) == {"client_id": "the-client", "scope": "a b"}
    polled = sent(oauth_flows.device_poll(provider, "the-client", "", "d"))
    assert polled["grant_type"].endswith(":device_code") and "client_secret" not in polled
    assert oauth_flows.is_pending({"error": "slow_down"}) and not oauth_flows.is_pending({"error": "expired_token"})


def test_what_is_pasted() -> None:
    assert oauth_flows.code_of(f" {BACK}?code=c1&state=s1 \n", "s1") == "c1"
    for pasted, said in (
        (f"{BACK}?code=c1&state=other", "another login"),
        (f"{BACK}?code=c1", "another login"),
        (f"{BACK}?state=s1", "no code"),
        ("kopi", "no code"),
        (f"{BACK}?error=access_denied&state=s1", "access_denied"),
        (f"{BACK}?code=c1&state=%F0%9F%98%80", "another login"),
    ):
        with pytest.raises(InputError, match=said):
            oauth_flows.code_of(pasted, "s1")
