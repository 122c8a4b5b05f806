"""Erasing what a person wrote and who they are, at their request or when the team's retention is over.

Texts, names, handles and addresses are blanked in every table and in the full-text index; rows and times stay, so that
counts and response times do, and what was open asks for no work any more. The network's id of a mention becomes a
digest of itself, by which a repeat of it from the network is known and not taken in again. What a network pushed of it
is removed.

What is freed is overwritten (``PRAGMA secure_delete``, which every connection that writes has in its fast form; FTS5's
own ``secure-delete``, which costs some 10 ms a mention at a million and so is not used for the retention: there the
index loses the words when it tidies up). ``scrub`` overwrites the pages that were free before. Gaps of an older file
may still hold copies, and the index words of texts that were edited before; ``rewrite`` leaves none. The write-ahead
log holds older pages until ``clear_log`` could empty it, and backups hold what they held.
Sources: sqlite.org/pragma.html#pragma_secure_delete, sqlite.org/fts5.html "The 'secure-delete' Configuration Option".
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import NamedTuple

from smdash.core.clock import encode
from smdash.core.errors import InputError
from smdash.core.records import Actor
from smdash.locale import gettext as _
from smdash.store import driver, people, received, steps, teams
from smdash.store.driver import Connection

# How many mentions one transaction erases at a request and for the retention, and how many the walk of that looks at:
# some 100 ms of the write lock at a million.
BATCH = 5
EXPIRED_BATCH = 200
LOOK = 2_000
# How many free pages (of 4 KiB) are overwritten in one transaction.
MOST_FREE = 25_000
# The full-text index can forget a word at once since then, and not when it tidies up.
_FORGETS_SINCE = (3, 42, 0)
_FORGETTING = "INSERT INTO mention_text (mention_text, rank) VALUES ('secure-delete', ?)"
# Who erases what is over: the service, for nobody in particular.
SERVICE = "service"
# A setting that says that there are erased ones, so that nobody looks for digests in vain.
_FLAG = "erased"
_CHOSEN = "(SELECT value FROM json_each(:ids))"


class Erased(NamedTuple):
    """How many mentions, answers of ours and notes were blanked."""

    mentions: int
    replies: int
    notes: int


class Expired(NamedTuple):
    """How many mentions were erased, and the id after which to look on; nothing where the walk is at its end."""

    mentions: int
    after: int | None


def digest(remote_id: str) -> str:
    """What stands in place of the network's id of an erased mention."""
    return "erased:" + hashlib.sha256(remote_id.encode("utf-8", "replace")).hexdigest()[:32]


def gone(conn: Connection, account_id: int, remote_ids: Sequence[str]) -> set[str]:
    """Those of the network's ids whose mentions were erased; they must not come back."""
    if teams.get(conn, _FLAG) is None:
        return set()
    by_digest = {digest(one): one for one in remote_ids}
    rows = conn.execute(
        "SELECT remote_id FROM mention WHERE account_id = ? AND remote_id IN (SELECT value FROM json_each(?))",
        (account_id, json.dumps(list(by_digest))),
    ).fetchall()
    return {by_digest[row[0]] for row in rows}


def mentions(conn: Connection, actor: Actor, ids: Sequence[int], now: datetime) -> Erased:
    """Erase mentions, our answers to them, and what is known of people of whom nothing else is left.

    The caller holds the write lock. Raises InputError for an id that does not exist, Refused for our own account's.
    One that was erased before is passed over.
    """
    steps.refuse(conn, ids)
    return _erase(conn, list(dict.fromkeys(ids)), now, actor.member_id, actor.real_login, words=True)


def check(conn: Connection, ids: Sequence[int]) -> None:
    """Raise what ``mentions`` would raise for these ids."""
    steps.refuse(conn, ids)


def wrote(conn: Connection, platform: str, handle: str) -> list[int]:
    """The mentions of a person, by all accounts that the team merged with this one.

    Raises InputError where there are none.
    """
    handle = handle.removeprefix("@")
    found: list[int] = []
    for one in people.accounts_of(conn, platform, handle):
        found += [
            row[0]
            for row in conn.execute(
                "SELECT i.id FROM mention i JOIN account a ON a.id = i.account_id "
                "WHERE i.author_handle IN (?, '@' || ?) AND a.platform = ? AND i.own = 0 ORDER BY i.id",
                (one.handle, one.handle, one.platform),
            ).fetchall()
        ]
    if not found:
        raise InputError(_("nobody called {handle} wrote to us on {network}").format(handle=handle, network=platform))
    return found


