"""Insights as a member sees and uses it: topics, periods, one account alone, copying, and hostile names."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from smdash.core.clock import FixedClock, Span
from smdash.core.insight_parts import Chart
from smdash.core.records import Actor, Category, Format
from smdash.store import goals, metrics, outbox, posts, teams, time_entries
from smdash.store.connection import Store
from smdash.store.metrics import Reading
from smdash.tui.cells import ASCII, UNICODE, Glyphs, width_of
from smdash.tui.panes.insights import FRESH
from smdash.tui.panes.insights_chart import draw
from tests.desk import arrive, desk_app
from tests.payloads import HOSTILE
from tests.tui.conftest import until

WIDE, SMALL = (120, 40), (80, 24)
DAY = timedelta(days=1)
ZONE = ZoneInfo("Asia/Jakarta")


def post(store: Store, actor: Actor, account: str, days_ago: float, likes: int) -> None:
    """One that went out, with its likes and ten times as many views at 24 hours."""
    now = store.clock.now()
    sent_at = now - days_ago * DAY
    with store.writing() as conn:
        platform, name = account.split("/", 1)
        account_id = teams.put_account(conn, platform, name, now)
        post_id = posts.add(
            conn, actor, now, accounts=[posts.find_account(conn, account)], category=Category.EDUCATION,
            format=Format.IMAGE, body="Seduh", due_at=sent_at, zone="Asia/Jakarta",
        )  # fmt: skip
        (delivery,) = posts.get(conn, post_id).deliveries
        one = outbox.get(conn, delivery.id)
        outbox.begin(conn, one, sent_at)
        outbox.sent(conn, one, sent_at, f"p{post_id}", None, what="send", seconds=None)
        found = [
            Reading(f"p{post_id}", key, value, sent_at + DAY)
            for key, value in (("likes", likes), ("views", 10 * likes))
        ]
        metrics.write(conn, account_id, found, ZONE)


@pytest.fixture
def measured(store: Store, actor: Actor) -> Store:
    """Posts at one hour of the week on Instagram and one post on Mastodon, an answer and an hour's work."""
    now = store.clock.now()
    for weeks in range(1, 5):
        post(store, actor, "instagram/kopi", 7 * weeks, 100 + weeks)
    post(store, actor, "mastodon/kopi", 3, 30)
    arrive(store, "Buka jam berapa", "Terima kasih", minutes_ago=600)
    with store.writing() as conn:
        time_entries.log(conn, actor, now, "conversation", Span(now - 4 * DAY, now - 4 * DAY + timedelta(hours=2)))
        goals.answered(conn, 1, now - timedelta(minutes=570), actor.member_id)
    return store


async def test_each_topic_shows_its_figures(measured: Store, db: Path, clock: FixedClock) -> None:
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        await pilot.press("left_square_bracket")
        text = await until(pilot, lambda text: "5 posts went out: 5 known at 24 hours" in text)
        assert "Insights · 12 weeks · 7 Sep – 23 Nov 2026" in text
        assert "a typical post was seen 1,020 times within 24 hours" in text
        assert "████" in text and "[0m" not in text and "38;5" not in text
        await pilot.press("j")
        text = await until(pilot, lambda text: "a typical post got 102 likes" in text)
        assert "education" in text and "10.0 % of views" in text
        await pilot.press("j")
        text = await until(pilot, lambda text: "best so far: Mon 14:00 (1.0 × the usual, 4 posts)" in text)
        assert "too few: 1 hour of the week has posts" in text
        await pilot.press("j")
        await until(pilot, lambda text: "1 first answer: half came within 30m" in text)
        await pilot.press("j")
        await until(pilot, lambda text: "2 mentions since Mon 23 Nov: 2.0 a day" in text)
        await pilot.press("j")
        await until(pilot, lambda text: "an hour of conversation stands against 0.5 answers" in text)
        await pilot.press("G")
        text = await until(pilot, lambda text: "ENVIRONMENT" in text and "TRUST" in text)
        assert "50.0 % of 2" in text and "not known" in text
        await pilot.press("j")
        await until(pilot, lambda text: "seen within 24 hours, by week" in text)


