"""What becomes of an entry of a file: a new one, or nothing, since it is there already.

An entry has a name in every file (its uid): of one that began here it is the database's id and the entry's own. So a
file may be imported twice. One that has no name is known by its times and activity. Those who were removed here, or
undone, may be taken in anew.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from smdash.core import formats
from smdash.core.clock import Span, encode, find_zone
from smdash.core.errors import InputError, Refused
from smdash.core.hour_files.rows import FileEntry
from smdash.core.records import Actor, TimeEntry
from smdash.locale import gettext as _
from smdash.store import events, member_targets, teams, time_rows, time_writing
from smdash.store.driver import Connection

# How many entries one transaction takes in.
BATCH = 200
_ID_DIGITS = 16


class What(StrEnum):
    NEW = "new"
    UNCHANGED = "unchanged"


class Taken(NamedTuple):
    """What became of an entry, and its id here; none where it would be new."""

    what: What
    entry_id: int | None


def uid_of(entry: TimeEntry, database_id: str) -> str:
    """What an entry is called in files."""
    return entry.uid or f"{database_id}{entry.id:0{_ID_DIGITS}x}"


class Import:
    """One import by an actor, all of it one step for undo. *whose* (a login) stands for who a file names, if anybody.

    Without *writes* it only finds out what would be done.
    """

    def __init__(self, actor: Actor, now: datetime, *, whose: str | None = None, writes: bool = True) -> None:
        self._actor = actor
        self._now = now
        self._whose = whose
        self._writes = writes
        self._step: int | None = None
        self._members: dict[str, int] = {}
        # What a file's own entries take, where nothing is written.
        self._taken: dict[int, list[Span]] = defaultdict(list)

    def take(self, conn: Connection, entry: FileEntry) -> Taken:
        """Write an entry, or find out what that would do. The caller holds the write lock where it is written.

        Raises InputError and Refused with what is wrong with it.
        """
        member_id = self._member(conn, entry.member)
        known = self._known(conn, member_id, entry)
        if known is not None:
            return Taken(What.UNCHANGED, known)
        if entry.ended_at > self._now:
            raise InputError(_("it ends in the future, {when}").format(when=self._moment(conn, entry.ended_at)))
        values: dict[str, object] = {
            "activity_id": time_writing.activity_id(conn, entry.activity),
            "note": entry.note,
            "brand_id": time_writing.brand_id_of(conn, entry.brand),
            "campaign_id": time_writing.campaign_id_of(conn, entry.campaign),
            "uid": entry.uid,
        }
        span = Span(entry.started_at, entry.ended_at)
        time_writing.refuse_overlap(conn, member_id, span)
        if not self._writes:
            self._refuse_beside(conn, member_id, span)
            return Taken(What.NEW, None)
        if self._step is None:
            self._step = events.next_step(conn)
        # A name that a removed entry has is free again.
        conn.execute(
            "UPDATE time_entry SET uid = NULL WHERE member_id = ? AND uid = ? AND removed_at IS NOT NULL",
            (member_id, entry.uid),
        )
        entry_id = time_writing.insert(
            conn, self._actor, self._now, span.start, span.end, values, "import", entry.activity, self._step,
            member_id=member_id,
        )  # fmt: skip
        return Taken(What.NEW, entry_id)

    def _member(self, conn: Connection, named: str | None) -> int:
        login = self._whose or named
        if login is None or login == self._actor.login:
            return self._actor.member_id
        found = self._members.get(login)
        if found is None:
            row = conn.execute("SELECT id FROM member WHERE login = ?", (login,)).fetchone()
            if row is None:
                raise InputError(_("there is no member “{login}”; see: smdash member list --all").format(login=login))
            member_targets.refuse_others(conn, self._actor, row[0])
            found = self._members[login] = row[0]
        return found

    def _known(self, conn: Connection, member_id: int, entry: FileEntry) -> int | None:
        """The entry that this one is already. Raises Refused where it has been changed here or in the file."""
        row = self._of_uid(conn, member_id, entry.uid) if entry.uid else None
        if row is not None:
            present = time_rows.get(conn, row)
            if not _same(present, entry):
                raise Refused(
                    _("it is here already and differs; change entry {id} with: smdash hours edit {id}").format(id=row)
                )
            return row
        second = entry.started_at.replace(microsecond=0)
        twin = conn.execute(
            "SELECT t.id FROM time_entry t JOIN activity a ON a.id = t.activity_id WHERE t.member_id = ? AND "
            "t.started_at >= ? AND t.started_at < ? AND substr(t.ended_at, 1, 19) = ? AND a.key = ? "
            "AND t.state = 'confirmed' AND t.removed_at IS NULL",
            (
                member_id, encode(second), encode(second + timedelta(seconds=1)), encode(entry.ended_at)[:19],
                entry.activity,
            ),
        ).fetchone()  # fmt: skip
        return twin[0] if twin else None

    def _of_uid(self, conn: Connection, member_id: int, uid: str) -> int | None:
        row = conn.execute(
            "SELECT id FROM time_entry WHERE member_id = ? AND uid = ? AND removed_at IS NULL", (member_id, uid)
        ).fetchone()
        if row is None and (entry_id := _own_id(uid, teams.team(conn).database_id)) is not None:
            row = conn.execute(
                "SELECT id FROM time_entry WHERE id = ? AND member_id = ? AND removed_at IS NULL AND state = "
                "'confirmed' AND ended_at IS NOT NULL",
                (entry_id, member_id),
            ).fetchone()
        return row[0] if row else None

    def _refuse_beside(self, conn: Connection, member_id: int, span: Span) -> None:
        taken = self._taken[member_id]
        at = bisect_left(taken, span)
        for other in taken[max(at - 1, 0) : at + 1]:
            if other.start < span.end and span.start < other.end:
                raise Refused(
                    _("this overlaps with another one in the file, from {since}").format(
                        since=self._moment(conn, other.start)
                    )
                )
        taken.insert(at, span)

    def _moment(self, conn: Connection, instant: datetime) -> str:
        return formats.short_moment(instant, find_zone(teams.team(conn).zone))


def _own_id(uid: str, database_id: str) -> int | None:
    """The id of an entry that got its name here."""
    digits = uid.removeprefix(database_id)
    if not database_id or digits == uid or len(digits) != _ID_DIGITS:
        return None
    try:
        return min(int(digits, 16), 2**63 - 1)
    except ValueError:
        return None


def _same(present: TimeEntry, entry: FileEntry) -> bool:
    """Whether both say the same, to the second: some formats know no parts of one."""
    if present.ended_at is None:
        return False
    ours = (present.activity, present.note or None, present.brand, present.campaign)
    return ours == (entry.activity, entry.note, entry.brand, entry.campaign) and all(
        here.replace(microsecond=0) == there.replace(microsecond=0)
        for here, there in ((present.started_at, entry.started_at), (present.ended_at, entry.ended_at))
    )
