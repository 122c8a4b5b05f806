"""The team's rules: kept, and carried out on what arrives, in the transaction that writes it.

What a rule did stands in the book of events under the login ``rule`` with the rule's name; no member's undo reaches it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from smdash.core import rules
from smdash.core.clock import decode, decode_optional, encode, encode_optional, find_zone
from smdash.core.goals import ResponseGoals
from smdash.core.query import Facts, Names
from smdash.core.records import IncomingMention, MentionState
from smdash.core.rules import Hit, Ready, Rule
from smdash.store import events, goals, teams, triage
from smdash.store.driver import Connection

# As whom the book of events names a rule.
LOGIN = "rule"
_RULES = "SELECT name, query, actions, stop, active FROM rule {where} ORDER BY position, id"
# How many rows of history are read at a time: no long look holds the file's log.
PAGE = 1000


def select(conn: Connection) -> tuple[Rule, ...]:
    """All rules in their order."""
    return tuple(map(_rule, conn.execute(_RULES.format(where="")).fetchall()))


def _rule(row: Sequence[object]) -> Rule:
    name, query, actions, stop, active = row
    plain = json.loads(str(actions))
    plain = plain if isinstance(plain, dict) else {}
    return rules.from_plain({**plain, "name": name, "query": query, "stop": bool(stop), "active": bool(active)})


def replace(conn: Connection, after: Iterable[Rule]) -> None:
    """Put these rules in the place of all there are; labels that they name are made. The caller holds the write lock.

    Raises InputError for a label that is none.
    """
    conn.execute("DELETE FROM rule")
    for position, rule in enumerate(after, start=1):
        for name in rule.label:
            triage.label_named(conn, name, make=True)
        actions = {
            key: value for key, value in rules.to_plain(rule).items() if key not in ("name", "query", "stop", "active")
        }
        conn.execute(
            "INSERT INTO rule (name, position, active, query, actions, stop) VALUES (?, ?, ?, ?, ?, ?)",
            (rule.name, position, int(rule.active), rule.query, json.dumps(actions), int(rule.stop)),
        )


def names(conn: Connection) -> Names:
    """What a rule can name on this desk."""
    accounts = conn.execute("SELECT platform, name FROM account ORDER BY platform, name").fetchall()
    return Names(
        platforms=tuple(dict.fromkeys(platform for platform, _name in accounts)),
        accounts=tuple(name for _platform, name in accounts),
        profiles=tuple(f"{platform}/{name}" for platform, name in accounts),
        labels=tuple(triage.labels(conn)),
        logins=tuple(
            row[0] for row in conn.execute("SELECT login FROM member WHERE left_at IS NULL ORDER BY login").fetchall()
        ),
    )


@lru_cache(4)
def _ready(rows: tuple[tuple[object, ...], ...]) -> tuple[Ready, ...]:
    return rules.ready(map(_rule, rows))


def active(conn: Connection, known: ResponseGoals, now: datetime) -> Ruling | None:
    """The team's rules, ready for a batch, or nothing where there are none."""
    rows = tuple(conn.execute(_RULES.format(where="WHERE active = 1")).fetchall())
    found = _ready(rows) if rows else ()
    return Ruling(conn, found, known, now) if found else None


