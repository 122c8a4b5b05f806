"""The calendar as a member sees and uses it: weeks and months, moving posts, and what others write meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from textual.pilot import Pilot

from smdash.core.clock import FixedClock, encode
from smdash.core.records import Actor, Category, Format
from smdash.store import posts, teams, time_entries
from smdash.store.connection import Store
from smdash.tui.panes.calendar import Calendar
from smdash.tui.places import NAMES
from tests.desk import desk_app, monday, plan_post
from tests.tui.conftest import screen_text, until

WIDE = (120, 40)
WIDEST = (160, 45)
SMALL = (80, 24)
WIB = timedelta(hours=7)


@pytest.fixture
def planned(store: Store, actor: Actor) -> Store:
    """A Monday with two posts (one late), a free Wednesday with one, and a Thursday in the week after."""
    monday(store, actor)
    with store.writing() as conn:
        teams.put(conn, "holidays", {"2026-11-25": "Hari Guru"})
    plan_post(store, actor, "Terima kasih guru", at(25, 9))
    plan_post(store, actor, "Desember dimulai", at(30, 10) + timedelta(days=3))
    return store


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A wall time of November 2026 in Jakarta."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC) - WIB


def due(store: Store, post_id: int) -> tuple[datetime | None, set[datetime | None]]:
    with store.reading() as conn:
        post = posts.get(conn, post_id)
        return post.due_at, {one.due_at for one in post.deliveries}


def columns(text: str) -> dict[str, str]:
    """What stands below each weekday of a week in columns."""
    lines = [line[1:-1].split("│") for line in text.splitlines() if line.count("│") == 8]
    found = {words.split()[0].strip("▸"): "" for words in lines[0]}
    for line in lines:
        for name, words in zip(found, line, strict=True):
            found[name] += words.strip() + "\n"
    return found


def days(text: str) -> dict[str, list[str]]:
    """The rows below each day of a list."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        words = line.strip("│▸ ")
        if words[:3] in ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"):
            found[words.split(" · ")[0]] = [words]
        elif found and line.startswith("│"):
            found[list(found)[-1]].append(words)
    return found


async def test_brackets_lead_to_the_calendar_and_back(planned: Store, db: Path, clock: FixedClock) -> None:
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        assert " Desk  Inbox  Calendar " in screen_text(pilot)
        await pilot.press("right_square_bracket", "right_square_bracket")
        await until(pilot, lambda text: "Calendar · week 48" in text and "1 Today" not in text)
        await pilot.press("left_square_bracket", "left_square_bracket")
        await until(pilot, lambda text: "1 Today" in text)
        # Around the other way all screens come by.
        await pilot.press(*["left_square_bracket"] * (len(NAMES) - 2))
        await until(pilot, lambda text: "Calendar · week 48" in text)
        await pilot.press("2")
        await until(pilot, lambda text: "2 Mentions" in text and "Calendar · week" not in text)


@pytest.mark.parametrize("size", [WIDE, WIDEST])
async def test_a_week_stands_in_columns_with_marks_networks_and_holidays(
    planned: Store, db: Path, clock: FixedClock, size: tuple[int, int]
) -> None:
    async with desk_app(db, clock).run_test(size=size) as pilot:
        await pilot.press("right_square_bracket", "right_square_bracket")
        text = await until(pilot, lambda text: "Hari Guru" in text)
        assert "week 48 · 23–29 Nov 2026 · 3 posts · 1 late" in text
        found = columns(text)
        assert list(found) == ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
        assert "today" in found["Mon"] and "▸Mon 23" in text
        assert "12:05 ! IG" in found["Mon"] and "soft late 2h" in found["Mon"] and "14:30 · IG" in found["Mon"]
        assert "Hari Guru" in found["Wed"] and "09:00 · IG" in found["Wed"] and "Terima" in found["Wed"]
        assert "Desember" not in text
        # The post under the cursor is told whole below.
        assert "Mon 23 Nov 12:05 WIB · late 2h 00m · instagram/kopi · soft selling · image · Ana · Gajian hemat" in text