def expired(conn: Connection, now: datetime, *, limit: int = EXPIRED_BATCH, after: int = 0) -> Expired:
    """Erase what is older than the team's retention, as much as one short transaction takes.

    Whatever is open or put aside stays until it is done. The walk goes by the order of arrival: give ``after`` of the
    last answer, and begin anew (a day later is early enough) where it is nothing. The caller holds the write lock.
    """
    days = teams.get(conn, "retention_days")
    if type(days) is not int or days <= 0:
        return Expired(0, None)
    rows = conn.execute(
        "SELECT id, state IN ('done', 'hidden') AND erased_at IS NULL, received_at >= ? FROM mention WHERE id > ? "
        "ORDER BY id LIMIT ?",
        (encode(now - timedelta(days=days)), after, LOOK),
    ).fetchall()
    ids: list[int] = []
    last: int | None = None
    for mention_id, due, young in rows:
        if young or len(ids) == limit:
            break
        last = mention_id
        if due:
            ids.append(mention_id)
    at_end = last is None or (last == rows[-1][0] and len(rows) < LOOK) or (len(ids) < limit and last != rows[-1][0])
    return Expired(_erase(conn, ids, now, None, SERVICE, words=False).mentions if ids else 0, None if at_end else last)


def clear_log(conn: Connection) -> bool:
    """Empty the write-ahead log, which holds older pages; returns whether nobody was reading them.

    Called outside a transaction.
    """
    try:
        rows = conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    except driver.Error:
        return False
    return all(busy == 0 for busy, _pages, _moved in rows)


def scrub(conn: Connection) -> bool:
    """Overwrite the file's free pages, in which a long text that was rewritten once may still lie.

    Returns whether it did: where there are very many, ``rewrite`` is the better way. The caller holds the write lock.
    """
    (free,) = conn.execute("PRAGMA freelist_count").fetchone()
    if free > MOST_FREE:
        return False
    if free:
        (size,) = conn.execute("PRAGMA page_size").fetchone()
        # A row of zeros takes the free pages, and gives them back when its table goes.
        conn.execute("CREATE TABLE scrubbed (zeros BLOB)")
        conn.execute("INSERT INTO scrubbed VALUES (zeroblob(?))", (free * size,))
        conn.execute("DROP TABLE scrubbed")
    return True


def rewrite(conn: Connection) -> None:
    """Write the whole file anew (VACUUM), so that no free page or gap holds anything; everybody waits meanwhile.

    The full-text index forgets the words of texts that were edited. It takes about as much disk again as the file has.
    Called outside a transaction.
    """
    conn.execute("INSERT INTO mention_text (mention_text) VALUES ('optimize')")
    conn.execute("VACUUM")


@contextmanager
def _securely(conn: Connection, words: bool) -> Iterator[None]:
    """What is freed meanwhile is overwritten, in the tables and, where *words*, in the full-text index."""
    (before,) = conn.execute("PRAGMA secure_delete").fetchone()
    conn.execute("PRAGMA secure_delete = ON").fetchall()
    try:
        forgets = words and driver.VERSION >= _FORGETS_SINCE
        if forgets:
            conn.execute(_FORGETTING, (1,))
        yield
        if forgets:
            conn.execute(_FORGETTING, (0,))
        elif words:
            conn.execute("INSERT INTO mention_text (mention_text) VALUES ('optimize')")
    finally:
        conn.execute(f"PRAGMA secure_delete = {('OFF', 'ON', 'FAST')[int(before)]}").fetchall()


def _erase(
    conn: Connection, ids: list[int], now: datetime, member_id: int | None, login: str, *, words: bool
) -> Erased:
    ids = [
        row[0]
        for row in conn.execute(
            f"SELECT id FROM mention WHERE id IN {_CHOSEN} AND erased_at IS NULL", {"ids": json.dumps(ids)}
        ).fetchall()
    ]
    if not ids:
        return Erased(0, 0, 0)
    with _securely(conn, words):
        authors = _last_of(conn, ids)
        answers = _our_answers(conn, ids)
        deliveries = _blank_beside(conn, ids, authors, now)
        written = {
            "ids": json.dumps(ids), "deliveries": json.dumps(deliveries), "authors": json.dumps(authors),
            "answers": json.dumps(answers),
        }  # fmt: skip
        (notes,) = conn.execute(
            f"SELECT count(*) FROM note WHERE body <> '' AND (mention_id IN {_CHOSEN} "
            "OR author_id IN (SELECT value FROM json_each(:authors)))",
            written,
        ).fetchone()
        _blank_book(conn, written)
        _blank_notes(conn, written)
        received.forget(conn, [*ids, *answers])
        _blank_mentions(conn, [*ids, *answers], now)
        conn.execute(
            "INSERT INTO event (at, member_id, login, verb, subject, subject_id) "
            "SELECT ?, ?, ?, 'erase', 'mention', value FROM json_each(?)",
            (encode(now), member_id, login, json.dumps(ids)),
        )
    if teams.get(conn, _FLAG) is None:
        teams.put(conn, _FLAG, True)
    return Erased(len(ids), len(answers) + len(deliveries), notes)