class Ruling:
    """The rules over one batch: look at each mention that is new, then carry out what they say."""

    def __init__(self, conn: Connection, found: Sequence[Ready], known: ResponseGoals, now: datetime) -> None:
        self._rules = found
        self._goals = known
        self._calendar = goals.calendar(conn)
        self._zone = find_zone(teams.team(conn).zone)
        self._now = now
        self._met: list[tuple[IncomingMention, list[Hit]]] = []

    def hits(self, facts: Facts, now: datetime) -> list[Hit]:
        """What the rules make of a mention that arrives at an instant."""
        return rules.run(self._rules, facts, self._calendar, now, self._zone)

    def look_at(self, one: IncomingMention) -> None:
        """Ask the rules about a mention that is about to be written."""
        due_at = self._goals.due_at(one.kind, one.platform, 0, one.sent_at, one.reply_until)
        facts = Facts(
            one.body, one.author_handle, one.author_name, one.platform, one.account, one.kind.value, one.sent_at,
            one.followers, due_at=due_at,
        )  # fmt: skip
        if hits := self.hits(facts, self._now):
            self._met.append((one, hits))

    def carry_out(self, conn: Connection, account_id: int) -> None:
        """Do to the account's new rows, now written, what the rules said. The caller holds the write lock."""
        if not self._met:
            return
        met, self._met = self._met, []
        wanted = json.dumps([one.remote_id for one, _hits in met])
        ids: dict[str, int] = dict(
            conn.execute(
                "SELECT remote_id, id FROM mention "
                "WHERE account_id = ? AND remote_id IN (SELECT value FROM json_each(?))",
                (account_id, wanted),
            ).fetchall()
        )
        members = _ids(conn, "SELECT login, id FROM member WHERE left_at IS NULL")
        labels: dict[str, int] = {}
        at, step = encode(self._now), events.next_step(conn)
        columns: list[tuple[object, ...]] = []
        labelled: list[tuple[int, int]] = []
        told: list[tuple[object, ...]] = []
        for one, hits in met:
            mention_id = ids[one.remote_id]
            for rule, facts in hits:
                told.append((at, mention_id, rule.name, _after(rule, facts, members), step))
            last = hits[-1].after
            assignee_id = members.get(last.assignee or "")
            due_at = self._goals.due_at(one.kind, one.platform, last.priority, one.sent_at, one.reply_until)
            done_at = at if last.state == MentionState.DONE else None
            row = (last.state, done_at, last.priority, int(last.starred), assignee_id, encode_optional(due_at))
            if row[:5] != (MentionState.OPEN, None, 0, 0, None):
                columns.append((*row, mention_id))
            for name in last.labels:
                if name not in labels:
                    labels[name] = triage.label_named(conn, name, make=True)
                labelled.append((mention_id, labels[name]))
        conn.executemany(
            "UPDATE mention SET state = ?, done_at = ?, priority = ?, star = ?, assignee_id = ?, due_at = ? "
            "WHERE id = ?",
            columns,
        )
        conn.executemany("INSERT OR IGNORE INTO mention_label (mention_id, label_id) VALUES (?, ?)", labelled)
        conn.executemany(
            "INSERT INTO event (at, login, verb, subject, subject_id, detail, after, step) "
            f"VALUES (?, '{LOGIN}', 'rule', 'mention', ?, ?, ?, ?)",
            told,
        )


def _ids(conn: Connection, query: str) -> dict[str, int]:
    return dict(conn.execute(query).fetchall())


def _after(rule: Rule, facts: Facts, members: dict[str, int]) -> str:
    """What a rule changed, by column; the labels by name."""
    changed: dict[str, object] = {}
    if rule.label:
        changed["label"] = list(rule.label)
    if rule.assign is not None:
        changed["assignee_id"] = members.get(facts.assignee or "")
    if rule.priority is not None:
        changed["priority"] = rule.priority
    if rule.star:
        changed["star"] = 1
    if rule.done:
        changed["state"] = MentionState.DONE.value
    return json.dumps(changed)


class Past(NamedTuple):
    """A mention of the past as it arrived."""

    id: int
    received_at: datetime
    facts: Facts


def history(conn: Connection, since: datetime, before: int | None) -> list[Past]:
    """A page of what others wrote since an instant, the newest first; *before* is the last id of the page before."""
    known = goals.current(conn)
    rows = conn.execute(
        "SELECT m.id, m.received_at, m.body, m.author_handle, m.author_name, a.platform, a.name, m.kind, m.sent_at, "
        "m.followers, m.reply_until FROM mention m JOIN account a ON a.id = m.account_id "
        "WHERE m.id < ? AND m.own = 0 AND m.received_at >= ? ORDER BY m.id DESC LIMIT ?",
        (2**62 if before is None else before, encode(since), PAGE),
    ).fetchall()
    found = []
    for mention_id, received_at, body, handle, name, platform, account, kind, sent_at, followers, reply_until in rows:
        sent, closes = decode(sent_at), decode_optional(reply_until)
        due_at = known.due_at(kind, platform, 0, sent, closes)
        facts = Facts(body, handle, name, platform, account, kind, sent, followers, due_at=due_at)
        found.append(Past(mention_id, decode(received_at), facts))
    return found


def rehearse(conn: Connection, chosen: Sequence[Rule], now: datetime) -> Ruling:
    """These rules, to be asked about the past; nothing is written."""
    return Ruling(conn, rules.ready(chosen), goals.current(conn), now)
