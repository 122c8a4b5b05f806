"""Figures: one a day is kept, the newest is read, those of long ago go."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from smdash.store import changes, metrics, teams
from smdash.store.connection import Store
from smdash.store.driver import Connection
from smdash.store.metrics import Reading
from tests.conftest import NOW

ZONE = ZoneInfo("Asia/Jakarta")


def account(conn: Connection, name: str = "kopi") -> int:
    return teams.put_account(conn, "mastodon", name, NOW)


def followers(value: int, at: datetime) -> Reading:
    return Reading("", "followers", value, at)


def rows(conn: Connection) -> list[tuple[object, ...]]:
    return conn.execute("SELECT remote_id, name, day, value FROM metric ORDER BY 1, 2, 3").fetchall()


def test_a_day_keeps_its_newest_value_and_ends_at_the_teams_midnight(store: Store) -> None:
    # 16:59 and 17:01 UTC are two days in Jakarta.
    late = NOW.replace(hour=16, minute=59)
    with store.writing() as conn:
        one = account(conn)
        assert metrics.write(conn, one, [followers(5, late - timedelta(hours=2)), followers(7, late)], ZONE) == 2
        assert metrics.write(conn, one, [followers(9, late + timedelta(minutes=2))], ZONE) == 1
        # What comes late must not take the place of what is newer.
        metrics.write(conn, one, [followers(1, late - timedelta(hours=3))], ZONE)
        assert rows(conn) == [("", "followers", "2026-11-23", 7), ("", "followers", "2026-11-24", 9)]
        assert metrics.write(conn, one, [followers(9, late + timedelta(minutes=5))], ZONE) == 0


def test_the_change_of_followers_is_told_where_it_is_known(store: Store) -> None:
    with store.writing() as conn:
        known, new, gap = (account(conn, name) for name in ("known", "new", "gap"))
        days = [followers(100 + day, NOW - timedelta(days=day)) for day in (0, 6, 7, 8)]
        metrics.write(conn, known, [one._replace(value=200) if one.at == NOW else one for one in days], ZONE)
        metrics.write(conn, new, [followers(3, NOW)], ZONE)
        metrics.write(conn, gap, [followers(9, NOW), followers(1, NOW - timedelta(days=40))], ZONE)
        found = metrics.followers(conn, NOW, ZONE)
        assert (found[known].value, found[known].change) == (200, 200 - 107)
        assert (found[new].value, found[new].change) == (3, None)
        assert found[gap].change is None


def test_a_figure_moves_its_own_topic_alone(store: Store) -> None:
    with store.writing() as conn:
        one = account(conn)
    with store.reading() as conn:
        before = changes.sequences(conn)
    with store.writing() as conn:
        metrics.write(conn, one, [followers(5, NOW)], ZONE)
    with store.reading() as conn:
        after = changes.sequences(conn)
    assert {topic for topic in after if after[topic] != before[topic]} == {"metric"}


def test_what_is_old_goes_and_a_posts_last_figures_stay(store: Store) -> None:
    old = NOW - timedelta(days=metrics.POST_DAYS + 5)
    with store.writing() as conn:
        one = account(conn)
        metrics.write(conn, one, [Reading("p", "likes", day, old + timedelta(days=day)) for day in (0, 1, 2)], ZONE)
        metrics.write(
            conn, one, [followers(1, NOW - timedelta(days=metrics.ACCOUNT_DAYS + 1)), followers(2, NOW)], ZONE
        )
        assert metrics.remove_old(conn, one, NOW, ZONE) == 3
        assert [row[3] for row in rows(conn)] == [2, 2]
