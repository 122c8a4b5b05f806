"""Brands: whose accounts, campaigns and hours are whose, where a team works for several.

One brand or none is nothing to tell apart, so nobody is shown any.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from smdash.core.errors import InputError, Refused
from smdash.core.records import Actor
from smdash.locale import gettext as _
from smdash.store import events
from smdash.store.driver import Connection, new_id


class Brand(NamedTuple):
    """A brand, and how much is its own."""

    id: int
    name: str
    accounts: int = 0
    campaigns: int = 0


def select(conn: Connection) -> tuple[Brand, ...]:
    """All brands, by name."""
    rows = conn.execute(
        "SELECT b.id, b.name, (SELECT count(*) FROM account a WHERE a.brand_id = b.id), "
        "(SELECT count(*) FROM campaign c WHERE c.brand_id = b.id "
        "AND c.removed_at IS NULL) FROM brand b ORDER BY b.name COLLATE NOCASE"
    ).fetchall()
    return tuple(Brand(*row) for row in rows)


def are_shown(conn: Connection) -> bool:
    """Whether there are brands to tell apart."""
    return bool(conn.execute("SELECT count(*) > 1 FROM brand").fetchone()[0])


def of_accounts(conn: Connection) -> dict[tuple[str, str], str]:
    """The brand of each account that has one, by network and name; nothing where there are none to tell apart."""
    if not are_shown(conn):
        return {}
    rows = conn.execute("SELECT a.platform, a.name, b.name FROM account a JOIN brand b ON b.id = a.brand_id").fetchall()
    return {(platform, name): brand for platform, name, brand in rows}


def find(conn: Connection, name: str) -> Brand:
    """The brand of that name, whatever its case. Raises InputError."""
    known = select(conn)
    wanted = name.casefold()
    found = next((one for one in known if one.name.casefold() == wanted), None)
    if found is None:
        raise InputError(
            _("there is no brand “{name}”; known: {known}").format(
                name=name, known=", ".join(one.name for one in known) or _("none yet")
            )
        )
    return found


def add(conn: Connection, actor: Actor, now: datetime, name: str) -> int:
    """Write a brand down. The caller holds the write lock. Raises Refused for a name that is taken."""
    _refuse_taken(conn, name)
    found = new_id(conn.execute("INSERT INTO brand (name) VALUES (?)", (name,)))
    events.record(conn, actor, now, "add", "brand", found, detail=name)
    return found


def rename(conn: Connection, actor: Actor, now: datetime, old: str, name: str) -> bool:
    """Call a brand so; returns whether it was called otherwise. The caller holds the write lock.

    Raises InputError for an unknown brand, Refused for a name that is another's.
    """
    found = find(conn, old)
    if found.name == name:
        return False
    _refuse_taken(conn, name, but=found.id)
    conn.execute("UPDATE brand SET name = ? WHERE id = ?", (name, found.id))
    events.record(
        conn, actor, now, "rename", "brand", found.id, detail=name, before={"name": found.name}, after={"name": name}
    )
    return True


def give(conn: Connection, actor: Actor, now: datetime, subject: str, row_id: int, name: str) -> bool:
    """Make an ``account`` or a ``campaign`` that of a brand, or (with an empty name) of none; whether it was not.

    The caller holds the write lock. Raises InputError for an unknown brand.
    """
    if subject not in ("account", "campaign"):
        raise ValueError(subject)
    brand = find(conn, name) if name else None
    cursor = conn.execute(
        f"UPDATE {subject} SET brand_id = :brand WHERE id = :id AND brand_id IS NOT :brand",
        {"brand": brand.id if brand else None, "id": row_id},
    )
    if not cursor.rowcount:
        return False
    events.record(conn, actor, now, "brand", subject, row_id, detail=brand.name if brand else "")
    return True


def _refuse_taken(conn: Connection, name: str, but: int | None = None) -> None:
    taken = next((one for one in select(conn) if one.name.casefold() == name.casefold() and one.id != but), None)
    if taken is not None:
        raise Refused(_("there is a brand “{name}” already").format(name=taken.name))