def _last_of(conn: Connection, ids: list[int]) -> list[int]:
    """People of whom these mentions are the last, by their rows."""
    rows = conn.execute(
        "SELECT DISTINCT p.id FROM mention i JOIN account a ON a.id = i.account_id "
        "JOIN author p ON p.platform = a.platform AND p.handle = i.author_handle "
        f"WHERE i.id IN {_CHOSEN} AND NOT EXISTS (SELECT 1 FROM mention o JOIN account b ON b.id = o.account_id "
        f"WHERE o.author_handle = p.handle AND b.platform = p.platform AND o.id NOT IN {_CHOSEN})",
        {"ids": json.dumps(ids)},
    ).fetchall()
    return [row[0] for row in rows]


def _our_answers(conn: Connection, ids: list[int]) -> list[int]:
    """What our own accounts wrote to these people: in their conversations, and below what is erased."""
    rows = conn.execute(
        "SELECT DISTINCT o.id FROM mention i JOIN mention o ON o.account_id = i.account_id "
        "AND o.thread_key = i.thread_key AND o.own = 1 AND o.erased_at IS NULL "
        f"WHERE i.id IN {_CHOSEN} AND i.thread_key IS NOT NULL AND (i.kind = 'dm' OR o.parent_id = i.remote_id)",
        {"ids": json.dumps(ids)},
    ).fetchall()
    return [row[0] for row in rows]


def _blank_beside(conn: Connection, ids: list[int], authors: list[int], now: datetime) -> list[int]:
    """Drafts, claims, answers and people; an answer that did not leave yet never does. Returns the deliveries."""
    values = {"ids": json.dumps(ids), "authors": json.dumps(authors), "at": encode(now)}
    conn.execute(f"DELETE FROM draft WHERE mention_id IN {_CHOSEN}", values)
    conn.execute(f"DELETE FROM claim WHERE mention_id IN {_CHOSEN}", values)
    deliveries = conn.execute(
        "UPDATE delivery SET body = NULL, error = NULL, remote_url = NULL, updated_at = :at, "
        "state = iif(state IN ('queued', 'held', 'failed'), 'cancelled', state) "
        f"WHERE mention_id IN {_CHOSEN} RETURNING id",
        values,
    ).fetchall()
    conn.execute("DELETE FROM author_label WHERE author_id IN (SELECT value FROM json_each(:authors))", values)
    # Joined rows are let go first, so that none of a ring is in another's way.
    conn.execute(
        "UPDATE author SET person_id = NULL WHERE id IN (SELECT value FROM json_each(:authors)) "
        "OR person_id IN (SELECT value FROM json_each(:authors))",
        values,
    )
    conn.execute(
        "UPDATE author SET handle = '#' || id, name = '' WHERE id IN (SELECT value FROM json_each(:authors))", values
    )
    return [row[0] for row in deliveries]


def _blank_book(conn: Connection, written: dict[str, str]) -> None:
    """What the book of events quotes; that something happened, when and by whom stays."""
    for subject, chosen in (
        ("mention", "SELECT value FROM json_each(:ids)"),
        ("delivery", "SELECT value FROM json_each(:deliveries)"),
        ("author", "SELECT value FROM json_each(:authors)"),
        (
            "note",
            "SELECT id FROM note WHERE mention_id IN (SELECT value FROM json_each(:ids)) "
            "OR author_id IN (SELECT value FROM json_each(:authors))",
        ),
    ):
        conn.execute(
            "UPDATE event SET detail = NULL, before = NULL, after = NULL "
            f"WHERE subject = '{subject}' AND subject_id IN ({chosen})",
            written,
        )


def _blank_notes(conn: Connection, written: dict[str, str]) -> None:
    conn.execute(
        f"UPDATE note SET body = '', deleted = 1 WHERE mention_id IN {_CHOSEN} "
        "OR author_id IN (SELECT value FROM json_each(:authors))",
        written,
    )


def _blank_mentions(conn: Connection, ids: list[int], now: datetime) -> None:
    rows = conn.execute(
        f"SELECT id, account_id, remote_id, thread_key, kind FROM mention WHERE id IN {_CHOSEN}",
        {"ids": json.dumps(ids)},
    ).fetchall()
    # What others wrote below it knows it by its id, which on some networks names its author.
    below = [(digest(key), account, thread, key) for _id, account, key, thread, _kind in rows if thread is not None]
    conn.executemany(
        "UPDATE mention SET parent_id = ? WHERE account_id = ? AND thread_key = ? AND parent_id = ?", below
    )
    begun = {
        (digest(thread), account, thread)
        for _id, account, key, thread, kind in rows
        if thread is not None and (kind == "dm" or thread == key)
    }
    conn.executemany(
        "UPDATE mention SET author_handle = '', author_name = '', body = '', url = NULL, followers = NULL, "
        "parent_id = NULL, remote_id = ?, erased_at = ?, snooze = NULL, snoozed_until = NULL, woke = NULL, "
        "state = iif(state = 'done', state, 'hidden') WHERE id = ?",
        [(digest(key), encode(now), mention_id) for mention_id, _account, key, _thread, _kind in rows],
    )
    conn.executemany("UPDATE mention SET thread_key = ? WHERE account_id = ? AND thread_key = ?", sorted(begun))