async def test_what_is_late_is_as_loud_as_on_the_desk(planned: Store, db: Path, clock: FixedClock) -> None:
    app = desk_app(db, clock)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("right_square_bracket", "right_square_bracket")
        await until(pilot, lambda text: "Hari Guru" in text)
        loud = " ".join(piece.text for line in calendar(app)._drawn for piece in line if piece.style == "error")
        assert "12:05" in loud and "!" in loud and "late 2h 00m" in loud and "1 late" in loud


async def test_what_needs_a_person_says_so_on_its_day(planned: Store, db: Path, clock: FixedClock) -> None:
    with planned.writing() as conn:
        for post_id, state in ((1, "failed"), (2, "held"), (3, "unknown")):
            conn.execute("UPDATE delivery SET state = ? WHERE post_id = ?", (state, post_id))
    app = desk_app(db, clock)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("right_square_bracket", "right_square_bracket")
        text = await until(pilot, lambda text: "3 to decide about" in text)
        found = columns(text)
        assert "12:05 ! IG" in found["Mon"] and "soft failed" in found["Mon"]
        assert "14:30 ‖ IG" in found["Mon"] and "soft held" in found["Mon"]
        assert "09:00 ? IG" in found["Wed"] and "soft sent?" in found["Wed"]
        loud = " ".join(piece.text for line in calendar(app)._drawn for piece in line if piece.style == "error")
        assert "failed" in loud and "sent?" in loud and "3 to decide about" in loud
        # What can be done about it is a key away.
        await pilot.press("enter")
        await until(pilot, lambda text: "Post 1" in text and "D decide" in text)


async def test_a_small_terminal_lists_the_week_by_day(planned: Store, db: Path, clock: FixedClock) -> None:
    async with desk_app(db, clock).run_test(size=SMALL) as pilot:
        await pilot.press("right_square_bracket", "right_square_bracket")
        found = days(await until(pilot, lambda text: "Hari Guru" in text))
        assert list(found) == [f"{name} {day} Nov" for name, day in zip(
            ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), range(23, 30), strict=True)]  # fmt: skip
        assert found["Mon 23 Nov"][0].startswith("Mon 23 Nov · today · 2 posts")
        assert found["Mon 23 Nov"][1].startswith("12:05 ! IG       soft 5 cara seduh V60 di rumah")
        assert "late 2h 00m   Ana" in found["Mon 23 Nov"][1]
        assert found["Tue 24 Nov"] == ["Tue 24 Nov · no posts"]
        assert found["Wed 25 Nov"][0].startswith("Wed 25 Nov · Hari Guru · 1 post")


async def test_the_cursor_goes_by_posts_days_and_weeks_and_back_to_today(
    planned: Store, db: Path, clock: FixedClock
) -> None:
    app = desk_app(db, clock)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("right_square_bracket", "right_square_bracket")
        await until(pilot, lambda text: "5 cara seduh V60 di rumah" in text)
        await pilot.press("j")
        await until(pilot, lambda text: "Mon 23 Nov 14:30 WIB · in 25m" in text)
        await pilot.press("J")
        await until(pilot, lambda text: "No posts on Tue 24 Nov" in text)
        await pilot.press("right")
        await until(pilot, lambda text: "Wed 25 Nov 09:00 WIB" in text)
        await pilot.press("L")
        text = await until(pilot, lambda text: "week 49" in text and "Desember" in text)
        assert "No posts on Wed 2 Dec" in text
        await pilot.press("J", "enter")
        await until(pilot, lambda text: "Post 4" in text and "Deliveries" in text)
        await pilot.press("escape", "0")
        await until(pilot, lambda text: "week 48" in text and "Mon 23 Nov 12:05 WIB" in text)
        await pilot.press("H")
        await until(pilot, lambda text: "week 47" in text and "No posts on Mon 16 Nov" in text)


