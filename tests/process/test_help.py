"""``smdash help`` and ``platform list``: what is said of each network is what its adapter says, in both languages."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest

from smdash.core import labels
from smdash.locale import noop
from smdash.platforms import matrix, pages, registry
from smdash.platforms.base import Abilities, Platform
from smdash.platforms.pages import Page
from tests.conftest import Smdash

README = Path(__file__).parents[2] / "README.md"
TABLE = matrix.between_marks(README.read_text(encoding="utf-8"))


def test_readme_shows_the_matrix_of_the_registry() -> None:
    shown = [one for one in registry.shown() if one.load is None or one.load.__module__.startswith("smdash.")]
    assert matrix.markdown(shown) == TABLE, "run: python -m smdash.platforms.matrix README.md"


def test_the_table_of_a_file_is_brought_up_to_the_registry(tmp_path: Path) -> None:
    file = tmp_path / "README.md"
    file.write_text(f"above\n{matrix.BEGINS}\n| old |\n{matrix.ENDS}\nbelow\n", encoding="utf-8")
    assert matrix.main([str(file)]) == 0
    text = file.read_text(encoding="utf-8")
    assert matrix.between_marks(text) == TABLE and text.startswith("above\n") and text.endswith("\nbelow\n")
    assert matrix.main([str(file)]) == 0 and file.read_text(encoding="utf-8") == text


def test_a_file_without_marks_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "README.md"
    file.write_text("no table\n", encoding="utf-8")
    assert matrix.main([str(file)]) == 1 and file.read_text(encoding="utf-8") == "no table\n"


def test_the_matrix_is_what_the_registry_says(smdash: Smdash) -> None:
    lines = smdash.ok("platform", "list", "--markdown").lines
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert rows[0] == [
        "network",
        "inbox",
        "search",
        "publish",
        "reply",
        "media",
        "threads",
        "first_comment",
        "metrics",
        "push",
        "status",
    ]
    shown = smdash.ok("platform", "list", "--json").json
    assert [row[0] for row in rows[2:]] == [one["name"] for one in shown]
    for row, one in zip(rows[2:], shown, strict=True):
        assert [cell == "✓" for cell in row[1:-1]] == [one[name] for name in matrix.ABILITIES]
        assert row[-1].split()[0] == one["status"].split("_")[0]
    assert len(smdash.ok("platform", "list").lines) == len(shown) + 1


def test_the_matrix_is_the_same_in_every_language(smdash: Smdash) -> None:
    english = smdash.ok("platform", "list", "--markdown").out
    assert smdash.ok("--lang", "id", "platform", "list", "--markdown").out == english


def test_marks_that_are_not_there_hold_no_table() -> None:
    table = matrix.markdown([Platform("x", "X", "X", "live", abilities=Abilities(inbox=True))])
    assert matrix.between_marks(f"a\n{matrix.BEGINS}\n{table}{matrix.ENDS}\nb") == table
    assert matrix.between_marks(f"a\n{matrix.BEGINS}\n{table}") is None and matrix.between_marks("a") is None


def test_help_lists_its_topics(smdash: Smdash) -> None:
    said = smdash.ok("help").out
    for name in ("mastodon", "google_plus", "secrets", "receive", "sync", "exec", "adapters"):
        assert name in said
    assert "smdash help mastodon" in said and "demo" not in said


@pytest.mark.parametrize("name", [platform.name for platform in registry.shown()])
def test_each_network_has_its_page(smdash: Smdash, name: str) -> None:
    platform = registry.find(name)
    said = smdash.ok("help", name).out
    assert said.startswith(f"{platform.title}\n") and max(map(len, said.splitlines())) <= 100
    told = " ".join(said.split())
    for ability, able in asdict(platform.abilities).items():
        if able:
            assert labels.ability_word(ability) in told
    # What has no adapter has no token to look for.
    pages_of_it = platform.pages if platform.load is not None else ""
    for words in (pages_of_it, platform.cost, *platform.scopes, *(need.key for need in platform.needs)):
        assert " ".join(words.split()) in told
    if platform.retired_on is not None:
        assert platform.retired_on.isoformat() in told and "account add" not in told
    elif platform.is_account and platform.load is not None:
        assert f"smdash account add {name}" in told
    assert pages.find(name) is not None, "write smdash/platforms/pages for it"


@pytest.mark.parametrize("name", pages.names())
def test_pages_are_of_networks_and_whole(name: str) -> None:
    page = pages.find(name)
    assert isinstance(page, Page) and page.cannot
    parts = (*page.can, *page.cannot, *page.steps, *page.costs, *page.limits)
    assert all(part == noop(part.strip()) and part.endswith((".", "?")) for part in parts)
    if page.steps:
        assert page.can and page.costs and page.limits


@pytest.mark.parametrize("name", ["secrets", "receive", "sync", "exec", "adapters"])
def test_topics_are_shown(smdash: Smdash, name: str) -> None:
    said = smdash.ok("help", name)
    assert len(said.lines) > 10 and said.out == smdash.ok("--lang", "en", "help", name).out


@pytest.mark.parametrize("name", ["nothing", "__init__", "../mastodon", "demo", "", "a.b", "os"])
def test_an_unknown_topic_lists_the_known_ones(smdash: Smdash, name: str) -> None:
    assert "mastodon, bluesky" in smdash.refused("help", name)


def test_the_example_of_the_topic_exec_is_one(tmp_path: Path) -> None:
    from smdash.cli import topics
    from smdash.settings import service

    file = tmp_path / "sync.toml"
    file.write_text(topics._EXEC + topics._SECRETS + topics._SYNC_TOML + topics._SYNC)
    assert service.problems(file) == ()
    assert service.read(file).programs[0].command == ("/opt/forum/mentions", "--new")


def test_the_example_of_the_topic_adapters_is_one(smdash: Smdash, tmp_path: Path) -> None:
    from smdash.cli import topics
    from tests import forum

    assert 'forum = "smdash_forum:PLATFORM"' in topics._PACKAGE
    smdash.env["PYTHONPATH"] = str(forum.install(tmp_path, topics._MODULE, "class Forum: ...\n"))
    assert "forum" in {one["name"] for one in smdash.ok("platform", "list", "--json").json}
    assert "board: the board's number" in smdash.ok("help", "forum").out
    assert "--option board=VALUE (the board's number)" in smdash.refused("account", "add", "forum", code=2)
