"""The demo's team looks right at any hour of any day, and keeps the rules of the store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from smdash.cli import demo_content, demo_team
from smdash.core.campaigns import countdown
from smdash.core.clock import FixedClock, day_span, week_of
from smdash.core.records import Actor
from smdash.store import (
    assets,
    attachments,
    campaigns,
    hours,
    linting,
    media,
    media_reading,
    posts,
    teams,
    undoing,
)
from smdash.store.connection import Store

MONDAY = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)  # the first instant of Monday 23 November in Jakarta


@pytest.mark.parametrize(
    "after",
    [
        timedelta(0),
        timedelta(seconds=1),
        timedelta(minutes=10),
        timedelta(hours=9, minutes=20),
        timedelta(hours=14, minutes=5),
        timedelta(hours=23, minutes=59, seconds=59),
        timedelta(days=2, hours=10),
        timedelta(days=6, hours=23, minutes=58),
    ],
)
def test_the_team_at_any_hour(store: Store, clock: FixedClock, actor: Actor, zone: ZoneInfo, after: timedelta) -> None:
    clock.move(MONDAY + after - clock.now())
    now = clock.now()
    with store.writing() as conn:
        demo_team.fill(conn, actor, now, 7)
    today = day_span(now.astimezone(zone).date(), zone)
    with store.reading() as conn:
        planned = [post for post in posts.between(conn, today) if post.campaign != "Lomba foto senja"]
        assert len(planned) == 7
        assert [post.due_at for post in planned] == sorted(post.due_at for post in planned if post.due_at)
        for post in posts.select(conn):
            if post.shown in ("sent", "failed"):
                assert post.due_at is not None
                assert post.due_at < now
        assert all(len(teams.find_member(conn, one.login, "").name) > 0 for one in demo_content.PEOPLE)  # type: ignore[union-attr]
        week = week_of(now, zone).span(zone)
        running = hours.running(conn, actor.member_id)
        assert running is not None
        assert running.started_at <= now
        for one in hours.week(conn, week, now, None).activities:
            assert one.done_minutes <= 7 * one.target_minutes
        phases = {one.name: countdown(one, now) for one in campaigns.select(conn)}
        assert phases[demo_content.LAST_CALL].phase == "last call"
        assert phases[demo_content.LAST_CALL].begun
        assert phases[demo_content.TEASER].phase == "tease"
        assert not phases[demo_content.TEASER].begun


def test_in_the_afternoon_some_went_out_and_some_are_to_come(store: Store, actor: Actor, zone: ZoneInfo) -> None:
    now = store.clock.now()
    with store.writing() as conn:
        demo_team.fill(conn, actor, now, 7)
        shown = [post.shown for post in posts.between(conn, day_span(now.astimezone(zone).date(), zone))]
    assert shown == ["sent", "sent", "failed", "sent", "scheduled", "scheduled", "scheduled"]


def test_the_first_undo_finds_nothing_of_the_demo(store: Store, actor: Actor) -> None:
    now = store.clock.now()
    with store.writing() as conn:
        demo_team.fill(conn, actor, now, 7)
        demo_team.clear(conn, actor, now)
        with pytest.raises(Exception, match="nothing of yours"):
            undoing.undo(conn, actor, now)


def test_nothing_holds_what_the_demo_plans_and_its_files_are_what_they_say(
    store: Store, actor: Actor, tmp_path: Path
) -> None:
    now = store.clock.now()
    with store.writing() as conn:
        demo_team.fill(conn, actor, now, 7)
    with store.reading() as conn:
        planned = [post for post in posts.select(conn) if post.shown == "scheduled"]
        stopped = [linting.stopping(conn, one.id, now) for post in planned for one in post.deliveries]
        folder = media.beside(conn)
        rows = {one.digest: one for post in planned for one in attachments.of_post(conn, post.id)}
        assert len(assets.select(conn)) == len(demo_content.ASSETS)
    assert len(stopped) > 10 and set(stopped) == {None}
    assert sorted(one.name for one in media.contents(folder)) == sorted(rows)
    for digest, row in rows.items():
        copy = tmp_path / digest
        copy.write_bytes(media.verified(folder, digest).read_bytes())
        assert media_reading.examine(copy) == row.probe._replace(alt="")