@pytest.mark.parametrize("size", [SMALL, WIDE, WIDEST])
async def test_a_month_counts_by_day_and_state_and_tells_the_day_under_the_cursor(
    planned: Store, db: Path, clock: FixedClock, size: tuple[int, int]
) -> None:
    with planned.writing() as conn:
        conn.execute("UPDATE delivery SET state = 'sent' WHERE post_id = 2")
    async with desk_app(db, clock).run_test(size=size) as pilot:
        await pilot.press("right_square_bracket", "right_square_bracket", "m")
        text = await until(pilot, lambda text: "Nov 2026 · 3 posts · 1 late" in text)
        rows = [line[1:-1].split("│") for line in text.splitlines() if line.count("│") == 8]
        week = next(at for at, row in enumerate(rows) if row[0].startswith("▸23"))
        assert rows[week][0].split() == ["▸23", "2"] and rows[week + 1][0].split() == ["!1", "✓1"]
        assert rows[week][2].split() == ["25★", "1"] and rows[week + 1][2].split() == ["·1"]
        assert "Mon 23 Nov · today · 2 posts" in text and "14:30 ✓ IG" in text
        await pilot.press("J", "J")
        await until(pilot, lambda text: "Wed 25 Nov · Hari Guru · 1 post" in text and "Terima kasih guru" in text)
        await pilot.press("L")
        await until(pilot, lambda text: "Dec 2026 · 1 post" in text and "Fri 25 Dec · no posts" in text)
        await pilot.press("m")
        await until(pilot, lambda text: "week 52" in text)


@pytest.mark.parametrize("rows", [9, 12, 15])
async def test_a_low_month_shows_the_week_under_the_cursor(
    planned: Store, db: Path, clock: FixedClock, rows: int
) -> None:
    async with desk_app(db, clock).run_test(size=(80, rows)) as pilot:
        await pilot.press("right_square_bracket", "right_square_bracket", "m")
        text = await until(pilot, lambda text: "Nov 2026" in text)
        assert "▸23" in text
        await click(pilot, text, "25★")
        app = pilot.app
        assert calendar(app).day.day == 25
        await pilot.press("G")
        await until(pilot, lambda text: "30" in text)


async def test_days_are_the_teams_where_the_clocks_change(
    store: Store, actor: Actor, db: Path, clock: FixedClock
) -> None:
    clock.jump(datetime(2026, 10, 20, 8, tzinfo=UTC) - clock.now())
    with store.writing() as conn:
        teams.put(conn, "zone", "Europe/Berlin")
    for body, moment in {
        "Samstag spät": datetime(2026, 10, 24, 21, 59, tzinfo=UTC),
        "Sonntag früh": datetime(2026, 10, 24, 22, 0, tzinfo=UTC),
        "vor der Umstellung": datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        "nach der Umstellung": datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
        "Sonntag spät": datetime(2026, 10, 25, 22, 59, tzinfo=UTC),
        "Montag": datetime(2026, 10, 25, 23, 0, tzinfo=UTC),
    }.items():
        plan_post(store, actor, body, moment)
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        await pilot.press("right_square_bracket", "right_square_bracket")
        text = await until(pilot, lambda text: "week 43 · 19–25 Oct 2026 · 5 posts" in text)
        found = columns(text)
        assert "23:59" in found["Sat"] and "25 hours" not in found["Sat"]
        assert "25 hours" in found["Sun"]
        assert [line[:5] for line in found["Sun"].splitlines() if ":" in line[:5]] == [
            "00:00",
            "02:30",
            "02:30",
            "23:59",
        ]
        await pilot.press("G", "k")
        await until(pilot, lambda text: "Sun 25 Oct 02:30 CET" in text and "nach der Umstellung" in text)
        await pilot.press("k")
        await until(pilot, lambda text: "Sun 25 Oct 02:30 CEST" in text)
        # A day later is the same time of day, an hour more than 24 hours on.
        await pilot.press("k", "greater_than_sign")
        await until(pilot, lambda text: "Mon 26 Oct 00:00 CET" in text and "week 44" in text)
    assert due(store, 2)[0] == datetime(2026, 10, 25, 23, 0, tzinfo=UTC)


