"""The registry: ours, the retired ones, and those of third parties."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Iterator
from datetime import date

import pytest

from smdash.core.errors import InputError, Refused
from smdash.core.networks import CODES, code
from smdash.platforms import registry
from smdash.platforms.base import Abilities, Platform


@pytest.fixture(autouse=True)
def afresh() -> Iterator[None]:
    registry.all_platforms.cache_clear()
    yield
    registry.all_platforms.cache_clear()


def test_what_is_there() -> None:
    assert {"mastodon", "bluesky", "feeds", "google_plus", "path"} <= {platform.name for platform in registry.shown()}
    assert "demo" not in {platform.name for platform in registry.shown()}
    assert registry.find("demo").hidden
    assert not registry.find("feeds").is_account


def test_every_live_platform_is_whole() -> None:
    for platform in registry.all_platforms():
        assert platform.name.isidentifier() and platform.title and len(platform.code) in (1, 2)
        if platform.status == "live" and not platform.hidden:
            assert platform.load is not None and platform.jobs
            adapter = platform.load()
            assert callable(adapter.pull) and callable(adapter.verify)
        assert (platform.status == "retired") == (platform.retired_on is not None)


def test_retired_ones_refuse_with_their_date() -> None:
    assert registry.find("google_plus").retired_on == date(2019, 4, 2)
    with pytest.raises(Refused, match=r"Google\+ was shut down on 2019-04-02"):
        registry.find_live("google_plus")
    with pytest.raises(Refused, match="Path was shut down on 2018-10-18"):
        registry.find_live("path")
    assert registry.find_live("mastodon").name == "mastodon"


def test_one_that_lets_in_whom_it_lists_refuses_with_what_to_do() -> None:
    found = registry.find("snapchat")
    assert (found.status, found.load, found.jobs, found.abilities) == ("allow_listed", None, (), Abilities())
    with pytest.raises(Refused, match="Snapchat lets in only programs that it has listed by hand"):
        registry.find_live("snapchat")


def test_retired_ones_can_not_be_called_at_all() -> None:
    for name in ("google_plus", "path"):
        found = registry.find(name)
        assert (found.load, found.jobs, found.abilities, found.needs, found.default_url) == (
            None,
            (),
            Abilities(),
            (),
            "",
        )


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(InputError, match=r"mastodon, bluesky, .*feeds") as caught:
        registry.find_live("friendster")
    assert "demo" not in str(caught.value)


class Entry:
    def __init__(self, name: str, made: object) -> None:
        self.name, self.value, self._made = name, f"{name}:PLATFORM", made

    def load(self) -> object:
        if isinstance(self._made, Exception):
            raise self._made
        return self._made


def test_third_parties(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    good = Platform("gotosocial", "GoToSocial", "GT", "live")
    entries = [
        Entry("a_good", good),
        Entry("b_made", lambda: Platform("pixelfed", "Pixelfed", "PF", "live")),
        Entry("c_broken", ImportError("no module")),
        Entry("d_taken", Platform("mastodon", "Other", "XX", "live")),
        Entry("e_twice", Platform("gotosocial", "Again", "GT", "live")),
        Entry("f_wrong", lambda: 5),
        Entry("g_uncallable", 5),
    ]
    monkeypatch.setattr(registry, "entry_points", lambda group: entries if group == "smdash.platforms" else [])
    with caplog.at_level(logging.WARNING):
        names = [platform.name for platform in registry.all_platforms()]
    assert names[-2:] == ["gotosocial", "pixelfed"]
    assert registry.find("gotosocial") is good
    assert registry.find("mastodon").title == "Mastodon"
    assert [record.getMessage().split()[1] for record in caplog.records] == [
        "c_broken",
        "d_taken",
        "e_twice",
        "f_wrong",
        "g_uncallable",
    ]
    assert all(record.levelno == logging.WARNING for record in caplog.records)


def test_codes_are_two_letters_and_differ() -> None:
    assert len(set(CODES.values())) == len(CODES) == 15
    assert all(letters.isupper() and len(letters) in (1, 2) for letters in CODES.values())
    assert (code("x"), code("instagram"), code("friendster"), code("9_a"), code("--")) == ("X", "IG", "FR", "9A", "??")


def test_listing_platforms_imports_no_http() -> None:
    script = (
        "import sys; from smdash.platforms.registry import all_platforms; all_platforms();"
        "print(sorted({'httpx', 'feedparser', 'selectolax'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
