"""Observances over the rows: what an import of a source puts, keeps and takes away; brands beside them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from smdash.core.clock import FixedClock, Span
from smdash.core.errors import InputError, Refused
from smdash.core.observances import Entry, Found, read
from smdash.core.records import Actor
from smdash.settings.service import AccountSettings, ServiceSettings
from smdash.store import brands, goals, hours, observances, posts, teams, time_entries
from smdash.store.connection import Store
from smdash.store.driver import Connection
from smdash.store.observances import Taken
from smdash.sync import plan
from tests.unit.test_observances import JAKARTA, TODAY, calendar

SINCE = date(2025, 11, 22)


def entry(uid: str, day: date, name: str = "Natal", *, days: int = 1, holiday: bool = False) -> Entry:
    return Entry(uid, day, day + timedelta(days=days - 1), name, holiday)


def found(*entries: Entry, spared: tuple[str, ...] = (), whole: bool = True) -> Found:
    return Found("", entries, (), frozenset(spared), 0, whole)


def take(store: Store, actor: Actor, what: Found, source: str = "libur") -> Taken:
    with store.writing() as conn:
        change = observances.compare(conn, source, what, SINCE)
        observances.write(conn, actor, store.clock.now(), source, change)
    return change.counts


def names(conn: Connection) -> list[tuple[str, str]]:
    every = observances.between(conn, date(1990, 1, 1), date(2900, 1, 1))
    return [(one.day.isoformat(), one.name) for one in every]


def test_an_import_again_changes_what_changed_and_takes_away_what_went(store: Store, actor: Actor) -> None:
    first = (entry("a", date(2026, 12, 25)), entry("a", date(2027, 12, 25)), entry("b", date(2027, 1, 1), "Baru"))
    assert take(store, actor, found(*first)) == Taken(3, 0, 0, 0)
    with store.reading() as conn:
        ids = [one.id for one in observances.between(conn, date(2026, 12, 25), date(2026, 12, 25))]
    assert take(store, actor, found(*first)) == Taken(0, 0, 3, 0)
    again = found(entry("a", date(2026, 12, 25), "Hari Natal"), first[1], entry("c", date(2027, 3, 1), "Nyepi"))
    assert take(store, actor, again) == Taken(1, 1, 1, 1)
    with store.reading() as conn:
        assert names(conn) == [
            ("2026-12-25", "Hari Natal"), ("2027-03-01", "Nyepi"), ("2027-12-25", "Natal"),
        ]  # fmt: skip
        # What stayed is the same row.
        assert [one.id for one in observances.between(conn, date(2026, 12, 25), date(2026, 12, 25))] == ids


def test_other_sources_and_what_is_over_stay(store: Store, actor: Actor) -> None:
    with store.writing() as conn:
        observances.add(conn, actor, store.clock.now(), date(2026, 12, 1), date(2026, 12, 1), "Hari kita")
    take(store, actor, found(entry("x", date(2027, 5, 1), "Buruh")), "dunia")
    take(store, actor, found(entry("old", date(2024, 1, 1), "Lama"), entry("a", date(2026, 12, 25))))
    assert take(store, actor, found()) == Taken(0, 0, 0, 1)
    with store.reading() as conn:
        assert [name for _day, name in names(conn)] == ["Lama", "Hari kita", "Buruh"]


def test_what_could_not_be_read_takes_nothing_away(store: Store, actor: Actor) -> None:
    take(store, actor, found(entry("a", date(2026, 12, 25)), entry("b", date(2027, 1, 1))))
    assert take(store, actor, found(spared=("a",))) == Taken(0, 0, 0, 1)
    take(store, actor, found(entry("a", date(2026, 12, 25)), entry("b", date(2027, 1, 1))))
    # A download that was cut says nothing of what it does not hold.
    cut = read(calendar("UID:1\nSUMMARY:Satu\nDTSTART;VALUE=DATE:20270101")[:-20], JAKARTA, TODAY)
    assert take(store, actor, cut).gone == 0


def test_goals_are_counted_anew_only_where_holidays_move(store: Store, actor: Actor) -> None:
    def moved(*entries: Entry) -> bool:
        with store.writing() as conn:
            conn.execute("DELETE FROM setting WHERE key = 'goals_to_count'")
        take(store, actor, found(*entries))
        with store.reading() as conn:
            return goals.to_count(conn) is not None

    day = date(2026, 12, 25)
    assert not moved(entry("a", day))
    assert moved(entry("a", day, holiday=True))
    assert not moved(entry("a", day, holiday=True))
    assert moved(entry("a", day, holiday=True, days=2))
    assert moved(entry("a", day))
    assert not moved()


def test_one_is_typed_once_and_lasts_a_year_at_most(store: Store, actor: Actor) -> None:
    now, day = store.clock.now(), date(2026, 12, 1)
    with store.writing() as conn:
        observances.add(conn, actor, now, day, day, "Hari Kopi")
        with pytest.raises(Refused, match="there on that day already"):
            observances.add(conn, actor, now, day, day, "HARI KOPI")
        observances.add(conn, actor, now, day + timedelta(days=1), day + timedelta(days=1), "Hari Kopi")
        for until in (day - timedelta(days=1), day + timedelta(days=366)):
            with pytest.raises(InputError, match="ends before it begins, or lasts longer"):
                observances.add(conn, actor, now, day, until, "x")
        with pytest.raises(InputError, match="no observance 99"):
            observances.remove(conn, actor, now, [1, 99])
        assert observances.remove(conn, actor, now, [1, 1]) == 1 and len(names(conn)) == 1


def test_days_are_found_by_any_of_their_days(store: Store, actor: Actor) -> None:
    take(store, actor, found(entry("a", date(2026, 12, 1), days=10), entry("b", date(2026, 1, 1), "Tahun", days=366)))
    with store.reading() as conn:
        for first, last, expected in (
            (date(2026, 12, 10), date(2026, 12, 10), ["Tahun", "Natal"]),
            (date(2026, 12, 11), date(2026, 12, 12), ["Tahun"]),
            (date(2027, 1, 1), date(2027, 1, 1), ["Tahun"]),
            (date(2027, 1, 2), date(2027, 2, 1), []),
        ):
            assert [one.name for one in observances.between(conn, first, last)] == expected


def test_a_brand_survives_the_service_which_writes_accounts_anew(store: Store, actor: Actor) -> None:
    now = store.clock.now()
    settings = ServiceSettings(accounts=(AccountSettings("mastodon", "kopi", "https://contoh.id"),))
    with store.writing() as conn:
        plan.project(conn, settings, "", now)
        brands.add(conn, actor, now, "Kopi Senja")
        account = posts.find_account(conn, "mastodon/kopi")
        assert brands.give(conn, actor, now, "account", account.id, "KOPI senja")
        assert not brands.give(conn, actor, now, "account", account.id, "Kopi Senja")
        plan.project(conn, settings, "", now)
        teams.put_account(conn, "mastodon", "kopi", now, handle="kopi@contoh.id", url="https://contoh.id")
        assert posts.find_account(conn, "mastodon/kopi").brand == "Kopi Senja"
        brands.give(conn, actor, now, "account", account.id, "")
        assert posts.find_account(conn, "mastodon/kopi").brand is None


def test_a_brands_name_is_one_whatever_its_case(store: Store, actor: Actor) -> None:
    now = store.clock.now()
    with store.writing() as conn:
        brands.add(conn, actor, now, "Éclair")
        assert not brands.are_shown(conn)
        for name in ("éCLAIR", "Éclair"):
            with pytest.raises(Refused, match="there is a brand “Éclair” already"):
                brands.add(conn, actor, now, name)
        brands.add(conn, actor, now, "Teh")
        assert brands.are_shown(conn)
        with pytest.raises(Refused, match="already"):
            brands.rename(conn, actor, now, "teh", "éclair")
        assert brands.rename(conn, actor, now, "éclair", "ÉCLAIR") and not brands.rename(
            conn, actor, now, "éclair", "ÉCLAIR"
        )
        with pytest.raises(InputError, match="no brand “x”; known: Teh, ÉCLAIR"):
            brands.give(conn, actor, now, "account", 1, "x")


def test_hours_of_a_brand_are_counted_apart_and_another_brand_is_another_entry(
    store: Store, actor: Actor, clock: FixedClock
) -> None:
    now = clock.now()
    with store.writing() as conn:
        for name in ("Kopi", "Teh"):
            brands.add(conn, actor, now, name)
        time_entries.log(
            conn, actor, now, "updates", Span(now - timedelta(hours=3), now - timedelta(hours=2)), brand="kopi"
        )
        time_entries.log(conn, actor, now, "updates", Span(now - timedelta(hours=2), now - timedelta(hours=1.5)))
        time_entries.start(conn, actor, now - timedelta(minutes=30), "updates", brand="teh")
        # The same activity without a brand goes on; for another brand it begins anew.
        time_entries.start(conn, actor, now, "updates")
        assert hours.running(conn, actor.member_id).started_at == now - timedelta(minutes=30)  # type: ignore[union-attr]
        time_entries.start(conn, actor, now, "updates", brand="kopi")
        assert hours.running(conn, actor.member_id).started_at == now  # type: ignore[union-attr]
        week = Span(now - timedelta(days=1), now + timedelta(days=1))
        done = {
            name: hours.week(conn, week, now, actor.member_id, brand_id=brands.find(conn, name).id).activities[0][3]
            for name in ("Kopi", "Teh")
        }
        assert done == {"Kopi": 60, "Teh": 30}
        assert hours.week(conn, week, now, actor.member_id).activities[0].done_minutes == 120
        with pytest.raises(InputError, match="no brand “x”"):
            time_entries.start(conn, actor, now, "blogging", brand="x")