async def test_a_post_is_moved_in_words_with_its_deliveries_and_undo_brings_it_back(
    planned: Store, db: Path, clock: FixedClock
) -> None:
    app = desk_app(db, clock)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("right_square_bracket", "right_square_bracket")
        await until(pilot, lambda text: "5 cara seduh V60 di rumah" in text)
        await pilot.press("j", "M", *"besok 9")
        await until(pilot, lambda text: "Tue 24 Nov 09:00 WIB" in text)
        await pilot.press("enter")
        await until(pilot, lambda text: "post 2 goes out Tue 24 Nov 09:00 WIB" in text)
        # The cursor went with it.
        await until(pilot, lambda text: "09:00" in columns(text)["Tue"])
        assert calendar(app).day.day == 24 and calendar(app).key == 2
        assert due(planned, 2) == (at(24, 9), {at(24, 9)})
        await pilot.press("u")
        await until(pilot, lambda text: "undone: moved, 1 row" in text and "14:30" in columns(text)["Mon"])
        assert due(planned, 2) == (at(23, 14, 30), {at(23, 14, 30)})
        assert calendar(app).day.day == 23 and calendar(app).key == 2
        await pilot.press("ctrl+r")
        await until(pilot, lambda text: "done again: moved" in text and "09:00" in columns(text)["Tue"])
        assert due(planned, 2) == (at(24, 9), {at(24, 9)})


async def test_keys_pressed_fast_move_a_post_by_as_many_days(planned: Store, db: Path, clock: FixedClock) -> None:
    app = desk_app(db, clock)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("right_square_bracket", "right_square_bracket")
        await until(pilot, lambda text: "5 cara seduh V60 di rumah" in text)
        await pilot.press("j")
        with app._context():
            # Faster than any of them is written and read again.
            for days in (1, 1, 1, -1):
                calendar(app).action_shift_post(days)
        await until(pilot, lambda text: "14:30" in columns(text)["Wed"] and "post 2 goes out Wed" in text)
        assert due(planned, 2) == (at(25, 14, 30), {at(25, 14, 30)})
        await pilot.press("greater_than_sign")
        await until(pilot, lambda text: "post 2 goes out Thu" in text and "14:30" in columns(text)["Thu"])


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("sending", "post 2 on instagram/kopi is “sending”"),
        ("sent", "post 2 on instagram/kopi is “sent”"),
        ("unknown", "post 2 on instagram/kopi is “not known whether sent”"),
        ("failed", "post 2 on instagram/kopi failed; decide about that first: smdash delivery resolve 2"),
    ],
)
async def test_what_is_out_or_may_be_is_not_moved(
    planned: Store, db: Path, clock: FixedClock, state: str, words: str
) -> None:
    with planned.writing() as conn:
        conn.execute("UPDATE delivery SET state = ? WHERE post_id = 2", (state,))
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        await pilot.press("right_square_bracket", "right_square_bracket")
        await until(pilot, lambda text: "5 cara seduh V60 di rumah" in text)
        await pilot.press("j", "greater_than_sign")
        await until(pilot, lambda text: words in text)
        clear_remark(pilot.app)
        # Nobody types a time for nothing.
        await pilot.press("M")
        text = await until(pilot, lambda text: words in text)
        assert "when instead?" not in text
    assert due(planned, 2) == (at(23, 14, 30), {at(23, 14, 30)})


async def test_a_time_that_is_over_is_refused_in_a_sentence(planned: Store, db: Path, clock: FixedClock) -> None:
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        await pilot.press("right_square_bracket", "right_square_bracket")
        await until(pilot, lambda text: "5 cara seduh V60 di rumah" in text)
        await pilot.press("j", "less_than_sign")
        await until(pilot, lambda text: "that time is over already" in text)
        await pilot.press("M", *"2026-11-20 09:00", "enter")
        await until(pilot, lambda text: "is over already; choose a time that is still to come" in text)
        await pilot.press("escape")
    assert due(planned, 2)[0] == at(23, 14, 30)


