"""What the rules of ``core.lint`` look at, and what people said of their findings."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from smdash.core import lint
from smdash.core.clock import Span, decode, decode_optional, encode, find_zone
from smdash.core.drafting import Place, Typed
from smdash.core.errors import InputError, Refused
from smdash.core.lint import Finding, House, Neighbour, Rule, Subject, Target
from smdash.core.records import Actor, Category, Format
from smdash.core.text import clean, one_line
from smdash.locale import gettext as _
from smdash.store import assets, attachments, events, links, outbox, team_settings, teams
from smdash.store.driver import Connection

LONGEST_REASON = 200
# Of the other posts of an account those around a post are enough.
_AROUND = lint.RECENT + timedelta(days=1)
_POST = (
    "SELECT p.id, p.category, p.due_at, p.offer, p.offer_until, c.name, c.starts_at, c.ends_at, p.first_comment, "
    "p.format "
    "FROM post p "
    "LEFT JOIN campaign c ON c.id = p.campaign_id AND c.removed_at IS NULL WHERE p.id = ?"
)
_TARGETS = (
    "SELECT a.id, a.platform, a.name, a.limits, coalesce(d.body, pa.body, p.body) FROM post_account pa "
    "JOIN post p ON p.id = pa.post_id JOIN account a ON a.id = pa.account_id "
    "LEFT JOIN delivery d ON d.post_id = pa.post_id AND d.account_id = pa.account_id AND d.kind = 'post' "
    "AND d.replaced = 0 AND d.state <> 'cancelled' WHERE pa.post_id = :post AND (:account IS NULL OR a.id = :account) "
    "GROUP BY a.id ORDER BY a.platform, a.name"
)
# What is out at an account or on its way; of what is not ready yet there is no delivery.
_NEIGHBOURS = (
    "SELECT p.id, pa.account_id, coalesce(d.sent_at, d.due_at, p.due_at), p.category, "
    "coalesce(d.body, pa.body, p.body) FROM post p JOIN post_account pa ON pa.post_id = p.id "
    "LEFT JOIN delivery d ON d.post_id = p.id AND d.account_id = pa.account_id AND d.kind = 'post' AND d.replaced = 0 "
    "AND d.part = 1 AND d.state NOT IN ('cancelled', 'failed') "
    "WHERE p.due_at >= :start AND p.due_at < :end AND p.id <> :post "
    "AND pa.account_id IN (SELECT value FROM json_each(:accounts)) "
    "AND (p.state IN ('draft', 'review') OR (p.state = 'ready' AND d.id IS NOT NULL)) ORDER BY p.due_at, p.id"
)


class Overruling(NamedTuple):
    """Who let it go, when (UTC) and why."""

    by: str
    at: datetime
    reason: str


class Remark(NamedTuple):
    """A finding, and what a person said of it."""

    finding: Finding
    overruled: Overruling | None

    @property
    def holds(self) -> bool:
        """Whether the post stays here because of it."""
        return self.finding.blocks and self.overruled is None


def remarks(conn: Connection, post_id: int, now: datetime) -> list[Remark]:
    """All that speaks against a post, also what was overruled. Raises InputError where there is no such post."""
    return _remarks(conn, _subject(conn, post_id, now), now)


def stopping(conn: Connection, delivery_id: int, now: datetime, text: str | None = None) -> str | None:
    """Why a post must not go out to the account of this delivery, or nothing where it may.

    *text* is what is about to be sent, else what the post says now. Only what blocks is looked for, so the account's
    other posts are not read.
    """
    row = conn.execute(
        "SELECT post_id, account_id FROM delivery WHERE id = ? AND kind = 'post' AND post_id IS NOT NULL",
        (delivery_id,),
    ).fetchone()
    if row is None:
        return None
    post = _subject(conn, row[0], now, only=row[1])
    if text is not None:
        post = post._replace(
            targets=tuple(one._replace(text=text, first_comment=None, parts=one.posts) for one in post.targets)
        )
    holding = [one.finding for one in _remarks(conn, post, now) if one.holds]
    if not holding:
        return None
    return _("{problem}; change it, or: smdash post overrule {id} {rule} REASON").format(
        problem="; ".join(one.sentence for one in holding), id=row[0], rule=holding[0].rule
    )


def overrule(conn: Connection, actor: Actor, post_id: int, rule: Rule, reason: str, now: datetime) -> list[int]:
    """Let a post go out although a rule speaks against it; returns the deliveries that were held for it and go now.

    It covers what the rule finds now and nothing that a later edit brings in. The caller holds the write lock. Raises
    InputError without a reason or where there is no such post, Refused where the rule finds nothing.
    """
    reason = one_line(clean(reason, limit=LONGEST_REASON)).strip()
    if not reason:
        raise InputError(_("overruling needs a reason, so that others understand it"))
    found = [one.finding for one in remarks(conn, post_id, now) if one.finding.rule is rule]
    if not found:
        raise Refused(_("“{rule}” has nothing against post {id}").format(rule=rule, id=post_id))
    conn.executemany(
        "INSERT INTO overrule (post_id, rule, about, member_id, at, reason) VALUES (?, ?, ?, ?, ?, ?) "
        "ON CONFLICT DO UPDATE SET member_id = excluded.member_id, at = excluded.at, reason = excluded.reason",
        [(post_id, rule, one.about, actor.member_id, encode(now), reason) for one in found],
    )
    events.record(conn, actor, now, "overrule", "post", post_id, detail=f"{rule}: {reason}")
    return _release(conn, post_id, now)


def withdraw(conn: Connection, actor: Actor, post_id: int, rule: Rule, now: datetime) -> None:
    """Let the rule count again; what is out already stays out. The caller holds the write lock.

    Raises Refused where nobody overruled it.
    """
    cursor = conn.execute("DELETE FROM overrule WHERE post_id = ? AND rule = ?", (post_id, rule))
    if not cursor.rowcount:
        raise Refused(_("nobody overruled “{rule}” for post {id}").format(rule=rule, id=post_id))
    events.record(conn, actor, now, "withdraw", "post", post_id, detail=rule)


def _release(conn: Connection, post_id: int, now: datetime) -> list[int]:
    held = conn.execute(
        "SELECT id FROM delivery WHERE post_id = ? AND state = 'held' AND held_for = 'lint' ORDER BY id", (post_id,)
    ).fetchall()
    free = [row[0] for row in held if stopping(conn, row[0], now) is None]
    for one in free:
        outbox.released(conn, outbox.get(conn, one), now)
    return free


def _remarks(conn: Connection, post: Subject, now: datetime) -> list[Remark]:
    said = {
        (rule, about): Overruling(by, decode(at), reason)
        for rule, about, by, at, reason in conn.execute(
            "SELECT o.rule, o.about, m.name, o.at, o.reason FROM overrule o JOIN member m ON m.id = o.member_id "
            "WHERE o.post_id = ?",
            (post.id,),
        ).fetchall()
    }
    return [Remark(one, said.get((one.rule, one.about))) for one in lint.find(post, _house(conn), now)]


def _house(conn: Connection) -> House:
    return House(
        find_zone(teams.team(conn).zone),
        team_settings.holidays(conn),
        team_settings.banned_words(conn),
        teams.get(conn, "utm") is True,
    )


def of_typed(conn: Connection, post_id: int, typed: Typed, places: Sequence[Place], now: datetime) -> list[Finding]:
    """All that speaks against a post as it is typed; *places* are the accounts that it goes to."""
    around = _neighbours(conn, post_id, typed.due_at or now, [one.id for one in places])
    row = None
    if typed.campaign:
        row = conn.execute("SELECT starts_at, ends_at FROM campaign WHERE name = ?", (typed.campaign,)).fetchone()
    post = Subject(
        post_id,
        typed.category,
        typed.due_at,
        typed.offer,
        typed.offer_until,
        None if row is None else lint.Campaign(str(typed.campaign), Span(decode(row[0]), decode(row[1]))),
        tuple(
            Target(
                one.key, one.platform, dict(one.limits), typed.text_for(one.key).strip(), tuple(around.get(one.id, ())),
                typed.first_comment,
            )
            for one in places
        ),
        typed.format,
        attachments.of_post(conn, post_id),
        assets.of_post(conn, post_id),
    )  # fmt: skip
    return lint.find(post._replace(dead_links=links.dead(conn, post.texts)), _house(conn), now)


def _subject(conn: Connection, post_id: int, now: datetime, *, only: int | None = None) -> Subject:
    """A post with what surrounds it, or, for *only* one account, without its surroundings."""
    row = conn.execute(_POST, (post_id,)).fetchone()
    if row is None:
        raise InputError(_("there is no post {id}").format(id=post_id))
    due_at = decode_optional(row[2])
    accounts = conn.execute(_TARGETS, {"post": post_id, "account": only}).fetchall()
    around = {} if only is not None else _neighbours(conn, post_id, due_at or now, [one[0] for one in accounts])
    subject = Subject(
        post_id,
        Category(row[1]),
        due_at,
        row[3],
        decode_optional(row[4]),
        lint.Campaign(row[5], Span(decode(row[6]), decode(row[7]))) if row[5] is not None else None,
        tuple(
            Target(f"{platform}/{name}", platform, teams.told(limits), body, tuple(around.get(account_id, ())), row[8])
            for account_id, platform, name, limits, body in accounts
        ),
        Format(row[9]),
        attachments.of_post(conn, post_id),
        assets.of_post(conn, post_id) if only is None else (),
    )
    # What blocks alone is looked for before a sending, and a dead link does not.
    return subject if only is not None else subject._replace(dead_links=links.dead(conn, subject.texts))


def _neighbours(conn: Connection, post_id: int, at: datetime, accounts: Sequence[int]) -> dict[int, list[Neighbour]]:
    found: dict[int, list[Neighbour]] = {}
    rows: list[tuple[Any, ...]] = conn.execute(
        _NEIGHBOURS,
        {
            "start": encode(at - _AROUND), "end": encode(at + _AROUND), "post": post_id,
            "accounts": json.dumps(list(accounts)),
        },
    ).fetchall()  # fmt: skip
    for other, account_id, moment, category, body in rows:
        found.setdefault(account_id, []).append(Neighbour(other, decode(moment), Category(category), body))
    return found