async def test_a_topic_opens_whole_and_scrolls(measured: Store, db: Path, clock: FixedClock) -> None:
    async with desk_app(db, clock).run_test(size=SMALL) as pilot:
        await pilot.press("left_square_bracket", "j", "j", "j", "j", "j")
        text = await until(pilot, lambda text: "lines below" in text and "▸Hours and outcome" in text)
        assert "2026-W48" not in text
        await pilot.press("enter")
        text = await until(pilot, lambda text: "Insights · Hours and outcome · 12 weeks" in text)
        assert "Best hours" not in text
        await pilot.press("G")
        await until(pilot, lambda text: "2026-W48" in text and "lines below" not in text)
        await pilot.press("escape")
        await until(pilot, lambda text: "Best hours" in text and "▸Hours and outcome" in text)
        await pilot.press("escape")
        await until(pilot, lambda text: "1 Today" in text)


async def test_periods_and_one_account_alone(measured: Store, db: Path, clock: FixedClock) -> None:
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        await pilot.press("left_square_bracket", "h")
        await until(pilot, lambda text: "· 4 weeks · 2–23 Nov 2026" in text and "4 posts went out" in text)
        await pilot.press("h")
        await until(pilot, lambda text: "periods are 4, 12, 26 weeks" in text)
        await pilot.press("l", "f")
        await until(pilot, lambda text: "Whose figures?" in text and "mastodon/kopi" in text)
        await pilot.press("3")
        text = await until(pilot, lambda text: "only mastodon/kopi" in text and "1 post went out" in text)
        assert "instagram/kopi" not in text
        await pilot.press("escape")
        await until(pilot, lambda text: "5 posts went out" in text and "only" not in text)


async def test_an_account_that_is_gone_meanwhile_leaves_all(measured: Store, db: Path, clock: FixedClock) -> None:
    app = desk_app(db, clock)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("left_square_bracket", "f", "3")
        await until(pilot, lambda text: "only mastodon/kopi" in text and "1 post went out" in text)
        with measured.writing() as conn:
            conn.execute("UPDATE account SET name = 'teh' WHERE platform = 'mastodon'")
        await until(pilot, lambda text: "mastodon/teh" in text and "only" not in text)


async def test_what_others_write_is_seen_within_minutes(
    measured: Store, actor: Actor, db: Path, clock: FixedClock
) -> None:
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        await pilot.press("left_square_bracket", "j", "j", "j")
        await until(pilot, lambda text: "1 first answer:" in text)
        with measured.writing() as conn:
            goals.answered(conn, 2, clock.now(), actor.member_id)
        clock.move(FRESH)
        pilot.app.screen.tick()  # type: ignore[attr-defined]
        await until(pilot, lambda text: "2 first answers:" in text)


