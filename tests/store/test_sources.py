"""Accounts, feeds, sync jobs and the team's settings."""

from datetime import UTC, datetime, timedelta

import pytest

from smdash.core.clock import encode
from smdash.core.errors import InputError
from smdash.core.records import Actor, Counts, Feed, IncomingItem, Job, Quota, Role
from smdash.store import feeds, jobs, members, teams
from smdash.store.connection import Store
from smdash.store.jobs import JobSpec

NOW = datetime(2026, 11, 23, 7, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)


def item(key: str, **changes: object) -> IncomingItem:
    fields = {
        "key": key,
        "url": f"https://contoh.id/{key}",
        "title": f"Judul {key}",
        "body": "Isi",
        "author": "Redaksi",
        "published_at": NOW,
        "updated_at": None,
    }
    return IncomingItem(**(fields | changes))  # type: ignore[arg-type]


@pytest.fixture
def feed(store: Store, actor: Actor) -> int:
    with store.writing() as conn:
        return feeds.add(conn, actor, NOW, "https://contoh.id/feed.xml", "Contoh")


def read(store: Store, feed_id: int, *items: IncomingItem) -> Counts:
    with store.writing() as conn:
        return feeds.apply(conn, feed_id, items, NOW)


def only(store: Store) -> Feed:
    with store.reading() as conn:
        (found,) = feeds.select(conn)
    return found


def test_a_feed_is_followed_once(store: Store, actor: Actor, feed: int) -> None:
    with pytest.raises(InputError, match="followed already"), store.writing() as conn:
        feeds.add(conn, actor, NOW, "https://contoh.id/feed.xml")
    assert only(store).title == "Contoh"


def test_of_a_feeds_first_reading_only_ten_items_are_news(store: Store, feed: int) -> None:
    assert read(store, feed, *(item(str(number)) for number in range(30))) == Counts(new=30)
    assert (only(store).items, only(store).unread) == (30, 10)


def test_later_every_new_item_is_news(store: Store, feed: int) -> None:
    read(store, feed, item("0"))
    assert read(store, feed, *(item(str(number)) for number in range(30))) == Counts(new=29, unchanged=1)
    assert only(store).unread == 30


def test_the_same_items_again_change_nothing(store: Store, feed: int) -> None:
    items = [item("1"), item("2", published_at=None, url=None)]
    read(store, feed, *items)
    assert read(store, feed, *items) == Counts(unchanged=2)


@pytest.mark.parametrize("change", [{"title": "x"}, {"body": "x"}, {"url": None}, {"updated_at": NOW}, {"author": ""}])
def test_an_item_that_was_changed_is_changed_in_place(store: Store, feed: int, change: dict[str, object]) -> None:
    read(store, feed, item("1"))
    assert read(store, feed, item("1", **change)) == Counts(changed=1)
    assert only(store).items == 1


def test_an_item_that_is_twice_in_a_feed_is_kept_once(store: Store, feed: int) -> None:
    assert read(store, feed, item("1"), item("1")) == Counts(new=1, unchanged=1)


def test_a_feed_that_moves_keeps_its_items(store: Store, feed: int) -> None:
    read(store, feed, item("1"))
    with store.writing() as conn:
        feeds.move(conn, feed, "https://baru.id/feed.xml")
        feeds.retitle(conn, feed, "Baru")
    assert (only(store).url, only(store).title, only(store).items) == ("https://baru.id/feed.xml", "Baru", 1)


def test_a_feed_does_not_move_onto_another(store: Store, actor: Actor, feed: int) -> None:
    with store.writing() as conn:
        other = feeds.add(conn, actor, NOW, "https://lain.id/feed.xml")
        feeds.move(conn, other, "https://contoh.id/feed.xml")
        assert sorted(one.url for one in feeds.select(conn)) == [
            "https://contoh.id/feed.xml",
            "https://lain.id/feed.xml",
        ]


def test_the_services_stamp_moves_with_feeds_not_with_items(store: Store, actor: Actor, feed: int) -> None:
    with store.writing() as conn:
        before = feeds.stamp(conn)
        feeds.apply(conn, feed, [item("1")], NOW)
        assert feeds.stamp(conn) == before
        feeds.add(conn, actor, NOW, "https://lain.id/feed.xml")
        assert feeds.stamp(conn) != before


def spec(name: str, **changes: object) -> JobSpec:
    fields = {"name": name, "label": name, "platform": "feeds", "account_id": None, "feed_id": None, "interval_s": 60}
    return JobSpec(**(fields | changes))  # type: ignore[arg-type]


def job(store: Store, name: str) -> Job:
    with store.reading() as conn:
        (found,) = [one for one in jobs.select(conn) if one.name == name]
    return found


