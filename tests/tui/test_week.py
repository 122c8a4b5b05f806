"""The screen of the week's hours as a member sees and uses it, in whatever size, and what others write meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from textual.pilot import Pilot

from smdash import locale
from smdash.core.clock import FixedClock, Span, encode
from smdash.core.records import Actor, CampaignKind, TimeEntry
from smdash.store import brands, campaigns, hours, teams, time_entries
from smdash.store.connection import Store
from smdash.tui.app import DeskApp
from smdash.tui.panes.week import HoursWeek
from smdash.tui.places import NAMES
from tests.desk import desk_app
from tests.tui.conftest import screen_text, until

SMALL, WIDE, WIDEST = (80, 24), (120, 40), (160, 45)
WIB = timedelta(hours=7)
MINUTE = timedelta(minutes=1)


def at(day: int, clock: str) -> datetime:
    """A wall time of November 2026 in Jakarta; it is Monday the 23rd, 14:05."""
    return datetime.fromisoformat(f"2026-11-{day:02d}T{clock}").replace(tzinfo=UTC) - WIB


def log(store: Store, who: Actor, activity: str, day: int, start: str, end: str, note: str | None = None) -> int:
    with store.writing() as conn:
        span = Span(at(day, start), at(day, end))
        return time_entries.log(conn, who, store.clock.now(), activity, span, note)


@pytest.fixture
def worked(store: Store, actor: Actor, second: Actor) -> Store:
    """Ana's Monday: 1 and 2 in the morning with a gap between them, conversation (3) runs since 13:23. Budi's: 4."""
    log(store, actor, "updates", 23, "09:00", "10:40", "rencana pagi")
    log(store, actor, "blogging", 23, "11:15", "12:45")
    with store.writing() as conn:
        time_entries.start(conn, actor, store.clock.now(), "conversation", at=at(23, "13:23"))
    log(store, second, "updates", 23, "09:00", "11:00", "punya Budi")
    return store


def week(app: DeskApp) -> HoursWeek:
    assert app.desk.week is not None
    return app.desk.week


async def open_week(pilot: Pilot[None]) -> str:
    await pilot.press(*["right_square_bracket"] * NAMES.index("week"))
    return await until(pilot, lambda text: "Hours · week" in text and "conversation" in text)


def cells(text: str, name: str) -> list[str]:
    """What stands in the line of an activity behind its name: seven days, the week, the plan."""
    line = next(line for line in text.splitlines() if line.strip("│▶▲! ").startswith(name))
    return line.split(name, 1)[1].replace("…", "").split()[:9]


def entry(store: Store, entry_id: int) -> TimeEntry:
    with store.reading() as conn:
        return time_entries.get(conn, entry_id)


def times(store: Store, entry_id: int) -> tuple[str, str]:
    one = entry(store, entry_id)
    assert one.ended_at is not None
    return (one.started_at + WIB).strftime("%H:%M"), (one.ended_at + WIB).strftime("%H:%M")


# What is seen.


@pytest.mark.parametrize("size", [SMALL, WIDE, WIDEST])
async def test_days_and_activities_with_totals_the_plan_and_the_day_below_or_beside(
    worked: Store, db: Path, clock: FixedClock, size: tuple[int, int]
) -> None:
    async with desk_app(db, clock).run_test(size=size) as pilot:
        text = await open_week(pilot)
        assert "week 48" in text and "of 39.5 · ▶ conversation 0:42" in text
        assert cells(text, "updates") == ["1.7", *"······", "1.7", "4.0"]
        assert cells(text, "blogging") == ["1.5", *"······", "1.5", "7.5"]
        assert cells(text, "conversation") == ["0.7", *"······", "0.7", "4.0"]
        assert cells(text, "total")[:1] == ["3.9"] and cells(text, "total")[-2:] == ["3.9", "39.5"]
        assert "▸Mon" in text and "Sun" in text
        assert "Mon 23 Nov · today · 3.9 h · 2 gaps" in text
        assert "09:00–10:40  1:40 updates" in text and "rencana" in text
        assert "gap 10:40–11:15  0:35" in text
        assert "▶ 13:23–       0:42 conversation" in text
        assert "punya Budi" not in text
        rows = [line for line in text.splitlines() if "gap 10:40" in line]
        # Beside the week from 120 columns on, else below it.
        assert ("research" in rows[0] or "blogging" in rows[0]) == (size[0] >= 120)
        if size[0] >= 120:
            # What runs is under the cursor: it is told whole.
            assert "conversation · Mon 23 Nov 13:23– WIB · 0:42" in text and "expected by now" in text


async def test_a_terminal_too_narrow_for_seven_days_shows_those_around_the_cursor(
    worked: Store, db: Path, clock: FixedClock
) -> None:
    async with desk_app(db, clock).run_test(size=(44, 20)) as pilot:
        text = await open_week(pilot)
        assert "▸Mon" in text and "Sun" not in text and "conversation" in text
        await pilot.press(*["l"] * 6)
        text = await until(pilot, lambda text: "Sun 29 Nov" in text)
        assert "Sun" in text.splitlines()[2] and "Mon" not in text.splitlines()[2]


async def test_what_runs_grows_by_the_minute_without_a_read(worked: Store, db: Path, clock: FixedClock) -> None:
    app = desk_app(db, clock)
    async with app.run_test(size=SMALL) as pilot:
        await open_week(pilot)
        reads = []
        read = week(app).reader
        week(app).reader = lambda: reads.append(1) or read()  # type: ignore[method-assign, func-returns-value]
        clock.move(6 * MINUTE)
        app._tick()
        text = await until(pilot, lambda text: "▶ conversation 0:48" in text)
        assert cells(text, "conversation")[0] == "0.8" and cells(text, "total")[0] == "4.0"
        assert "13:23–       0:48" in text and not reads
        # Ten minutes after it was read, pace and gaps are looked at anew.
        clock.move(4 * MINUTE)
        app._tick()
        await until(pilot, lambda text: "▶ conversation 0:52" in text and bool(reads))


async def test_midnight_goes_on_with_the_screen_and_cuts_what_runs(worked: Store, db: Path, clock: FixedClock) -> None:
    app = desk_app(db, clock)
    # Whether the night was worked is asked elsewhere.
    app.idle.look = lambda: None  # type: ignore[method-assign]
    async with app.run_test(size=SMALL) as pilot:
        await open_week(pilot)
        clock.move(timedelta(hours=10, minutes=55))
        app._tick()
        text = await until(pilot, lambda text: "▸Tue" in text and "Tue 24 Nov · today · 1.0 h" in text)
        assert cells(text, "conversation")[:2] == ["10.6", "1.0"]
        assert "▶ 13:23–       1:00 conversation" in text


async def test_any_week_is_a_key_away_and_so_is_the_way_back(worked: Store, db: Path, clock: FixedClock) -> None:
    log(worked, Actor(1, "ana", "Ana", "ana"), "strategy", 19, "09:00", "10:30", "pekan lalu")
    app = desk_app(db, clock)
    async with app.run_test(size=SMALL) as pilot:
        await open_week(pilot)
        await pilot.press("H")
        text = await until(pilot, lambda text: "week 47 · 16–22 Nov 2026" in text)
        assert "Mon 16 Nov · 0.0 h" in text and "Nothing is written down for this day" not in text
        await pilot.press("l", "l", "right")
        text = await until(pilot, lambda text: "Thu 19 Nov · 1.5 h" in text and "pekan lalu" in text)
        assert cells(text, "strategy") == ["·", "·", "·", "1.5", "·", "·", "·", "1.5", "2.5"]
        # Days go over the edge of a week.
        await pilot.press(*["right"] * 4)
        await until(pilot, lambda text: "week 48" in text and "Mon 23 Nov · today" in text)
        await pilot.press("L", "L", "0")
        await until(pilot, lambda text: "week 48" in text and "Mon 23 Nov · today" in text)


async def test_a_week_that_begins_on_sunday(worked: Store, db: Path, clock: FixedClock) -> None:
    with worked.writing() as conn:
        teams.put(conn, "week_start", 6)
    async with desk_app(db, clock).run_test(size=SMALL) as pilot:
        text = await open_week(pilot)
        assert text.splitlines()[2].split()[1:8] == ["Sun", "▸Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        assert "22–28 Nov 2026" in text and cells(text, "updates")[:2] == ["·", "1.7"]
        await pilot.press("h", "h")
        await until(pilot, lambda text: "15–21 Nov 2026" in text and "Sat 21 Nov" in text)


async def test_undo_goes_to_the_week_of_what_it_brought_back(worked: Store, db: Path, clock: FixedClock) -> None:
    app = desk_app(db, clock)
    async with app.run_test(size=SMALL) as pilot:
        await open_week(pilot)
        await pilot.press("g", "x")
        await until(pilot, lambda text: "rencana pagi" not in text)
        await pilot.press("H", "H")
        await until(pilot, lambda text: "week 46" in text)
        await pilot.press("u")
        await until(pilot, lambda text: "week 48" in text and "rencana pagi" in text)
        assert week(app).key == 1


async def test_the_team_sees_totals_and_nobodys_entries(
    worked: Store, db: Path, clock: FixedClock, second: Actor
) -> None:
    with worked.writing() as conn:
        time_entries.start(conn, second, clock.now(), "updates", at=at(23, "13:05"))
    app = desk_app(db, clock)
    async with app.run_test(size=SMALL) as pilot:
        await open_week(pilot)
        await pilot.press("M")
        text = await until(pilot, lambda text: "of 79.0 · team · ▶ 2 run" in text)
        assert cells(text, "updates")[:1] == ["4.7"]
        assert "rencana pagi" not in text and "punya Budi" not in text
        assert "Everybody's entries are their own; M shows yours." in text
        clock.move(6 * MINUTE)
        app._tick()
        await until(pilot, lambda text: cells(text, "updates")[0] == "4.8" and cells(text, "conversation")[0] == "0.8")
        for key in ("n", "x", "e"):
            await pilot.press(key)
            await until(pilot, lambda text: "everybody's entries are their own; M shows yours" in text)
            app.desk.strip.say("", "dim")
        await pilot.press("M")
        await until(pilot, lambda text: "· team" not in text and "rencana pagi" in text)


async def test_an_agencys_many_brands_are_all_within_reach(
    worked: Store, actor: Actor, db: Path, clock: FixedClock
) -> None:
    with worked.writing() as conn:
        for number in range(30):
            brands.add(conn, actor, clock.now(), f"Merek {number:02}")
        time_entries.edit(conn, actor, 1, clock.now(), brand="Merek 29")
    app = desk_app(db, clock)
    async with app.run_test(size=SMALL) as pilot:
        await open_week(pilot)
        await pilot.press("f", "k", "enter")
        await until(pilot, lambda text: "Whose hours?" in text)
        await pilot.press(*"Merek 99", "enter")
        await until(pilot, lambda text: "there is no brand “Merek 99”; known: " in text)
        await pilot.press("ctrl+u", *"Merek 29", "enter")
        text = await until(pilot, lambda text: "only Merek 29" in text)
        assert cells(text, "updates")[0] == "1.7" and cells(text, "blogging")[0] == "·"
        await pilot.press("escape")
        await until(pilot, lambda text: "only Merek" not in text and "11:15–12:45" in text)
        await pilot.press("B")
        await until(pilot, lambda text: "which brand?" in text)
        # The cursor is on none, which this entry has; the one above asks for another.
        await pilot.press("k", "enter", *"Merek 28", "enter")
        await until(pilot, lambda _text: entry(worked, 3).brand == "Merek 28")


async def test_a_team_without_activities_has_an_empty_week(store: Store, db: Path, clock: FixedClock) -> None:
    with store.writing() as conn:
        conn.execute("DELETE FROM activity")
    async with desk_app(db, clock).run_test(size=SMALL) as pilot:
        await pilot.press(*["right_square_bracket"] * NAMES.index("week"))
        await until(pilot, lambda text: "Hours · week" in text)
        await pilot.press("e", "x", "a", "c", "s", "v", "B", "C", "n", "j", "G", "enter")
        await pilot.pause(0.2)
        assert "there is no" not in screen_text(pilot)
        await pilot.press("t")
        await until(pilot, lambda text: "the team has no activities; add some with: smdash team edit" in text)


async def test_by_brand(worked: Store, actor: Actor, db: Path, clock: FixedClock) -> None:
    with worked.writing() as conn:
        for name in ("Kopi", "Teh"):
            conn.execute("INSERT INTO brand (name) VALUES (?)", (name,))
        time_entries.edit(conn, actor, 1, clock.now(), brand="Teh")
    app = desk_app(db, clock)
    async with app.run_test(size=SMALL) as pilot:
        await open_week(pilot)
        await pilot.press("f")
        await until(pilot, lambda text: "Whose hours?" in text)
        await pilot.press("3")
        text = await until(pilot, lambda text: "only Teh" in text)
        assert cells(text, "updates")[0] == "1.7" and cells(text, "blogging")[0] == "·"
        assert "11:15–12:45" not in text and "▶" not in text
        # Under another name it is the same brand.
        with worked.writing() as conn:
            brands.rename(conn, actor, clock.now(), "Teh", "Teh Pagi")
        text = await until(pilot, lambda text: "only Teh Pagi" in text)
        assert cells(text, "updates")[0] == "1.7" and cells(text, "blogging")[0] == "·"
        # Escape takes the filter away before it leaves.
        await pilot.press("escape")
        await until(pilot, lambda text: "only Teh" not in text and "11:15–12:45" in text)
        # An entry is given to a brand.
        await pilot.press("B")
        await until(pilot, lambda text: "which brand?" in text)
        await pilot.press("1")
        await until(pilot, lambda text: "Kopi" in text.split("13:23–")[-1].splitlines()[0])
        assert entry(worked, 3).brand == "Kopi"
        await pilot.press("escape")
        await until(pilot, lambda text: "1 Today" in text or "2 Mentions" in text)


# The cursor.


async def test_enter_goes_among_the_entries_and_the_cursor_stays_on_its_entry(
    worked: Store, actor: Actor, db: Path, clock: FixedClock
) -> None:
    app = desk_app(db, clock)
    async with app.run_test(size=SMALL) as pilot:
        await open_week(pilot)
        await pilot.press("enter", "g", "j", "j")
        await until(pilot, lambda _text: week(app).inside and week(app).key == 2)
        # Others write before it, in this desk and elsewhere: it stays.
        log(worked, actor, "strategy", 23, "08:00", "08:30")
        log(worked, actor, "curation", 23, "08:30", "09:00")
        await until(pilot, lambda text: "08:00–08:30" in text)
        assert week(app).key == 2 and week(app).activity == "blogging"
        # What it was on goes away: it stays in its place.
        with worked.writing() as conn:
            time_entries.remove(conn, actor, [2], clock.now())
        await until(pilot, lambda text: "11:15–12:45" not in text)
        assert week(app).inside and week(app).key == 3
        await pilot.press("escape")
        await until(pilot, lambda _text: not week(app).inside)
        assert app.desk.place == "week"


async def test_in_the_week_the_cursor_means_the_first_entry_of_its_activity(
    worked: Store, db: Path, clock: FixedClock
) -> None:
    app = desk_app(db, clock)
    async with app.run_test(size=SMALL) as pilot:
        await open_week(pilot)
        assert week(app).activity == "conversation" and week(app).key == 3
        await pilot.press("g")
        assert (week(app).activity, week(app).key) == ("updates", 1)
        await pilot.press("j")
        assert (week(app).activity, week(app).key) == ("research_planning", None)
        await pilot.press("x")
        await until(pilot, lambda text: "there is no research, planning on Mon 23 Nov yet; n writes some down" in text)
        await pilot.press("G", "k", "ctrl+u")
        assert week(app).activity == "conversation"


async def test_the_mouse_finds_cells_and_entries(worked: Store, db: Path, clock: FixedClock) -> None:
    app = desk_app(db, clock)
    async with app.run_test(size=SMALL) as pilot:
        text = await open_week(pilot)
        lines = text.splitlines()
        row = next(y for y, line in enumerate(lines) if "blogging" in line)
        await pilot.click(offset=(lines[row].index("1.5"), row))
        assert (week(app).activity, week(app).key, week(app).inside) == ("blogging", 2, False)
        await pilot.click(offset=(lines[2].index("Wed"), row))
        await until(pilot, lambda text: "Wed 25 Nov" in text)
        assert week(app).day.day == 25
        await pilot.press("0")
        text = await until(pilot, lambda text: "09:00–10:40" in text)
        lines = text.splitlines()
        await pilot.click(offset=(6, next(y for y, line in enumerate(lines) if "09:00–10:40" in line)))
        assert week(app).inside and week(app).key == 1


# What is changed.


@pytest.mark.parametrize(
    ("typed", "said", "expected"),
    [
        ("09:10-10:30", "Mon 23 Nov 09:10–10:30 · 1:20", ("09:10", "10:30")),
        ("+15m", "Mon 23 Nov 09:00–10:55 · 1:55", ("09:00", "10:55")),
        ("-10m", "Mon 23 Nov 09:00–10:30 · 1:30", ("09:00", "10:30")),
        ("08:30-", "Mon 23 Nov 08:30–10:40 · 2:10", ("08:30", "10:40")),
    ],
)
async def test_e_gives_an_entry_other_times_and_u_brings_the_old_ones_back(
    worked: Store, db: Path, clock: FixedClock, typed: str, said: str, expected: tuple[str, str]
) -> None:
    app = desk_app(db, clock)
    async with app.run_test(size=SMALL) as pilot:
        await open_week(pilot)
        await pilot.press("g", "e")
        await until(pilot, lambda text: "09:00-10:40" in text)
        await pilot.press(*typed)
        await until(pilot, lambda text: said in text)
        await pilot.press("enter")
        await until(pilot, lambda text: f"updates {expected[0]}-{expected[1]}" in text)
        assert times(worked, 1) == expected and week(app).key == 1
        await pilot.press("u")
        await until(pilot, lambda text: "undone: edited" in text and "09:00–10:40" in text)
    assert times(worked, 1) == ("09:00", "10:40")


async def test_an_edge_takes_what_touches_it_along(worked: Store, actor: Actor, db: Path, clock: FixedClock) -> None:
    log(worked, actor, "curation", 23, "10:40", "11:15")
    async with desk_app(db, clock).run_test(size=SMALL) as pilot:
        await open_week(pilot)
        await pilot.press("g", "e", *"-11:00", "enter")
        await until(pilot, lambda text: "11:00–11:15  0:15 curation" in text)
    assert times(worked, 1) == ("09:00", "11:00") and times(worked, 5) == ("11:00", "11:15")


async def test_enter_on_an_entry_changes_times_and_note_on_one_line(worked: Store, db: Path, clock: FixedClock) -> None:
    async with desk_app(db, clock).run_test(size=SMALL) as pilot:
        await open_week(pilot)
        await pilot.press("enter", "g", "enter")
        await until(pilot, lambda text: "09:00-10:40 rencana pagi" in text)
        await pilot.press("end", *" dan siang", "enter")
        await until(pilot, lambda text: "rencana pagi dan siang" in text and "j/k" in text)
        assert times(worked, 1) == ("09:00", "10:40") and entry(worked, 1).note == "rencana pagi dan siang"
        await pilot.press("enter", *"09:05-10:40", "enter")
        await until(pilot, lambda text: "09:05–10:40" in text and "rencana" not in text)
    assert entry(worked, 1).note is None


async def test_a_note_of_several_lines_stays_as_it_is_when_only_times_change(
    worked: Store, db: Path, clock: FixedClock
) -> None:
    with worked.writing() as conn:
        conn.execute("UPDATE time_entry SET note = ? WHERE id = 1", ("satu\ndua  tiga ",))
    async with desk_app(db, clock).run_test(size=SMALL) as pilot:
        await open_week(pilot)
        await pilot.press("g", "enter", "g", "enter")
        await until(pilot, lambda text: "09:00-10:40 satu dua tiga" in text)
        await pilot.press("home", "delete", "delete", *"08", "enter")
        await until(pilot, lambda text: "08:00–10:40  2:40 updates" in text)
        await pilot.press("c", "enter")
        await until(pilot, lambda text: "j/k" in text)
    assert times(worked, 1) == ("08:00", "10:40") and entry(worked, 1).note == "satu\ndua  tiga "


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("10:40-09:00", "ends before it begins"),
        ("13:30-15:00", "is still to come; an entry ends now at the latest"),
        ("pagi", "is no time of an entry; expected one such as 09:10-11:00"),
    ],
)
async def test_times_that_can_not_be_are_refused_where_they_are_typed(
    worked: Store, db: Path, clock: FixedClock, typed: str, words: str
) -> None:
    async with desk_app(db, clock).run_test(size=SMALL) as pilot:
        await open_week(pilot)
        await pilot.press("g", "e", *typed, "enter")
        await until(pilot, lambda text: words[:60] in text)
        await pilot.press("escape")
        await until(pilot, lambda text: "j/k move" in text)
    assert times(worked, 1) == ("09:00", "10:40")


async def test_what_the_store_refuses_is_one_sentence_on_the_strip(worked: Store, db: Path, clock: FixedClock) -> None:
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        await open_week(pilot)
        await pilot.press("g", "e", *"09:00-11:30", "enter")
        text = await until(pilot, lambda text: "this overlaps with blogging" in text)
        assert "this overlaps with blogging from Mon 23 Nov 11:15 WIB" in text.splitlines()[-2]
    assert times(worked, 1) == ("09:00", "10:40")


async def test_activity_note_campaign_and_cut(worked: Store, actor: Actor, db: Path, clock: FixedClock) -> None:
    with worked.writing() as conn:
        campaigns.add(
            conn, actor, clock.now(), name="Gajian hemat", kind=CampaignKind.DISCOUNT, starts_at=at(20, "00:00"),
            ends_at=at(26, "00:00"), zone="Asia/Jakarta",
        )  # fmt: skip
    app = desk_app(db, clock)
    async with app.run_test(size=SMALL) as pilot:
        await open_week(pilot)
        await pilot.press("g", "a")
        await until(pilot, lambda text: "updates 09:00-10:40: which activity?" in text)
        await pilot.press("4")
        await until(pilot, lambda text: "1:40 curation" in text and cells(text, "curation")[0] == "1.7")
        # The cursor went along with the entry.
        assert week(app).activity == "curation" and week(app).key == 1
        await pilot.press("c")
        await until(pilot, lambda text: "a note" in text)
        await pilot.press("delete", "enter")
        await until(pilot, lambda text: "rencana pagi" not in text and "j/k move" in text)
        assert entry(worked, 1).note is None
        await pilot.press("C")
        await until(pilot, lambda text: "which campaign?" in text)
        await pilot.press("1")
        await until(pilot, lambda text: "Gajian hemat" in text and "j/k move" in text)
        await pilot.press("s", *"08:00", "enter")
        await until(pilot, lambda text: "“08:00” is no time within the entry; expected one such as 10:15" in text)
        await pilot.press("ctrl+u", *"10:00", "enter")
        await until(pilot, lambda text: "09:00–10:00  1:00 curation" in text and "10:00–10:40  0:40 curation" in text)
    first, rest = entry(worked, 1), entry(worked, 5)
    assert first.campaign == rest.campaign == "Gajian hemat" and first.ended_at == rest.started_at


async def test_x_takes_an_entry_away_and_u_brings_it_back(worked: Store, db: Path, clock: FixedClock) -> None:
    app = desk_app(db, clock)
    async with app.run_test(size=SMALL) as pilot:
        await open_week(pilot)
        await pilot.press("enter", "g", "x")
        text = await until(pilot, lambda text: "taken away: updates 09:00-10:40; u brings it back" in text)
        await until(pilot, lambda text: cells(text, "updates")[0] == "·" and "rencana pagi" not in text)
        await pilot.press("u")
        await until(pilot, lambda text: "rencana pagi" in text)
        assert week(app).key == 1
        assert "undone: removed, 1 row" in screen_text(pilot), text


async def test_n_writes_down_the_first_gap_of_the_day_for_the_activity(
    worked: Store, db: Path, clock: FixedClock
) -> None:
    app = desk_app(db, clock)
    async with app.run_test(size=SMALL) as pilot:
        await open_week(pilot)
        await pilot.press("g", "j", "n")
        await until(pilot, lambda text: "10:40-11:15" in text and "planning · Mon 23 Nov 10:40–11:15 · 0:35" in text)
        await pilot.press("end", *" ide konten", "enter")
        await until(pilot, lambda text: "10:40–11:15  0:35 research, planning  ide konten" in text)
        assert "gap 10:40" not in screen_text(pilot) and week(app).key == 5
    assert entry(worked, 5).started_at == at(23, "10:40") and entry(worked, 5).ended_at == at(23, "11:15")


async def test_a_gap_under_the_cursor_asks_for_its_activity_first(worked: Store, db: Path, clock: FixedClock) -> None:
    app = desk_app(db, clock)
    async with app.run_test(size=SMALL) as pilot:
        await open_week(pilot)
        await pilot.press("enter", "g", "j", "enter")
        await until(pilot, lambda text: "Which activity was it?" in text)
        await pilot.press("8")
        await until(pilot, lambda text: "community, Mon 23 Nov: from when to when?" in text or "10:40-11:15" in text)
        await pilot.press("enter")
        await until(pilot, lambda text: "10:40–11:15  0:35 community" in text)
        assert week(app).inside and week(app).key == 5


async def test_a_day_without_entries_says_what_fills_it(worked: Store, db: Path, clock: FixedClock) -> None:
    async with desk_app(db, clock).run_test(size=SMALL) as pilot:
        await open_week(pilot)
        await pilot.press("h")
        await until(pilot, lambda text: "Nothing is written down for this day; n does, and t starts an" in text)
        await pilot.press("enter", *"09:00 1h akhir pekan", "enter")
        await until(pilot, lambda text: "09:00–10:00  1:00" in text and "akhir pekan" in text)


async def test_what_overlaps_is_marked(worked: Store, db: Path, clock: FixedClock) -> None:
    with worked.writing() as conn:
        # Another program's row: the store writes no two that overlap.
        conn.execute(
            "INSERT INTO time_entry (member_id, activity_id, started_at, ended_at, created_at) VALUES (1, 9, ?, ?, ?)",
            (encode(at(23, "10:00")), encode(at(23, "10:30")), encode(clock.now())),
        )
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        text = await open_week(pilot)
        assert "· 1 overlap" in text.splitlines()[1] and "4.4 h · ! 2 ·" in text
        assert "! 09:00–10:40" in text and "! 10:00–10:30" in text and "! 11:15" not in text


async def test_a_wide_terminal_shows_when_it_was_worked(worked: Store, db: Path, clock: FixedClock) -> None:
    async with desk_app(db, clock).run_test(size=WIDEST) as pilot:
        text = await open_week(pilot)
        lines = [line[1:].split("│")[0] for line in text.splitlines()]
        scale = next(at for at, line in enumerate(lines) if line.split() == ["8", "10", "12", "14", "16"])
        monday, tuesday = lines[scale + 1], lines[scale + 2]
        assert monday.startswith(" Mon") and tuesday.strip() == "Tue"
        # What is under the cursor stands out: conversation from 13:23 to 14:05; the gaps are light.
        assert monday.index("█") < lines[scale].index("14") <= monday.rindex("█") < lines[scale].index("16")
        assert monday.index("─") < lines[scale].index("10") and monday.count("░") in range(8, 13)
        await pilot.press("g")
        text = await until(pilot, lambda text: "updates · Mon 23 Nov 09:00–10:40 WIB" in text)
        monday = next(line[1:].split("│")[0] for line in text.splitlines() if line.startswith("│ Mon  "))
        assert monday.index("█") < lines[scale].index("10") < monday.rindex("█") < lines[scale].index("12")


async def test_proposed_entries_stand_apart_until_they_count(worked: Store, db: Path, clock: FixedClock) -> None:
    with worked.writing() as conn:
        conn.execute(
            "INSERT INTO time_entry (member_id, activity_id, started_at, ended_at, created_at, state, evidence) "
            "VALUES (1, 5, ?, ?, ?, 'proposed', '[[\"reply\", 4]]')",
            (encode(at(23, "10:45")), encode(at(23, "11:05")), encode(clock.now())),
        )
    app = desk_app(db, clock)
    async with app.run_test(size=SMALL) as pilot:
        text = await open_week(pilot)
        assert "? 10:45–11:05  0:20 conversation" in text and "4 replies" in text and "1 proposed" in text
        assert cells(text, "conversation")[0] == "0.7"
        await pilot.press("enter", "g", "j", "j", "e")
        await until(pilot, lambda text: "this is proposed and does not count yet; v lets it count" in text)
        await pilot.press("v")
        await until(pilot, lambda text: "? 10:45" not in text and cells(text, "conversation")[0] == "1.0")
        assert week(app).key == 5 and entry(worked, 5).state == "confirmed"
        # Undone it is proposed again, as another activity it counts at once, and dropped it is gone for good.
        await pilot.press("u")
        await until(pilot, lambda text: "? 10:45" in text)
        await pilot.press("a", "6")
        await until(pilot, lambda text: "10:45–11:05  0:20 listening" in text and "? 10:45" not in text)
        await pilot.press("u")
        await until(pilot, lambda text: "? 10:45–11:05  0:20 conversation" in text)
        await pilot.press("x")
        await until(pilot, lambda text: "? 10:45" not in text and "taken away: conversation 10:45-11:05" in text)
    with worked.reading() as conn:
        assert conn.execute("SELECT count(*) FROM refused_span WHERE removed_at IS NULL").fetchone() == (1,)


async def test_i_reviews_the_day_under_the_cursor(worked: Store, db: Path, clock: FixedClock) -> None:
    async with desk_app(db, clock).run_test(size=SMALL) as pilot:
        await open_week(pilot)
        await pilot.press("h", "h")
        await until(pilot, lambda text: "Sat 21 Nov" in text)
        await pilot.press("i")
        await until(pilot, lambda text: "Nothing is to be reviewed on Sat 21 Nov" in text)
        await pilot.press("escape")
        # Of what is to come there is nothing to review.
        await pilot.press("L", "i")
        await until(pilot, lambda text: "Review hours" in text and "Mon 23 Nov" in text)


async def test_a_row_is_copied_whole(worked: Store, db: Path, clock: FixedClock) -> None:
    app = desk_app(db, clock)
    async with app.run_test(size=SMALL) as pilot:
        await open_week(pilot)
        await pilot.press("g", "y")
        await until(pilot, lambda text: "copied" in text)
        assert app.clipboard == "Mon 23 Nov · updates 09:00-10:40 · 1:40 · rencana pagi"


# Names from elsewhere, languages, and a desk that only reads.


async def test_a_note_from_elsewhere_is_drawn_as_it_is(worked: Store, db: Path, clock: FixedClock) -> None:
    with worked.writing() as conn:
        conn.execute("UPDATE time_entry SET note = ? WHERE id = 1", ("[red]x[/] \x1b[31m x[/]",))
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        text = await open_week(pilot)
        assert "[red]x" in text and "\x1b" not in text
        await pilot.press("g")
        await until(pilot, lambda text: " [red]x[/] " in text and "\x1b" not in text)
        await pilot.press("enter", "enter")
        await until(pilot, lambda text: "09:00-10:40 [red]x[/]" in text)


@pytest.fixture
def indonesian() -> Iterator[None]:
    locale.use("id")
    yield
    locale.use("en")


async def test_in_bahasa_indonesia_hours_have_commas(
    worked: Store, db: Path, clock: FixedClock, indonesian: None
) -> None:
    async with desk_app(db, clock).run_test(size=SMALL) as pilot:
        await pilot.press(*["right_square_bracket"] * NAMES.index("week"))
        text = await until(pilot, lambda text: "13:23–" in text)
        assert "▸Sen" in text and "1,7" in text and "39,5" in text


async def test_a_desk_that_only_reads_shows_the_week_and_refuses_in_a_sentence(
    worked: Store, db: Path, clock: FixedClock
) -> None:
    app = desk_app(db, clock, read_only=True)
    async with app.run_test(size=SMALL) as pilot:
        await open_week(pilot)
        await pilot.press("g", "x")
        await until(pilot, lambda text: "read-only" in text or "only read" in text)
        assert cells(screen_text(pilot), "updates")[0] == "1.7"


async def test_the_timers_key_works_here_and_the_week_follows(worked: Store, db: Path, clock: FixedClock) -> None:
    app = desk_app(db, clock)
    async with app.run_test(size=SMALL) as pilot:
        await open_week(pilot)
        await pilot.press("t")
        await until(pilot, lambda text: "Which activity now?" in text)
        await pilot.press("3")
        await until(pilot, lambda text: "▶ blogging" in text and "13:23–14:05  0:42 conversation" in text)
    with worked.reading() as conn:
        found = hours.running(conn, 1)
    assert found is not None and found.activity == "blogging"
