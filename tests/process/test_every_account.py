"""Every network of the registry, connected with all that it asks for: what is written is what its adapter is handed."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from smdash.cli.account_draft import TOKEN, Draft, Entered, good_option, need_of
from smdash.cli.account_keep import keep
from smdash.cli.account_said import described
from smdash.cli.desk import Desk
from smdash.core.clock import FixedClock
from smdash.locale import catalogue
from smdash.platforms import registry
from smdash.platforms.base import LIVE, Platform, Verified
from smdash.settings import references, service
from smdash.settings.vault import FileVault
from smdash.sync.secrets import credentials
from tests.conftest import Smdash
from tests.pty_screen import Pty

LIVING = [one for one in registry.shown() if one.status == LIVE and one.is_account]
SESSION = '{"access": "sesi-jaringan"}'


def value(key: str) -> str:
    """Something that may stand there."""
    return f"https://kopi.example/{key}" if key.endswith("_url") else f"isi-{key}"


def whole(platform: Platform, database_id: str) -> Draft:
    """An account of whom everything is known, as the walk and the options leave it."""
    draft = Draft(platform, database_id, name="Kopi Kita")
    draft.url = "https://kopi.example" if platform.needs_url else ""
    draft.handle = "kopi.example" if platform.needs_handle else ""
    for need in platform.needs:
        assert need_of(platform, need.key, secret=need.secret) is need
        if need.secret:
            draft.secrets[need.key] = Entered(f"rahasia-{need.key}")
        else:
            draft.options[need.key] = good_option(value(need.key), need.key)
    if platform.needs_token:
        draft.secrets[TOKEN] = Entered("rahasia-token")
    else:
        draft.session = SESSION
    return draft


@pytest.mark.parametrize("kind", [references.FILE, references.TEXT])
@pytest.mark.parametrize("platform", LIVING, ids=lambda one: one.name)
def test_what_is_kept_reaches_the_adapter(
    platform: Platform, kind: str, db: Path, clock: FixedClock, own_folders: None, tmp_path: Path
) -> None:
    desk = Desk(db, clock=clock)
    draft = whole(platform, desk.team().database_id)
    assert draft.lacking() == []
    keep(desk, draft, None, draft.session or None, kind)

    assert service.problems() == ()
    (one,) = service.read().accounts
    vault = FileVault(draft.database, platform.name, one.name)
    found = credentials(one, platform, vault)
    assert found.options == {need.key: value(need.key) for need in platform.needs if not need.secret}
    assert found.secrets == {need.key: f"rahasia-{need.key}" for need in platform.needs if need.secret}
    assert found.token == ("rahasia-token" if platform.needs_token else "")
    assert (vault.load() or "") == draft.session
    assert found.url == (draft.url or platform.default_url) and found.handle == draft.handle
    # Whatever holds a secret is its owner's alone.
    for file in tmp_path.rglob("*"):
        if file.is_file() and b"rahasia-" in file.read_bytes():
            assert file != db and stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("platform", LIVING, ids=lambda one: one.name)
def test_what_a_network_needs_is_missed_by_name(platform: Platform, db: Path, own_folders: None) -> None:
    draft = whole(platform, "")
    for need in platform.needs:
        (draft.secrets if need.secret else draft.options).pop(need.key)
    assert draft.lacking() == [need.key for need in platform.needs if need.required]


def test_an_address_that_is_none_is_refused(smdash: Smdash) -> None:
    said = smdash.refused(
        "account", "add", "instagram", "--name", "kopi", "--option", "media_url=kopi", "--no-check", code=2
    )
    assert "expected a web address" in said


def test_feeds_are_followed_not_connected(smdash: Smdash) -> None:
    assert "smdash feed add" in smdash.refused("account", "add", "feeds", "--name", "kopi")


def test_a_remark_of_the_network_is_shown(clock: FixedClock) -> None:
    said = Verified("1", "kopi", "Kopi", None, notice="the app is not audited yet")
    assert "the app is not audited yet" in described(LIVING[0], said, clock.now())


@pytest.mark.parametrize("platform", registry.shown(), ids=lambda one: one.name)
def test_what_is_said_of_a_network_can_be_said_in_every_language(platform: Platform) -> None:
    known = {one.id if isinstance(one.id, str) else one.id[0] for one in catalogue.read() if one.id}
    said = [platform.cost, *(text for need in platform.needs for text in (need.label, need.where))]
    if not platform.pages.startswith("https://"):
        said.append(platform.pages)
    assert [text for text in said if text and text not in known] == []


def test_the_walk_asks_for_what_a_consent_page_lacked(smdash: Smdash) -> None:
    command = [str(word) for word in smdash.command("account", "add", "linkedin", "--name", "kopi")]
    with Pty(smdash.db, smdash.env, size=(80, 60), command=command) as screen:

        def answer(question: str, words: str) -> None:
            screen.until(lambda text: question in text.rstrip().splitlines()[-1] if text.strip() else False)
            screen.type(f"{words}\r".encode())

        for question in ("number of the page", "version of the API", "client id of the app", "address that LinkedIn"):
            answer(f"{question}", "")
        answer("number [1]:", "1")
        answer("number [1]:", "1")
        answer("client secret of the app, or nothing (it is not shown):", "")
        answer("try it once more? [yes]:", "")
        for question, words in (
            ("number of the page", ""), ("version of the API", ""), ("client id of the app", "aplikasi-kopi"),
            ("client secret of the app", "rahasia-aplikasi"), ("address that LinkedIn", ""),
        ):  # fmt: skip
            answer(question, words)
        text = screen.until(lambda text: "the code, or the address:" in text)
        assert "client_id=aplikasi-kopi" in text.replace("\n", "") and "rahasia-aplikasi" not in text
        # Where a thing is found stands above the question, broken between words.
        assert "authorized redirect addresses; without it\n" in text
