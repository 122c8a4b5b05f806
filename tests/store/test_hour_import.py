"""Entries of files over the rows: what was exported is there already, and elsewhere it becomes the same."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smdash.core import hour_files
from smdash.core.clock import EARLIEST, LATEST, Span
from smdash.core.errors import InputError, Refused
from smdash.core.hour_files.rows import FileEntry, Names, Row
from smdash.core.records import Actor, TimeEntry
from smdash.core.text import clean, clean_name
from smdash.store import brands, hours, teams, time_entries, undoing
from smdash.store.driver import Connection
from smdash.store.hour_import import Import, What, uid_of
from tests.store.conftest import NOW, scratch

ALL = Span(EARLIEST, LATEST)
HOUR = timedelta(hours=1)
ZONE = ZoneInfo("Asia/Jakarta")
TEXTS = st.text(st.one_of(st.characters(), st.sampled_from("=+-@'\";,:\t\n 日本ك🙂")), max_size=30)


@pytest.fixture(scope="module")
def ana(memory: Connection) -> Actor:
    return Actor(1, "ana", "Ana", "ana")


@pytest.fixture(scope="module")
def budi(memory: Connection) -> Actor:
    return Actor(2, "budi", "Budi", "budi")


@pytest.fixture
def conn(memory: Connection) -> Iterator[Connection]:
    with scratch(memory) as found:
        yield found


def exported(conn: Connection, who: Actor) -> list[FileEntry]:
    name = teams.team(conn).database_id
    return [
        FileEntry(one.activity, one.started_at, one.ended_at, one.note, one.brand, one.campaign, one.login, uid_of(one, name))
        for one in time_entries.select(conn, who.member_id, ALL)
        if one.ended_at
    ]  # fmt: skip


def plain(found: tuple[TimeEntry, ...]) -> list[tuple[object, ...]]:
    return [(one.activity, one.started_at, one.ended_at, one.note, one.brand, one.campaign) for one in found]


def there_and_back(conn: Connection, kind: str, entries: list[FileEntry], run: Import) -> list[What]:
    data = hour_files.write(kind, entries, ZONE, NOW, name="Kopi")
    rows = list(hour_files.read(kind, data, ZONE, Names(hours.activities(conn))))
    assert all(isinstance(row, Row) for row in rows), rows
    return [run.take(conn, row.entry).what for row in rows if isinstance(row, Row)]


@pytest.mark.parametrize("kind", hour_files.FORMATS)
def test_what_is_exported_is_there_already_and_becomes_the_same_elsewhere(
    memory: Connection, ana: Actor, budi: Actor, kind: str
) -> None:
    @settings(max_examples=12)
    @given(
        st.lists(
            st.tuples(st.integers(1, 9_000_000), st.integers(1_000, 9_000_000), st.integers(0, 10), TEXTS, TEXTS),
            max_size=3,
        )
    )
    def check(shapes: list[tuple[int, int, int, str, str]]) -> None:
        with scratch(memory) as conn:
            keys = hours.activities(conn)
            at = datetime(2026, 11, 20, tzinfo=UTC)
            parts = 1 if kind not in hour_files.WHOLE_SECONDS else 1000
            for gap, length, activity, note, brand in shapes:
                begin = at + timedelta(milliseconds=gap // parts * parts)
                at = begin + timedelta(milliseconds=length // parts * parts)
                name = clean_name(brand)
                if name and not any(one.name.casefold() == name.casefold() for one in brands.select(conn)):
                    brands.add(conn, ana, NOW, name)
                time_entries.log(
                    conn, ana, NOW, keys[activity], Span(begin, at), clean(note).strip() or None, brand=name or None
                )
            entries = exported(conn, ana)
            mine = Import(ana, NOW)
            assert there_and_back(conn, kind, entries, mine) == [What.UNCHANGED] * len(shapes)
            others = [one._replace(member="budi") for one in entries]
            for number in range(2):
                result = there_and_back(conn, kind, others, Import(budi, NOW, whose="budi"))
                assert result == [What.UNCHANGED if number else What.NEW] * len(shapes)
            first, second = (time_entries.select(conn, who.member_id, ALL) for who in (ana, budi))
            assert plain(first) == plain(second)
            assert [one.uid for one in second] == [one.uid for one in entries]
            # Written on to a third file, they have the names that they came with.
            assert [one.uid for one in exported(conn, budi)] == [one.uid for one in entries]

    check()


ENTRY = FileEntry("updates", NOW - 3 * HOUR, NOW - 2 * HOUR, "Pagi", None, None, None, None)


def test_an_entry_without_a_name_is_known_by_its_times_and_activity(conn: Connection, ana: Actor) -> None:
    assert Import(ana, NOW).take(conn, ENTRY).what is What.NEW
    assert Import(ana, NOW).take(conn, ENTRY._replace(note=None)).what is What.UNCHANGED
    with pytest.raises(Refused, match="overlaps with updates"):
        Import(ana, NOW).take(conn, ENTRY._replace(activity="blogging"))


def test_an_import_is_one_step_and_may_be_done_anew(conn: Connection, ana: Actor) -> None:
    run = Import(ana, NOW)
    entries = [ENTRY._replace(uid="a"), ENTRY._replace(uid="b", started_at=NOW - 2 * HOUR, ended_at=NOW - HOUR)]
    assert [run.take(conn, one).what for one in entries] == [What.NEW] * 2
    assert len(undoing.undo(conn, ana, NOW).ids) == 2
    assert time_entries.select(conn, ana.member_id, ALL) == ()
    again = Import(ana, NOW)
    assert [again.take(conn, one).what for one in entries] == [What.NEW] * 2
    assert [one.uid for one in time_entries.select(conn, ana.member_id, ALL)] == ["a", "b"]


def test_a_dry_run_writes_nothing_and_sees_overlaps_within_the_file(conn: Connection, ana: Actor) -> None:
    run = Import(ana, NOW, writes=False)
    for number in (0, 4, 2):
        shift = timedelta(minutes=-60 * number)
        moved = ENTRY._replace(started_at=ENTRY.started_at + shift, ended_at=ENTRY.ended_at + shift)
        assert run.take(conn, moved) == (What.NEW, None)
        with pytest.raises(Refused, match="another one in the file"):
            run.take(conn, moved._replace(started_at=moved.started_at + HOUR / 2, activity="blogging"))
    assert time_entries.select(conn, ana.member_id, ALL) == ()


def test_a_running_timer_is_not_covered(conn: Connection, ana: Actor) -> None:
    time_entries.start(conn, ana, NOW, "blogging", at=NOW - 2.5 * HOUR)
    with pytest.raises(Refused, match="overlaps with blogging"):
        Import(ana, NOW).take(conn, ENTRY)


def test_what_was_changed_here_or_in_the_file_is_refused(conn: Connection, ana: Actor) -> None:
    Import(ana, NOW).take(conn, ENTRY._replace(uid="a"))
    for changed in (ENTRY._replace(note="Sore"), ENTRY._replace(ended_at=NOW), ENTRY._replace(activity="blogging")):
        with pytest.raises(Refused, match="here already and differs"):
            Import(ana, NOW).take(conn, changed._replace(uid="a"))


def test_hours_of_others_need_a_lead(conn: Connection, ana: Actor, budi: Actor) -> None:
    entry = ENTRY._replace(member="budi")
    with pytest.raises(Refused, match="only a lead"):
        Import(ana, NOW).take(conn, entry)
    with pytest.raises(InputError, match="no member “nobody”"):
        Import(ana, NOW).take(conn, ENTRY._replace(member="nobody"))
    conn.execute("UPDATE member SET role = 'lead' WHERE id = 1")
    Import(ana, NOW).take(conn, entry)
    assert len(time_entries.select(conn, budi.member_id, ALL)) == 1
    assert len(undoing.undo(conn, ana, NOW).ids) == 1


def test_odd_names_are_nobodys_entry(conn: Connection, ana: Actor) -> None:
    name = teams.team(conn).database_id
    for number, uid in enumerate((name, f"{name}zzzzzzzzzzzzzzzz", f"{name}ffffffffffffffff", f"{name}{5:016x}")):
        shift = timedelta(hours=-number)
        entry = ENTRY._replace(uid=uid, started_at=ENTRY.started_at + shift, ended_at=ENTRY.ended_at + shift)
        assert Import(ana, NOW).take(conn, entry).what is What.NEW
