"""The Campaigns screen as a member sees and uses it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from textual.pilot import Pilot

from smdash.core.clock import FixedClock, encode
from smdash.core.records import Actor, CampaignKind, Phase
from smdash.store import campaign_edit, campaign_view, campaigns, milestones
from smdash.store.connection import Store
from tests.desk import desk_app, monday, plan_post
from tests.tui.conftest import screen_text, until

DAY = timedelta(days=1)
START = datetime(2026, 11, 22, 17, tzinfo=UTC)


@pytest.fixture
def planned(store: Store, actor: Actor) -> Store:
    """A running campaign of ten days with three phases and a milestone, and one to come."""
    monday(store, actor)
    now = store.clock.now()
    with store.writing() as conn:
        conn.execute("DELETE FROM phase")
        conn.execute("UPDATE post SET campaign_id = NULL")
        conn.execute("DELETE FROM campaign")
        gajian = campaigns.add(
            conn, actor, now, name="Gajian hemat", kind=CampaignKind.DISCOUNT, starts_at=START,
            ends_at=START + 10 * DAY, zone="Asia/Jakarta",
            phases=[Phase("tease", START, START + 2 * DAY), Phase("launch", START + 2 * DAY, START + 7 * DAY),
                    Phase("last call", START + 7 * DAY, START + 10 * DAY)],
        )  # fmt: skip
        campaigns.add(
            conn, actor, now, name="Harbolnas [b]12[/b]", kind=CampaignKind.EVENT, starts_at=START + 18 * DAY,
            ends_at=START + 21 * DAY, zone="Asia/Jakarta",
        )  # fmt: skip
        milestones.add(conn, actor, now, gajian, name="Poster jadi", due_at=now + 3 * DAY, owner="ana")
    return store


async def opened(pilot: Pilot[None]) -> str:
    for _turn in range(3):
        await pilot.press("right_square_bracket")
    return await until(pilot, lambda text: "Poster jadi" in text or "launch:" in text)


def read(store: Store, name: str) -> campaign_view.CampaignView:
    with store.reading() as conn:
        return campaign_view.view(conn, campaigns.find(conn, name), store.clock.now())


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (160, 45)])
async def test_campaigns_stand_over_their_days(
    db: Path, planned: Store, clock: FixedClock, size: tuple[int, int]
) -> None:
    async with desk_app(db, clock).run_test(size=size) as pilot:
        text = await opened(pilot)
        lines = text.splitlines()
        assert "Campaigns · 1 running · 1 coming" in lines[1] and "42 days" in lines[1]
        (bar,) = [line for line in lines if "Gajian hemat" in line and "█" in line]
        assert "★" in bar and "▒" in bar and "Harbolnas [b]12[/b]"[: size[0] // 4 - 4] in text
        assert all(len(line) == size[0] for line in lines)
        await pilot.press("z", "z", "z")
        text = await until(pilot, lambda shown: "14 days" in shown)
        assert "launch" in text
        await pilot.press("l", "l", "l", "l", "l", "l")
        text = await until(
            pilot, lambda shown: not any("Gajian" in line and "█" in line for line in shown.splitlines())
        )
        assert "14 days" not in text and "2026" in text.splitlines()[1]
        await pilot.press("0")
        await until(pilot, lambda shown: any("Gajian" in line and "▒" in line for line in shown.splitlines()))


async def test_the_cursor_stays_on_its_campaign_whatever_comes(
    db: Path, planned: Store, actor: Actor, clock: FixedClock
) -> None:
    async with desk_app(db, clock).run_test(size=(120, 40)) as pilot:
        await opened(pilot)
        await pilot.press("j")
        await until(pilot, lambda text: " event " in text)
        with planned.writing() as conn:
            campaigns.add(
                conn, actor, clock.now(), name="Lebih awal", kind=CampaignKind.CONTEST, starts_at=START - DAY,
                ends_at=START + DAY, zone="Asia/Jakarta",
            )  # fmt: skip
        text = await until(pilot, lambda shown: "Lebih awal" in shown)
        assert " event " in text and "contest" not in text
        await pilot.press("escape")
        await until(pilot, lambda shown: "3 Campaigns" in shown)


async def test_days_and_phases_are_changed_where_they_are_seen(db: Path, planned: Store, clock: FixedClock) -> None:
    async with desk_app(db, clock).run_test(size=(120, 40)) as pilot:
        await opened(pilot)
        await pilot.press("p")
        await until(pilot, lambda text: "Phases of Gajian hemat" in text and "one more" in text)
        await pilot.press("2", "1")
        await until(pilot, lambda text: "Wed 25 Nov – Sun 29 Nov" in text)
        await pilot.press("ctrl+u", *"26..40")
        await pilot.press("enter")
        await until(pilot, lambda text: "“40” is not a day" in text)
        await pilot.press("ctrl+u", *"26..28")
        await pilot.press("enter")
        await until(pilot, lambda text: "launch: Thu 26 Nov – Sat 28 Nov" in text)
        assert read(planned, "Gajian hemat").campaign.phases[1].starts_at == START + 3 * DAY
        await pilot.press("u")
        await until(pilot, lambda text: "launch: Wed 25 Nov – Sun 29 Nov" in text)
        await pilot.press("e", "2", "ctrl+u", *"+7")
        await pilot.press("enter")
        await until(pilot, lambda text: "30 Nov – 9 Dec 2026" in text)
        found = read(planned, "Gajian hemat").campaign
        assert found.starts_at == START + 7 * DAY and found.phases[0].starts_at == START + 7 * DAY
        await pilot.press("e", "2", "ctrl+u", *"+400")
        await until(pilot, lambda text: "Tue 4 Jan – Thu 13 Jan 2028" in text)


async def test_days_that_are_left_as_they_were_offered_keep_their_times_of_day(
    db: Path, planned: Store, actor: Actor, clock: FixedClock
) -> None:
    begin, end = START + timedelta(hours=9), START + 4 * DAY + timedelta(hours=21)
    with planned.writing() as conn:
        conn.execute("DELETE FROM phase")
        campaign_edit.edit(conn, actor, campaigns.find(conn, "Gajian hemat"), clock.now(), starts_at=begin, ends_at=end)
    async with desk_app(db, clock).run_test(size=(120, 40)) as pilot:
        await opened(pilot)
        await pilot.press("e", "2")
        await until(pilot, lambda text: "Mon 23 Nov 09:00 WIB – Fri 27 Nov 21:00 WIB" in text.splitlines()[-2])
        await pilot.press("enter")
        await until(pilot, lambda text: "nothing was changed" in text)
    found = read(planned, "Gajian hemat").campaign
    assert (found.starts_at, found.ends_at) == (begin, end)


async def test_a_campaign_is_planned_with_the_phases_of_its_kind(db: Path, planned: Store, clock: FixedClock) -> None:
    async with desk_app(db, clock).run_test(size=(120, 40)) as pilot:
        await opened(pilot)
        await pilot.press("C", "1")
        await until(pilot, lambda text: "What is it called?" in text)
        await pilot.press(*"Lomba", "enter", *"1/12..11/12", "enter")
        text = await until(pilot, lambda shown: "entries" in shown and "“Lomba” is planned" in shown)
        assert "winners" in text
        await pilot.press("x", "2")
        await until(pilot, lambda shown: "“Lomba” is called off" in shown and "winners" not in shown)
        await pilot.press("u")
        await until(pilot, lambda shown: "Lomba" in shown and "2 coming" in shown)
        # Planning it was one step, phases and all.
        await pilot.press("u")
        await until(pilot, lambda shown: "Lomba" not in shown and "1 coming" in shown)


async def test_what_is_changed_here_is_what_undo_takes_back_on_the_screen(
    db: Path, planned: Store, actor: Actor, clock: FixedClock
) -> None:
    app = desk_app(db, clock)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda text: "open" in text)
        await pilot.press("2", "d")
        await until(pilot, lambda _text: len(app.left) == 1)
        await opened(pilot)
        await pilot.press("e", "3", "1")
        await until(pilot, lambda text: " contest " in text)
        put_back: list[object] = []
        app.desk.mentions.put_back = put_back.extend  # type: ignore[method-assign]
        await pilot.press("u")
        await until(pilot, lambda text: " discount " in text)
        assert put_back == []


async def test_a_campaign_that_goes_while_a_milestone_of_it_is_written_is_not_given_one(
    db: Path, planned: Store, actor: Actor, clock: FixedClock
) -> None:
    async with desk_app(db, clock).run_test(size=(120, 40)) as pilot:
        await opened(pilot)
        await pilot.press("m", "1", *"Video jadi", "enter", *"tomorrow 9", "enter")
        await until(pilot, lambda text: "Who sees to it?" in text)
        with planned.writing() as conn:
            campaign_edit.cancel(conn, actor, campaigns.find(conn, "Gajian hemat"), clock.now())
        await pilot.press("1")
        await until(pilot, lambda text: "“Gajian hemat” was called off" in text)


async def test_in_a_big_team_whoever_is_there_can_see_to_a_milestone(
    db: Path, planned: Store, clock: FixedClock
) -> None:
    with planned.writing() as conn:
        for number in range(20):
            conn.execute(
                "INSERT INTO member (login, name, role, joined_at, left_at) VALUES (?, ?, 'specialist', ?, ?)",
                (
                    f"m{number:02}",
                    f"Anggota {number:02}",
                    encode(clock.now()),
                    encode(clock.now()) if number < 2 else None,
                ),
            )
    async with desk_app(db, clock).run_test(size=(120, 40)) as pilot:
        await opened(pilot)
        await pilot.press("m", "1", *"Video jadi", "enter", *"tomorrow 9", "enter")
        text = await until(pilot, lambda text: "Who sees to it?" in text)
        assert "Anggota 02" in text and "Anggota 01" not in text and "Anggota 19" not in text
        await pilot.press("k", "enter", *"m19", "enter")
        await until(pilot, lambda text: "Video jadi: due Tue 24 Nov 09:00 WIB · Anggota 19" in text)


async def test_milestones_and_goals(db: Path, planned: Store, actor: Actor, clock: FixedClock) -> None:
    plan_post(planned, actor, "Diskon", clock.now() + timedelta(hours=3))
    async with desk_app(db, clock).run_test(size=(120, 40)) as pilot:
        await opened(pilot)
        await pilot.press("m", "2", "1")
        await until(pilot, lambda text: "Poster jadi: reached" in text)
        await pilot.press("m", "1", *"Video jadi", "enter", *"tomorrow 9", "enter")
        await until(pilot, lambda text: "Who sees to it?" in text)
        await pilot.press("1")
        await until(pilot, lambda text: "Video jadi: due Tue 24 Nov 09:00" in text)
        await pilot.press("e", "6", "1", *"1.000", "enter")
        await until(pilot, lambda text: "likes: 0 of 1,000" in text)
        assert [one.target for one in read(planned, "Gajian hemat").goals] == [1000]


async def test_a_desk_without_campaigns_says_how_to_plan_one(db: Path, store: Store, clock: FixedClock) -> None:
    async with desk_app(db, clock).run_test(size=(80, 24)) as pilot:
        for _turn in range(3):
            await pilot.press("right_square_bracket")
        await until(pilot, lambda text: "C plans one" in text)
        await pilot.press("e", "p", "m", "x", "j", "G", "enter", "z", "E")
        assert "Traceback" not in screen_text(pilot)


async def test_help_begins_with_the_keys_of_where_one_is(db: Path, planned: Store, clock: FixedClock) -> None:
    async with desk_app(db, clock).run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await pilot.press("question_mark")
        text = await until(pilot, lambda shown: "Keys and marks" in shown)
        assert "Plan a campaign" in text.splitlines()[2] and "Call the campaign off" in text


async def test_in_a_narrow_terminal_a_choice_has_a_whole_frame(
    db: Path, planned: Store, actor: Actor, clock: FixedClock
) -> None:
    with planned.writing() as conn:
        one = campaigns.find(conn, "Gajian hemat")
        campaign_edit.edit(conn, actor, one, clock.now(), name="Gajian hemat yang namanya panjang sekali " * 3)
    async with desk_app(db, clock).run_test(size=(60, 20)) as pilot:
        await pilot.press(*["right_square_bracket"] * 3)
        await until(pilot, lambda shown: " discount " in shown)
        await pilot.press("e")
        text = await until(pilot, lambda shown: "Change what of" in shown)
        (head,) = [line for line in text.splitlines() if "Change what of" in line]
        (days,) = [line for line in text.splitlines() if "its phases move along" in line]
        assert head.endswith("… ╮") and "Mon 23 Nov – Wed 2 Dec │" in days and "Gajian hemat yang naman… │" in text
