"""What a look at a calendar does to the team's campaigns, and what it leaves to people."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from smdash.core import campaign_ics, campaign_ics_out
from smdash.core.calendar_merge import Decision
from smdash.core.campaign_ics_out import Shown, own_uid
from smdash.core.clock import start_of_day
from smdash.core.errors import Refused
from smdash.core.records import Actor, Campaign, CampaignKind, Category, Counts, Format, Phase
from smdash.store import calendars, campaign_edit, campaigns, events, milestones, posts, teams, undoing
from smdash.store.calendars import Calendar
from smdash.store.connection import Store
from tests.unit.test_observances import calendar

NOW = datetime(2026, 11, 23, 7, 5, tzinfo=UTC)
TODAY = date(2026, 11, 23)
JAKARTA = ZoneInfo("Asia/Jakarta")
HARBOLNAS = "UID:h\nSUMMARY:Harbolnas\nDTSTART;VALUE=DATE:20261210\nDTEND;VALUE=DATE:20261213\nDESCRIPTION:Diskon"
GAJIAN = "UID:g\nSUMMARY:Gajian\nDTSTART;VALUE=DATE:20261125\nDTEND;VALUE=DATE:20261128"


def day(text: str) -> datetime:
    return start_of_day(date.fromisoformat(text), JAKARTA)


@pytest.fixture
def kantor(store: Store, actor: Actor) -> Calendar:
    with store.writing() as conn:
        return calendars.add(conn, actor, NOW, "Kantor", calendars.ICS, "https://k.example/k.ics", CampaignKind.EVENT)


class Told(tuple[str, ...]):
    """The sentences, and what was written."""

    counts: Counts


def look(
    store: Store,
    kantor: Calendar,
    *texts: str,
    actor: Actor = calendars.SERVICE,
    data: bytes | None = None,
    **how: bool,
) -> Told:
    with store.writing() as conn:
        database = teams.team(conn).database_id
        found = campaign_ics.read(data or calendar(*texts), JAKARTA, TODAY, kind=CampaignKind.EVENT, database=database)
        decision = calendars.compare(conn, kantor, found, TODAY, **how)
        written = calendars.write(conn, actor, NOW, kantor, decision)
    told = Told(written.told)
    told.counts = written.counts
    return told


def running(store: Store) -> dict[str, Campaign]:
    with store.reading() as conn:
        return {one.name: one for one in campaigns.select(conn)}


def everything(store: Store) -> list[object]:
    with store.reading() as conn:
        return [
            conn.execute(f"SELECT * FROM {table}").fetchall()
            for table in ("campaign", "phase", "milestone", "event", "calendar")
        ]


def edit(store: Store, actor: Actor, which: str, **fields: object) -> None:
    with store.writing() as conn:
        campaign_edit.edit(conn, actor, campaigns.find(conn, which), NOW, **fields)  # type: ignore[arg-type]


def test_events_become_campaigns_and_a_repeat_writes_nothing(store: Store, kantor: Calendar) -> None:
    told = look(store, kantor, HARBOLNAS, GAJIAN)
    assert (told, told.counts) == ((), Counts(2, 0, 0))
    found = running(store)["Harbolnas"]
    assert (found.starts_at, found.ends_at, found.note, found.zone) == (
        day("2026-12-10"),
        day("2026-12-13"),
        "Diskon",
        "Asia/Jakarta",
    )
    before = everything(store)
    assert look(store, kantor, HARBOLNAS, GAJIAN).counts == Counts(0, 0, 2)
    assert everything(store) == before


def test_what_the_calendar_changed_is_changed(store: Store, kantor: Calendar) -> None:
    look(store, kantor, HARBOLNAS)
    was = running(store)["Harbolnas"].id
    changed = (
        HARBOLNAS.replace("Harbolnas", "Harbolnas 12.12").replace("20261213", "20261214").replace("Diskon", "Obral")
    )
    told = look(store, kantor, f"{changed}\nCATEGORIES:discount")
    assert told.counts == Counts(0, 1, 0)
    found = running(store)["Harbolnas 12.12"]
    assert (found.id, found.ends_at, found.note, found.kind) == (was, day("2026-12-14"), "Obral", CampaignKind.DISCOUNT)


def test_what_a_person_changed_stays_and_is_told_where_the_calendar_changes_it_too(
    store: Store, actor: Actor, kantor: Calendar
) -> None:
    look(store, kantor, HARBOLNAS)
    edit(store, actor, "Harbolnas", name="Harbolnas besar", note="Punya Ana")
    # The calendar says nothing new: nothing is touched, and nothing told.
    assert (told := look(store, kantor, HARBOLNAS)) == () and told.counts == Counts(0, 0, 1)
    told = look(store, kantor, HARBOLNAS.replace("Diskon", "Obral").replace("20261213", "20261214"))
    assert told == (
        "“Harbolnas besar”: the calendar changed its note, and so did somebody here; it stays as it is here",
    )
    found = running(store)["Harbolnas besar"]
    assert (found.note, found.ends_at) == ("Punya Ana", day("2026-12-14"))
    assert look(store, kantor, HARBOLNAS.replace("Diskon", "Obral").replace("20261213", "20261214")) == ()


def test_phases_that_a_person_made_move_along_and_those_of_the_calendar_do_not(
    store: Store, actor: Actor, kantor: Calendar
) -> None:
    look(store, kantor, HARBOLNAS)
    with store.writing() as conn:
        campaign = campaigns.find(conn, "Harbolnas")
        campaign_edit.add_phases(conn, actor, campaign, [Phase("tease", day("2026-12-10"), day("2026-12-11"))], NOW)
    moved = HARBOLNAS.replace("20261213", "20261215").replace("20261210", "20261212")
    assert look(store, kantor, moved).counts == Counts(0, 1, 0)
    assert running(store)["Harbolnas"].phases == (Phase("tease", day("2026-12-12"), day("2026-12-13")),)
    part = "UID:p\nSUMMARY:puncak\nRELATED-TO:g\nDTSTART;VALUE=DATE:20261127"
    look(store, kantor, moved, GAJIAN, part)
    assert running(store)["Gajian"].phases == (Phase("puncak", day("2026-11-27"), day("2026-11-28")),)
    longer = GAJIAN.replace("20261128", "20261201")
    look(store, kantor, moved, longer, part)
    assert running(store)["Gajian"].phases == (Phase("puncak", day("2026-11-27"), day("2026-11-28")),)
    look(store, kantor, moved, longer, part.replace("DATE:20261127", "DATE:20261128").replace("puncak", "akhir"))
    assert running(store)["Gajian"].phases == (Phase("akhir", day("2026-11-28"), day("2026-11-29")),)


def test_an_event_that_is_gone_calls_its_campaign_off_and_brings_it_back(store: Store, kantor: Calendar) -> None:
    look(store, kantor, HARBOLNAS, GAJIAN)
    was = running(store)["Harbolnas"].id
    assert look(store, kantor, GAJIAN).counts == Counts(0, 1, 1)
    assert set(running(store)) == {"Gajian"}
    before = everything(store)
    assert look(store, kantor, GAJIAN).counts == Counts(0, 0, 1) and everything(store) == before
    look(store, kantor, GAJIAN, HARBOLNAS)
    assert running(store)["Harbolnas"].id == was
    look(store, kantor, GAJIAN, f"{HARBOLNAS}\nSTATUS:CANCELLED")
    assert set(running(store)) == {"Gajian"}


def post(store: Store, actor: Actor, campaign: str) -> None:
    with store.writing() as conn:
        posts.add(
            conn,
            actor,
            NOW,
            body="halo",
            due_at=None,
            zone="Asia/Jakarta",
            accounts=(),
            category=Category.OTHER,
            format=Format.TEXT,
            campaign=campaign,
        )


def test_where_somebodys_work_belongs_to_it_the_campaign_stays_marked(
    store: Store, actor: Actor, kantor: Calendar
) -> None:
    look(store, kantor, HARBOLNAS, GAJIAN)
    post(store, actor, "Harbolnas")
    told = look(store, kantor, GAJIAN)
    assert told == ("“Harbolnas” is not in the calendar any more; it stays, since something belongs to it",)
    assert running(store)["Harbolnas"].note == "Diskon\n2026-11-23: taken out of the calendar “Kantor”"
    before = everything(store)
    assert look(store, kantor, GAJIAN) == () and everything(store) == before
    # It is there again: the mark goes, and what the calendar says counts.
    look(store, kantor, GAJIAN, HARBOLNAS.replace("Diskon", "Obral"))
    assert running(store)["Harbolnas"].note == "Obral"
    look(store, kantor, GAJIAN)
    look(store, kantor, GAJIAN, HARBOLNAS.replace("Diskon", "Obral"))
    assert running(store)["Harbolnas"].note == "Obral"


def test_hours_belong_to_a_campaign_too(store: Store, actor: Actor, kantor: Calendar) -> None:
    look(store, kantor, HARBOLNAS)
    with store.writing() as conn:
        conn.execute(
            "INSERT INTO time_entry (member_id, activity_id, started_at, created_at, campaign_id) "
            "VALUES (?, (SELECT min(id) FROM activity), ?, ?, ?)",
            (
                actor.member_id,
                "2026-11-23T01:00:00.000Z",
                "2026-11-23T01:00:00.000Z",
                campaigns.find(conn, "Harbolnas"),
            ),
        )
    look(store, kantor, GAJIAN)
    assert set(running(store)) == {"Harbolnas", "Gajian"}


def test_what_can_not_be_read_or_is_not_whole_takes_nothing_away(store: Store, kantor: Calendar) -> None:
    look(store, kantor, HARBOLNAS, GAJIAN)
    look(store, kantor, HARBOLNAS.replace("VALUE=DATE:20261210", "VALUE=DATE:2026"), GAJIAN)
    assert set(running(store)) == {"Harbolnas", "Gajian"}
    look(store, kantor, data=calendar(GAJIAN, HARBOLNAS)[:-40])
    look(store, kantor, data=calendar(GAJIAN, head="METHOD:REQUEST\r\n"))
    look(store, kantor, GAJIAN, in_step=False)
    assert set(running(store)) == {"Harbolnas", "Gajian"}


def test_what_is_over_stays(store: Store, kantor: Calendar) -> None:
    look(store, kantor, HARBOLNAS, GAJIAN.replace("202611", "202610"))
    with store.writing() as conn:
        later = date(2027, 2, 1)
        found = campaign_ics.read(calendar(), JAKARTA, later, kind=CampaignKind.EVENT)
        assert calendars.compare(conn, kantor, found, later).is_nothing


def test_a_campaign_that_a_person_called_off_is_not_brought_back(store: Store, actor: Actor, kantor: Calendar) -> None:
    look(store, kantor, HARBOLNAS)
    with store.writing() as conn:
        campaign_edit.cancel(conn, actor, campaigns.find(conn, "Harbolnas"), NOW)
    look(store, kantor, HARBOLNAS.replace("Diskon", "Obral"))
    assert running(store) == {}


def test_an_event_that_begins_to_repeat_keeps_its_campaign(store: Store, kantor: Calendar) -> None:
    look(store, kantor, GAJIAN)
    was = running(store)["Gajian"].id
    assert look(store, kantor, f"{GAJIAN}\nRRULE:FREQ=MONTHLY;COUNT=2").counts == Counts(1, 0, 1)
    assert running(store)["Gajian"].id == was and set(running(store)) == {"Gajian", "Gajian 2026-12"}
    look(store, kantor, GAJIAN)
    assert {name: one.id for name, one in running(store).items()} == {"Gajian": was}


def test_names_that_the_desk_has_already_get_a_number(store: Store, actor: Actor, kantor: Calendar) -> None:
    with store.writing() as conn:
        campaigns.add(
            conn,
            actor,
            NOW,
            name="Harbolnas",
            kind=CampaignKind.EVENT,
            starts_at=NOW,
            ends_at=NOW + timedelta(days=1),
            zone="Asia/Jakarta",
        )
    look(store, kantor, HARBOLNAS)
    assert set(running(store)) == {"Harbolnas", "Harbolnas (2)"}
    assert look(store, kantor, HARBOLNAS).counts == Counts(0, 0, 1)


def test_a_name_that_one_event_gives_up_another_may_have_at_once(store: Store, kantor: Calendar) -> None:
    look(store, kantor, HARBOLNAS)
    was = running(store)["Harbolnas"].id
    told = look(store, kantor, HARBOLNAS.replace("Harbolnas", "Pesta"), GAJIAN.replace("Gajian", "Harbolnas"))
    assert told == () and {name: one.id == was for name, one in running(store).items()} == {
        "Pesta": True,
        "Harbolnas": False,
    }


def test_a_members_import_is_one_step_of_undo_and_the_services_look_is_nobodys(
    store: Store, actor: Actor, kantor: Calendar
) -> None:
    part = "UID:p\nSUMMARY:puncak\nRELATED-TO:g\nDTSTART;VALUE=DATE:20261127"
    look(store, kantor, HARBOLNAS, GAJIAN, part, actor=actor)
    look(
        store,
        kantor,
        HARBOLNAS.replace("20261213", "20261214"),
        GAJIAN.replace("20261128", "20261129"),
        part,
        actor=actor,
    )
    with store.writing() as conn:
        undoing.undo(conn, actor, NOW)
    assert {name: one.ends_at for name, one in running(store).items()} == {
        "Harbolnas": day("2026-12-13"),
        "Gajian": day("2026-11-28"),
    }
    with store.writing() as conn:
        undoing.undo(conn, actor, NOW)
    assert running(store) == {}
    # It was taken back here, so it stays so.
    look(store, kantor, HARBOLNAS, GAJIAN)
    assert running(store) == {}
    with store.writing() as conn, pytest.raises(Refused):
        undoing.undo(conn, actor, NOW)


def test_the_history_of_a_campaign_tells_who_changed_it(store: Store, kantor: Calendar) -> None:
    look(store, kantor, HARBOLNAS)
    look(store, kantor, HARBOLNAS.replace("Diskon", "Obral"))
    with store.reading() as conn:
        history = events.history(conn, "campaign", campaigns.find(conn, "Harbolnas"))
    assert [(one.who, one.verb) for one in history] == [("service", "add"), ("service", "edit")]


def test_milestones_come_move_and_go(store: Store, kantor: Calendar) -> None:
    def todo(uid: str, name: str, due: str) -> str:
        return f"BEGIN:VTODO\r\nUID:{uid}\r\nSUMMARY:{name}\r\nRELATED-TO:h\r\nDUE:{due}T030000Z\r\nEND:VTODO\r\n"

    def names() -> list[tuple[str, str]]:
        with store.reading() as conn:
            return [(one.name, one.due_at.date().isoformat()) for one in milestones.select(conn)]

    look(store, kantor, data=calendar(HARBOLNAS, head=todo("1", "aset", "20261201") + todo("2", "izin", "20261202")))
    assert names() == [("aset", "2026-12-01"), ("izin", "2026-12-02")]
    look(store, kantor, data=calendar(HARBOLNAS, head=todo("1", "aset", "20261203") + todo("3", "cek", "20261204")))
    assert names() == [("aset", "2026-12-03"), ("cek", "2026-12-04")]


def test_a_file_that_smdash_wrote_changes_the_campaigns_that_it_names(
    store: Store, actor: Actor, kantor: Calendar
) -> None:
    with store.writing() as conn:
        found = campaigns.add(
            conn, actor, NOW, name="Lomba", kind=CampaignKind.CONTEST, starts_at=day("2026-12-01"), ends_at=day("2026-12-05"),
            zone="Asia/Jakarta", note="lama",
        )  # fmt: skip
        database = teams.team(conn).database_id
    shown = Shown(
        own_uid(found, database), "Lomba", CampaignKind.CONTEST, day("2026-12-01"), day("2026-12-05"), "lama", (), ()
    )
    written = campaign_ics_out.write([shown], JAKARTA, NOW, name="x")
    assert look(store, kantor, data=written).counts == Counts(0, 0, 1)
    assert look(store, kantor, data=written.replace(b"lama", b"baru")).counts == Counts(0, 1, 0)
    assert running(store)["Lomba"].note == "baru"
    # What was changed here since the file was written stays, and is told.
    with store.writing() as conn:
        campaign_edit.edit(conn, actor, found, NOW + timedelta(minutes=1), note="Punya Ana")
    told = look(store, kantor, data=written.replace(b"lama", b"lagi"))
    assert len(told) == 1 and "its note" in told[0] and running(store)["Lomba"].note == "Punya Ana"
    with store.writing() as conn:
        campaign_edit.cancel(conn, actor, found, NOW)
    assert look(store, kantor, data=written) == ("“Lomba” was called off here, and stays so",)
    assert running(store) == {}


def test_one_that_can_not_be_written_keeps_no_other_from_it(store: Store, kantor: Calendar) -> None:
    outside = Phase("jauh", day("2027-01-01"), day("2027-01-02"))
    with store.writing() as conn:
        found = campaign_ics.read(calendar(HARBOLNAS, GAJIAN), JAKARTA, TODAY, kind=CampaignKind.EVENT)
        decision = calendars.compare(conn, kantor, found, TODAY)
        bad, good = decision.new
        bad = bad._replace(entry=bad.entry._replace(phases=(outside,)))
        written = calendars.write(conn, calendars.SERVICE, NOW, kantor, decision._replace(new=(bad, good)))
    assert set(running(store)) == {good.name} and len(written.told) == 1
    assert written.told[0].startswith(f"“{bad.name}” stays as it is: the phase “jauh” is outside")
    # Nothing of it is written, be it in the middle that it can't go on.
    before = everything(store)
    with store.writing() as conn:
        found = campaign_ics.read(
            calendar(HARBOLNAS.replace("Harbolnas", "Harbolnas lagi")), JAKARTA, TODAY, kind=CampaignKind.EVENT
        )
        (edit,) = [one for one in calendars.compare(conn, kantor, found, TODAY).edits if one.is_change]
        edit = edit._replace(changes={**edit.changes, "phases": [tuple(outside)]})
        written = calendars.write(conn, calendars.SERVICE, NOW, kantor, Decision(edits=(edit,)))
    assert len(written.told) == 1 and everything(store) == before


def test_another_zone_of_the_team_moves_the_days(store: Store, kantor: Calendar) -> None:
    look(store, kantor, HARBOLNAS)
    with store.writing() as conn:
        teams.put(conn, "zone", "Asia/Tokyo")
        tokyo = ZoneInfo("Asia/Tokyo")
        found = campaign_ics.read(calendar(HARBOLNAS), tokyo, TODAY, kind=CampaignKind.EVENT)
        calendars.write(conn, calendars.SERVICE, NOW, kantor, calendars.compare(conn, kantor, found, TODAY))
    moved = running(store)["Harbolnas"]
    assert (moved.starts_at, moved.zone) == (start_of_day(date(2026, 12, 10), tokyo), "Asia/Tokyo")


def test_a_calendar_is_added_once_and_one_that_was_removed_comes_back_with_its_campaigns(
    store: Store, actor: Actor, kantor: Calendar
) -> None:
    look(store, kantor, HARBOLNAS)
    with store.writing() as conn:
        with pytest.raises(Refused, match="already"):
            calendars.add(conn, actor, NOW, "kantor", calendars.ICS, "https://x.example", CampaignKind.EVENT)
        before = calendars.stamp(conn)
        calendars.remove(conn, actor, NOW, kantor)
        assert calendars.select(conn) == () and calendars.stamp(conn) != before
    assert "Harbolnas" in running(store)
    with store.writing() as conn:
        again = calendars.add(conn, actor, NOW, "Kantor", calendars.CALDAV, None, CampaignKind.LAUNCH)
        assert again.id == kantor.id and calendars.counts(conn) == {kantor.id: 1}
        assert calendars.ensure(conn, NOW, "Kantor", calendars.CALDAV, None, CampaignKind.LAUNCH) == again
    assert look(store, again, HARBOLNAS).counts == Counts(0, 0, 1)
