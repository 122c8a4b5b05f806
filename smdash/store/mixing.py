"""The posts whose mix is counted (``core.mix``)."""

from __future__ import annotations

from collections.abc import Mapping

from smdash.core.clock import Span, encode
from smdash.core.mix import Piece
from smdash.core.records import Category, Format
from smdash.core.team import CATEGORIES
from smdash.store import teams
from smdash.store.driver import Connection

# Out, or on its way; of what is not ready yet there is no delivery. What failed or was called off is neither.
_PIECES = (
    "SELECT p.id, a.platform || '/' || a.name, p.category, p.format, coalesce(d.state = 'sent', 0) FROM post p "
    "JOIN post_account pa ON pa.post_id = p.id JOIN account a ON a.id = pa.account_id "
    "LEFT JOIN delivery d ON d.post_id = p.id AND d.account_id = pa.account_id AND d.kind = 'post' AND d.replaced = 0 "
    "AND d.part = 1 AND d.state NOT IN ('cancelled', 'failed') WHERE p.due_at >= :start AND p.due_at < :end "
    "AND (:account IS NULL OR a.id = :account) AND (:brand IS NULL OR a.brand_id = :brand) "
    "AND (p.state IN ('draft', 'review') OR (p.state = 'ready' AND d.id IS NOT NULL)) ORDER BY p.due_at, p.id"
)


def pieces(conn: Connection, span: Span, account_id: int | None = None, *, brand_id: int | None = None) -> list[Piece]:
    """The posts due within the span, for each of their accounts, for the one, or for those of a brand."""
    rows = conn.execute(
        _PIECES, {"start": encode(span.start), "end": encode(span.end), "account": account_id, "brand": brand_id}
    ).fetchall()
    return [
        Piece(post_id, account, Category(category), Format(form), bool(out))
        for post_id, account, category, form, out in rows
    ]


def targets(conn: Connection) -> dict[str, int]:
    """Percent by category; nothing where the team has set none."""
    found = teams.get(conn, "mix")
    if not isinstance(found, Mapping):
        return {}
    return {key: found[key] for key in CATEGORIES if type(found.get(key)) is int}