async def test_a_post_that_a_colleague_moved_meanwhile_is_not_moved_again_unseen(
    planned: Store, db: Path, clock: FixedClock, second: Actor
) -> None:
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        await pilot.press("right_square_bracket", "right_square_bracket")
        await until(pilot, lambda text: "5 cara seduh V60 di rumah" in text)
        await pilot.press("j", "M", *"Fri 14:00")
        with planned.writing() as conn:
            posts.move(conn, second, 2, at(26, 8), "Asia/Jakarta", clock.now())
        await pilot.press("enter")
        await until(pilot, lambda text: "post 2 was moved to Thu 26 Nov 08:00 WIB meanwhile" in text)
    assert due(planned, 2)[0] == at(26, 8)


@pytest.mark.parametrize("size", [SMALL, WIDE])
async def test_a_colleagues_post_appears_and_the_cursor_stays_on_its_own(
    planned: Store, db: Path, clock: FixedClock, second: Actor, size: tuple[int, int]
) -> None:
    app = desk_app(db, clock)
    async with app.run_test(size=size) as pilot:
        await pilot.press("right_square_bracket", "right_square_bracket")
        await until(pilot, lambda text: "5 cara seduh V60 di rumah" in text)
        await pilot.press("j")
        plan_post(planned, second, "dari Budi", at(23, 8))
        await until(pilot, lambda text: "dari Budi" in text)
        assert (calendar(app).day.day, calendar(app).key) == (23, 2)
        # It is the third post of the day now, so the one before it is the late one.
        await pilot.press("k")
        assert calendar(app).key == 1


async def test_one_account_category_or_author_is_shown_alone(
    planned: Store, db: Path, clock: FixedClock, second: Actor
) -> None:
    now = clock.now()
    with planned.writing() as conn:
        teams.put_account(conn, "mastodon", "kopi", now)
        posts.add(
            conn, second, now, accounts=[posts.find_account(conn, "mastodon/kopi")], category=Category.QUOTE,
            format=Format.TEXT, body="Kutipan pagi", due_at=at(24, 8), zone="Asia/Jakarta",
        )  # fmt: skip
    async with desk_app(db, clock).run_test(size=SMALL) as pilot:
        await pilot.press("right_square_bracket", "right_square_bracket")
        await until(pilot, lambda text: "Kutipan pagi" in text)
        await pilot.press("f", "2")
        await until(pilot, lambda text: "instagram/kopi" in text and "mastodon/kopi" in text)
        await pilot.press("2")
        text = await until(pilot, lambda text: "only mastodon/kopi" in text)
        assert "Kutipan pagi" in text and "Terima kasih guru" not in text and "· 1 post " in text
        await pilot.press("escape")
        await until(pilot, lambda text: "Terima kasih guru" in text and "only" not in text)
        await pilot.press("f", "4", "2")
        text = await until(pilot, lambda text: "only Budi" in text)
        assert "Kutipan pagi" in text and "Terima kasih guru" not in text
        await pilot.press("f", "3", "1")
        await until(pilot, lambda text: "only quote" in text and "Kutipan pagi" in text)
        await pilot.press("escape", "escape")
        await until(pilot, lambda text: "2 Mentions" in text)


@pytest.mark.parametrize("size", [SMALL, WIDE, WIDEST, (40, 12)])
async def test_hostile_and_wide_texts_keep_the_lines_straight(
    planned: Store, actor: Actor, db: Path, clock: FixedClock, size: tuple[int, int]
) -> None:
    from rich.cells import cell_len

    with planned.writing() as conn:
        conn.execute("UPDATE post SET body = ? WHERE id = 1", ("[red]新しいコーヒー豆[/] \x1b[31mx\n👩‍🚀 y" * 9,))
        conn.execute("UPDATE member SET name = ?", ("An\x1b[2Ja 豆豆豆豆",))
        teams.put(conn, "holidays", {"2026-11-23": "[b]Hari\x1b[1m 祝日祝日祝日祝日"})
    app = desk_app(db, clock)
    async with app.run_test(size=size) as pilot:
        await pilot.press("right_square_bracket", "right_square_bracket")
        await until(pilot, lambda text: "12:05" in text)
        for _mode in range(2):
            text = screen_text(pilot)
            assert "\x1b" not in text
            for line in calendar(app)._drawn:
                assert sum(cell_len(piece.text) for piece in line) == size[0], line
            if _mode == 0 and size[0] >= 80:
                assert "[red]新" in text and "[b]Hari" in text
            await pilot.press("m")
            await until(pilot, lambda text: "Nov 2026" in text)


