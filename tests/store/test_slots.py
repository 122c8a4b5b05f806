"""Which slots are empty and which comes next, over the rows; and holidays of both kinds."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from smdash.core.clock import FixedClock
from smdash.core.errors import InputError, Refused
from smdash.core.lint import Rule
from smdash.core.records import Account, Actor, Category, Format
from smdash.core.slots import Slot
from smdash.store import goals, linting, observances, posts, resolving, slots, team_settings, teams
from smdash.store.connection import Store
from smdash.store.driver import Connection
from tests.desk import plan_post

IG, MA = "instagram/kopi", "mastodon/kopi"


@pytest.fixture
def accounts(store: Store) -> tuple[Account, Account]:
    with store.writing() as conn:
        for network in ("instagram", "mastodon"):
            teams.put_account(conn, network, "kopi", store.clock.now())
        return posts.find_account(conn, IG), posts.find_account(conn, MA)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC) - timedelta(hours=7)


def put(store: Store, *wanted: Slot) -> None:
    with store.writing() as conn:
        slots.replace(conn, wanted)


def daily(clock: str, account: str | None = None) -> list[Slot]:
    return [Slot(day, clock, account) for day in range(1, 8)]


def test_the_settings_hold_the_slots_of_the_table_and_write_them_with_the_rest(
    store: Store, actor: Actor, accounts: tuple[Account, Account]
) -> None:
    wanted = (Slot(1, "09:00", IG, "quote"), Slot(2, "08:00"))
    with store.writing() as conn:
        before = team_settings.read(conn)
        names = team_settings.write(
            conn, actor, store.clock.now(), before._replace(slots=wanted, utm=True), verb="edit"
        )
    assert sorted(names) == ["slots", "utm"]
    with store.reading() as conn:
        assert team_settings.read(conn).slots == wanted == slots.select(conn)
        assert conn.execute("SELECT count(*) FROM setting WHERE key = 'slots'").fetchone()[0] == 0
    # An account that is not there undoes the whole of it.
    with pytest.raises(InputError, match="no account “x/y”"), store.writing() as conn:
        present = team_settings.read(conn)
        team_settings.write(
            conn, actor, store.clock.now(), present._replace(slots=(Slot(1, "09:00", "x/y"),), utm=False), verb="edit"
        )
    with store.reading() as conn:
        assert team_settings.read(conn) == present and present.slots == wanted


def test_what_another_program_wrote_and_is_no_time_hides_no_other(
    store: Store, accounts: tuple[Account, Account]
) -> None:
    with store.writing() as conn:
        conn.execute("INSERT INTO slot (weekday, at) VALUES (1, 'noon'), (1, '9:5'), (2, '08.30'), (2, '08:30')")
        assert slots.select(conn) == (Slot(2, "08:30"),)


def test_days_begin_with_today_and_what_is_over_is_left_out(store: Store, clock: FixedClock, accounts: object) -> None:
    put(store, *daily("09:00"), *daily("23:59"), *daily("00:00"))
    with store.reading() as conn:
        now = clock.now()  # Monday 14:05
        assert [one.at for one in slots.empty(conn, now, 1)] == [at(23, 23, 59)]
        assert [one.at for one in slots.empty(conn, now, 2)] == [at(23, 23, 59), at(24, 0), at(24, 9), at(24, 23, 59)]
        assert len(slots.empty(conn, now, 7)) == 19


def test_a_post_at_midnight_fills_the_slot_of_the_day_before_or_after(
    store: Store, actor: Actor, clock: FixedClock, accounts: object
) -> None:
    put(store, *daily("23:45"), *daily("00:20"))
    plan_post(store, actor, "tengah malam", at(25, 0))
    with store.reading() as conn:
        found = [one.at for one in slots.empty(conn, clock.now(), 3)]
    # It is nearer to a quarter to twelve.
    assert found == [at(23, 23, 45), at(24, 0, 20), at(25, 0, 20), at(25, 23, 45)]


def test_a_slot_of_yesterday_keeps_its_post_after_midnight(
    store: Store, actor: Actor, clock: FixedClock, accounts: object
) -> None:
    put(store, *daily("23:45"), *daily("00:20"))
    plan_post(store, actor, "tengah malam", at(25, 0))
    with store.reading() as conn:
        assert [one.at for one in slots.empty(conn, at(25, 0, 1), 1)] == [at(25, 0, 20), at(25, 23, 45)]


def test_a_post_shortly_before_the_only_slot_of_the_week_fills_it(
    store: Store, actor: Actor, clock: FixedClock, accounts: object
) -> None:
    put(store, Slot(2, "16:00"))
    plan_post(store, actor, "x", at(24, 15, 40))
    with store.reading() as conn:
        assert [one.at for one in slots.empty(conn, clock.now(), 14)] == [at(24, 16) + timedelta(days=7)]


def test_what_is_called_off_or_expired_fills_nothing_and_a_draft_does(
    store: Store, actor: Actor, clock: FixedClock, accounts: tuple[Account, Account]
) -> None:
    put(store, *daily("16:00", IG))
    post_id = plan_post(store, actor, "x", at(24, 16))
    held: list[datetime] = []

    def free(conn: Connection) -> bool:
        held[:] = [one.at for one in slots.empty(conn, clock.now(), 3)]
        return at(24, 16) in held

    with store.writing() as conn:
        assert not free(conn)
        for state, empty in (
            ("draft", False),
            ("review", False),
            ("idea", True),
            ("expired", True),
            ("cancelled", True),
        ):
            conn.execute("UPDATE post SET state = ? WHERE id = ?", (state, post_id))
            assert free(conn) is empty, state
        conn.execute("UPDATE post SET state = 'ready' WHERE id = ?", (post_id,))
        assert not free(conn)
        conn.execute("UPDATE delivery SET state = 'cancelled' WHERE post_id = ?", (post_id,))
        assert free(conn)
        conn.execute("UPDATE delivery SET state = 'queued' WHERE post_id = ?", (post_id,))
        resolving.cancel_post(conn, actor, post_id, clock.now())
        assert free(conn)


def test_the_next_free_slot_is_the_accounts_own_else_one_for_any(
    store: Store, actor: Actor, clock: FixedClock, accounts: tuple[Account, Account]
) -> None:
    instagram, mastodon = accounts
    put(store, *daily("16:00", IG), *daily("15:00"))
    with store.reading() as conn:
        now = clock.now()
        assert slots.next_free(conn, now, [instagram]) == at(23, 16)
        assert slots.next_free(conn, now, [mastodon]) == at(23, 15)
        assert slots.next_free(conn, now, [instagram, mastodon]) == at(23, 16)
        assert slots.next_free(conn, now) == at(23, 15)
    plan_post(store, actor, "x", at(23, 16))
    with store.reading() as conn:
        assert slots.next_free(conn, now, [instagram]) == at(24, 16)


def test_each_of_several_posts_gets_a_slot_of_its_own(
    store: Store, actor: Actor, clock: FixedClock, accounts: tuple[Account, Account]
) -> None:
    put(store, *daily("16:00", IG), *daily("09:00", IG))
    found = []
    for number in range(5):
        with store.writing() as conn:
            due = slots.require_next(conn, clock.now(), accounts[:1])
            posts.add(
                conn, actor, clock.now(), accounts=accounts[:1], category=Category.QUOTE, format=Format.TEXT,
                body=f"kutipan {number}", due_at=due, zone="Asia/Jakarta",
            )  # fmt: skip
        found.append(due)
    assert found == [at(23, 16), at(24, 9), at(24, 16), at(25, 9), at(25, 16)]


def test_without_a_slot_the_sentence_says_what_to_do(
    store: Store, clock: FixedClock, accounts: tuple[Account, Account]
) -> None:
    with store.reading() as conn:
        assert slots.next_free(conn, clock.now(), accounts[:1]) is None
        with pytest.raises(Refused, match="the team has no slots; add some with smdash team edit"):
            slots.require_next(conn, clock.now(), accounts[:1])
    put(store, *daily("09:00", IG))
    with store.reading() as conn, pytest.raises(Refused, match="no slots for mastodon/kopi"):
        slots.require_next(conn, clock.now(), accounts[1:])


def test_an_account_takes_its_slots_along(store: Store, accounts: tuple[Account, Account]) -> None:
    put(store, *daily("09:00", IG), Slot(1, "10:00"))
    with store.writing() as conn:
        conn.execute("DELETE FROM account WHERE id = ?", (accounts[0].id,))
        assert slots.select(conn) == (Slot(1, "10:00"),)


def test_holidays_of_both_kinds_count_for_slots_lint_and_goals(
    store: Store, actor: Actor, clock: FixedClock, accounts: tuple[Account, Account]
) -> None:
    put(store, *daily("09:00"))
    post_id = plan_post(store, actor, "x", at(25, 12))
    now = clock.now()
    with store.writing() as conn:
        teams.put(conn, "holidays", {"2026-11-24": "Cuti", "2026-11-26": "Maulid"})
        observances.add(conn, actor, now, date(2026, 11, 25), date(2026, 11, 26), "Libur panjang", holiday=True)
        observances.add(conn, actor, now, date(2026, 11, 27), date(2026, 11, 27), "Hari Kopi")
    with store.reading() as conn:
        assert [(one.day.day, one.name) for one in team_settings.holidays(conn)] == [
            (24, "Cuti"), (25, "Libur panjang"), (26, "Maulid, Libur panjang"),
        ]  # fmt: skip
        # The settings themselves stay as they were.
        assert [one.day.day for one in team_settings.read(conn).holidays] == [24, 26]
        assert [one.at for one in slots.empty(conn, now, 5)] == [at(27, 9)]
        said = [one.finding for one in linting.remarks(conn, post_id, now) if one.finding.rule is Rule.HOLIDAY]
        assert [one.sentence for one in said] == ["Wed 25 Nov is a holiday: Libur panjang"]
        working = [day for day in range(23, 29) if goals.calendar(conn).spans(date(2026, 11, day))]
        assert working == [23, 27]
        assert goals.to_count(conn) is not None
    with store.writing() as conn:
        conn.execute("DELETE FROM setting WHERE key = 'goals_to_count'")
        observances.add(conn, actor, now, date(2026, 12, 1), date(2026, 12, 1), "Hari AIDS")
        assert goals.to_count(conn) is None