def test_jobs_that_should_run_are_there_and_no_others(store: Store) -> None:
    with store.writing() as conn:
        jobs.project(conn, [spec("a"), spec("b")])
        jobs.project(conn, [spec("b"), spec("c")])
        assert [one.name for one in jobs.select(conn)] == ["b", "c"]


def test_a_job_keeps_its_cursor_and_health_when_it_is_named_anew(store: Store) -> None:
    with store.writing() as conn:
        jobs.project(conn, [spec("a")])
        jobs.keep_cursor(conn, "a", "halaman 5")
        jobs.fail(conn, "a", next_at=NOW + HOUR, kind="network", error="tidak ada jawaban")
        jobs.project(conn, [spec("a", label="baru", interval_s=90)])
    found = job(store, "a")
    assert (found.label, found.interval_s, found.cursor, found.failures) == ("baru", 90, "halaman 5", 1)


def test_the_health_of_a_job(store: Store) -> None:
    with store.writing() as conn:
        jobs.project(conn, [spec("a")])
        for _ in range(3):
            jobs.begin(conn, "a", NOW)
            jobs.fail(conn, "a", next_at=NOW + HOUR, kind="server", error="502")
    failing = job(store, "a")
    assert (failing.failures, failing.error, failing.error_kind, failing.next_at) == (3, "502", "server", NOW + HOUR)
    assert failing.last_ok_at is None and failing.last_started_at == NOW
    with store.writing() as conn:
        jobs.succeed(
            conn,
            "a",
            NOW,
            next_at=NOW + HOUR,
            counts=Counts(new=2),
            seconds=0.25,
            quota=Quota(7, 300, NOW),
            notice=None,
        )
    good = job(store, "a")
    assert (good.failures, good.error, good.error_kind, good.last_ok_at, good.quota_left) == (0, None, None, NOW, 7)


def test_a_new_member_joins_as_a_specialist_and_stays_the_same(store: Store) -> None:
    with store.writing() as conn:
        ana = teams.join(conn, "ana", "Ana", "ana", NOW)
        assert teams.join(conn, "ana", "Somebody else", "root", NOW).member_id == ana.member_id
        assert conn.execute("SELECT name, role FROM member").fetchall() == [("Ana", "specialist")]
        assert teams.find_member(conn, "budi", "budi") is None


def test_a_member_can_be_added_with_a_role(store: Store, actor: Actor) -> None:
    with store.writing() as conn:
        members.add(conn, actor, NOW, login="sari", name="Sari", role=Role.LEAD)
        with pytest.raises(InputError, match="already"):
            members.add(conn, actor, NOW, login="sari", name="Sari", role=Role.LEAD)
        assert {name for (name,) in conn.execute("SELECT name FROM member")} == {"Ana", "Sari"}


def test_an_account_is_brought_up_to_date_not_doubled(store: Store) -> None:
    with store.writing() as conn:
        first = teams.put_account(conn, "mastodon", "kopi", NOW, handle="kopi@contoh.id", url="https://contoh.id")
        again = teams.put_account(conn, "mastodon", "kopi", NOW, status="paused")
        (found,) = teams.accounts(conn)
    assert first == again
    assert (found.handle, found.url, found.status) == ("kopi@contoh.id", "https://contoh.id", "paused")


def test_an_external_account_that_is_connected_becomes_ours(store: Store) -> None:
    with store.writing() as conn:
        first = teams.ensure_account(conn, "mastodon", "kopi", NOW)
        assert teams.put_account(conn, "mastodon", "kopi", NOW) == first
        assert teams.accounts(conn)[0].status == "active"


def test_settings_are_kept_and_defaults_fill_the_gaps(store: Store) -> None:
    with store.writing() as conn:
        before = teams.team(conn)
        teams.put(conn, "week_start", 6)
        teams.put(conn, "motto", {"kopi": ["é", 1]})
        teams.start(conn, None, "Asia/Makassar")
        after = teams.team(conn)
        assert teams.get(conn, "motto") == {"kopi": ["é", 1]}
        assert teams.get(conn, "nothing") is None
    assert (before.name, before.zone, before.week_start) == ("Kopi Senja", "Asia/Jakarta", 0)
    assert (after.name, after.zone, after.week_start) == ("Kopi Senja", "Asia/Makassar", 6)
    assert after.database_id == before.database_id and len(before.database_id) == 16
    assert before.goals_minutes["dm"] == 60


def test_times_are_written_in_the_one_form(store: Store, feed: int) -> None:
    with store.reading() as conn:
        assert conn.execute("SELECT created_at FROM feed").fetchone() == (encode(NOW),)