async def test_a_day_with_more_posts_than_room_says_how_many_and_follows_the_cursor(
    planned: Store, actor: Actor, db: Path, clock: FixedClock
) -> None:
    for number in range(30):
        plan_post(planned, actor, f"nomor {number:02d}", at(24, 6) + timedelta(minutes=10 * number))
    for size in (SMALL, WIDE):
        async with desk_app(db, clock).run_test(size=size) as pilot:
            await pilot.press("right_square_bracket", "right_square_bracket")
            text = await until(pilot, lambda text: "nomor 00" in text)
            assert " more" in text and "nomor 29" not in text
            await pilot.press("J", *["j"] * 29)
            text = await until(pilot, lambda text: "10:50" in text and "nomor 29" in text)
            assert size == SMALL or "10:50" in columns(text)["Tue"]


@pytest.mark.parametrize("size", [SMALL, WIDE, WIDEST])
async def test_a_click_goes_where_it_was_aimed(
    planned: Store, db: Path, clock: FixedClock, size: tuple[int, int]
) -> None:
    app = desk_app(db, clock)
    async with app.run_test(size=size) as pilot:
        await pilot.press("right_square_bracket", "right_square_bracket")
        text = await until(pilot, lambda text: "Hari Guru" in text)
        await click(pilot, text, "09:00 · IG")
        assert (calendar(app).day.day, calendar(app).key) == (25, 3)
        await click(pilot, text, "14:30 · IG")
        assert (calendar(app).day.day, calendar(app).key) == (23, 2)
        await click(pilot, text, "Sat 28")
        assert (calendar(app).day.day, calendar(app).key) == (28, None)
        await pilot.press("m")
        text = await until(pilot, lambda text: "Nov 2026" in text)
        await click(pilot, text, "25★")
        text = await until(pilot, lambda text: "Wed 25 Nov · Hari Guru · 1 post" in text)
        assert (calendar(app).day.day, calendar(app).key) == (25, 3)
        await click(pilot, text, "09:00 · IG", times=2)
        await until(pilot, lambda text: "Deliveries" in text)


async def click(pilot: Pilot[None], text: str, words: str, times: int = 1) -> None:
    y = next(y for y, line in enumerate(text.splitlines()) if words in line)
    await pilot.click(offset=(text.splitlines()[y].index(words) + 1, y), times=times)
    await pilot.pause()


@pytest.mark.parametrize("shown", [True, False])
async def test_a_screen_left_open_goes_to_the_new_day(
    planned: Store, actor: Actor, db: Path, clock: FixedClock, shown: bool
) -> None:
    with planned.writing() as conn:
        # Or the night under it would be asked about first.
        time_entries.stop(conn, actor, clock.now())
    app = desk_app(db, clock)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("right_square_bracket", "right_square_bracket")
        await until(pilot, lambda text: "▸Mon 23" in text)
        if not shown:
            await pilot.press("1")
        clock.move(timedelta(hours=11))
        app._tick()
        if not shown:
            await pilot.press("right_square_bracket", "right_square_bracket")
        await until(pilot, lambda text: "▸Tue 24" in text and "No posts on Tue 24 Nov" in text)