async def test_copying_gives_the_figures_as_text(
    measured: Store, db: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = desk_app(db, clock)
    copied: list[str] = []
    monkeypatch.setattr(app, "copy_to_clipboard", copied.append)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("left_square_bracket")
        await until(pilot, lambda text: "5 posts went out" in text)
        await pilot.press("y")
        await until(pilot, lambda _text: bool(copied))
    lines = copied[0].splitlines()
    assert lines[0] == "Reach"
    assert lines[-1].split() == ["mastodon/kopi", "1", "300", "–", "–", "–"]


async def test_an_empty_desk_says_what_fills_each_topic(
    store: Store, actor: Actor, db: Path, clock: FixedClock
) -> None:
    async with desk_app(db, clock).run_test(size=SMALL) as pilot:
        await pilot.press("left_square_bracket")
        await until(pilot, lambda text: "No figures of posts yet" in text and "smdash sync" in text)
        for words in ("smdash mention reply", "smdash account add", "smdash hours start"):
            await pilot.press("j", *(["j", "j"] if "reply" in words else []))
            await until(pilot, lambda text, words=words: words in " ".join(text.replace("│", " ").split()))  # type: ignore[misc]


async def test_plain_is_ascii_and_its_chart_too(measured: Store, db: Path, clock: FixedClock) -> None:
    async with desk_app(db, clock, plain=True).run_test(size=WIDE) as pilot:
        await pilot.press("left_square_bracket")
        text = await until(pilot, lambda text: "5 posts went out" in text)
        assert "####" in text
        assert text.isascii()
        await pilot.press("j", "j")
        text = await until(pilot, lambda text: "best so far" in text)
        assert text.isascii()
        assert re.search(r"Mon +[*+]{3}", text)


@pytest.mark.parametrize("size", [WIDE, SMALL, (32, 8)])
async def test_hostile_names_are_drawn_and_obeyed_by_nobody(
    store: Store, actor: Actor, db: Path, clock: FixedClock, size: tuple[int, int]
) -> None:
    for at, payload in enumerate(HOSTILE):
        with store.writing() as conn:
            conn.execute(
                "INSERT INTO account (platform, name, created_at) VALUES ('mastodon', ?, '1')",
                (f"kopi{at} {payload.text}".encode(errors="replace").decode(),),
            )
            account_id = conn.execute("SELECT max(id) FROM account").fetchone()[0]
            metrics.write(conn, account_id, [Reading("", "followers", 7_000 + at, clock.now())], ZONE)
    with store.writing() as conn:
        conn.execute("INSERT INTO label (name) VALUES ('keluhan [red]\x1b]52;c;eA==\x07[/]')")
    arrive(store, "halo")
    async with desk_app(db, clock).run_test(size=size) as pilot:
        await pilot.press("left_square_bracket", "enter")
        for key in ("f", "escape", *["j"] * 12, "y", "escape", "j", "j", "j", "j", "j", "j"):
            await pilot.press(key)
        text = await until(pilot, lambda text: "Insights" in text)
        assert not any((ord(letter) < 32 and letter != "\n") or 0x7F <= ord(letter) <= 0x9F for letter in text)
        if size == WIDE:
            await pilot.press("g")
            await until(pilot, lambda text: "kopi0" in text and "7,000" in text)


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
@pytest.mark.parametrize("kind", ["lines", "bars", "names"])
@pytest.mark.parametrize(("width", "height"), [(24, 6), (55, 10), (157, 18), (240, 18)])
def test_a_chart_fills_its_room_whatever_the_terminal_is(glyphs: Glyphs, kind: str, width: int, height: int) -> None:
    names = (
        ("satu", "dua panjang sekali namanya", "tiga", "emoji 👨‍👩‍👧 咖啡")
        if kind == "names"
        else ("W1", "W2", "W3", "W4")
    )
    series = [("a\x1b[31m", (1.0, None, 3.0, 0.0))] + [("b", (5.0, 9.5, None, 8.0))] * (kind == "lines")
    found = draw(Chart(kind, names, tuple(series)), width, height, glyphs)
    assert len(found) == height
    assert {sum(width_of(piece.text) for piece in line) for line in found} == {width}
    assert found[1][-1].text[-1] in "┐+"
    text = "".join(piece.text for line in found[1:] for piece in line)
    assert text.isprintable() and (text.isascii() or glyphs is UNICODE or kind == "names")
    assert {piece.style for line in found for piece in line} >= {"accent", "dim"}
    assert (kind == "lines") == any(piece.style == "warning" for line in found for piece in line)


def test_a_chart_of_nothing_or_without_room_is_left_out() -> None:
    assert draw(Chart("lines", ("W1",), (("a", (1.0,)),)), 80, 10, UNICODE) == []
    assert draw(Chart("bars", ("W1", "W2"), (("a", (None, None)),)), 80, 10, UNICODE) == []
    assert draw(Chart("bars", ("W1", "W2"), (("a", (1.0, 2.0)),)), 20, 10, UNICODE) == []
    assert len(draw(Chart("bars", ("W1", "W2"), (("a", (0.0, 0.0)),)), 40, 10, UNICODE)) == 10


def test_the_chart_library_is_imported_when_a_chart_is_drawn() -> None:
    line = (
        "import sys, smdash.tui.app, smdash.tui.screens.desk, smdash.tui.panes.insights; "
        "assert 'plotext' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", line], check=True, timeout=30)