async def test_what_others_wrote_while_the_desk_was_shown_is_there_on_return(
    planned: Store, db: Path, clock: FixedClock, second: Actor
) -> None:
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        await pilot.press("right_square_bracket", "right_square_bracket")
        await until(pilot, lambda text: "▸Mon 23" in text)
        await pilot.press("escape")
        await until(pilot, lambda text: "1 Today" in text)
        plan_post(planned, second, "dari Budi", at(27, 8))
        await pilot.press("right_square_bracket", "right_square_bracket")
        await until(pilot, lambda text: "08:00" in columns(text)["Fri"])


async def test_the_list_of_commands_leads_there(planned: Store, db: Path, clock: FixedClock) -> None:
    app = desk_app(db, clock)
    async with app.run_test(size=WIDE) as pilot:
        with app._context():
            await app.run_by_id("calendar.month")
        await until(pilot, lambda text: "Nov 2026 · 3 posts" in text)


async def test_rows_of_any_other_program_show_up_and_read_only_refuses(
    planned: Store, db: Path, clock: FixedClock
) -> None:
    async with desk_app(db, clock, read_only=True).run_test(size=WIDE) as pilot:
        await pilot.press("right_square_bracket", "right_square_bracket")
        await until(pilot, lambda text: "5 cara seduh V60 di rumah" in text)
        with planned.writing() as conn:
            conn.execute("UPDATE post SET due_at = ? WHERE id = 3", (encode(at(27, 16)),))
        await until(pilot, lambda text: "16:00" in columns(text)["Fri"])
        await pilot.press("j", "greater_than_sign")
        await until(pilot, lambda text: "read-only" in text.splitlines()[-2] or "read only" in text)
    assert due(planned, 2)[0] == at(23, 14, 30)


def clear_remark(app: object) -> None:
    app.desk.strip._end_remark()  # type: ignore[attr-defined]


def calendar(app: object) -> Calendar:
    found = app.desk.calendar  # type: ignore[attr-defined]
    assert isinstance(found, Calendar)
    return found


async def test_two_posts_moved_one_after_the_other_and_undone_can_be_moved_again(
    planned: Store, db: Path, clock: FixedClock
) -> None:
    app = desk_app(db, clock)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("right_square_bracket", "right_square_bracket")
        await until(pilot, lambda text: "5 cara seduh V60 di rumah" in text)
        await pilot.press("j")
        pane = calendar(app)
        with app._context():
            # Both are moved before either is read where it is.
            read, pane.reload = pane.reload, lambda: None  # type: ignore[method-assign]
            pane.action_shift_post(1)
            pane.day, pane.key = at(25, 9).date(), 3
            pane.action_shift_post(1)
        while (due(planned, 2)[0], due(planned, 3)[0], pane._want) != (at(24, 14, 30), at(26, 9), (3, at(26, 9))):
            await pilot.pause(0.02)
        pane.reload = read  # type: ignore[method-assign]
        pane.reload()
        await until(pilot, lambda text: "14:30" in columns(text)["Tue"] and "09:00" in columns(text)["Thu"])
        await pilot.press("u")
        await until(pilot, lambda text: "09:00" in columns(text)["Wed"])
        await pilot.press("u")
        await until(pilot, lambda text: "14:30" in columns(text)["Mon"])
        clear_remark(app)
        await pilot.press("greater_than_sign")
        await until(pilot, lambda text: "post 2 goes out Tue" in text or "meanwhile" in text)
        assert due(planned, 2)[0] == at(24, 14, 30)


async def test_the_week_begins_where_the_team_says_so_from_now_on(planned: Store, db: Path, clock: FixedClock) -> None:
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        await pilot.press("right_square_bracket", "right_square_bracket")
        await until(pilot, lambda text: next(iter(columns(text))) == "Mon" if "Hari Guru" in text else False)
        with planned.writing() as conn:
            teams.put(conn, "week_start", 6)
        text = await until(pilot, lambda text: "22–28 Nov 2026" in text)
        assert next(iter(columns(text))) == "Sun" and "Hari Guru" in columns(text)["Wed"]
        with planned.writing() as conn:
            teams.put(conn, "zone", "Pacific/Kiritimati")
        await until(pilot, lambda text: "21:30" in columns(text)["Mon"])
