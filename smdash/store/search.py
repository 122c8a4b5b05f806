"""Looking for words among the open mentions, through the full-text index.

A word is found where a word of the text begins with it, whatever its case and accents ("pesan" finds "Pesanan"). What
has no letter or digit, and scripts that put no spaces between words, are looked for by reading the rows.
"""

from __future__ import annotations

import json
import re

from smdash.core.text import clean_name
from smdash.store.driver import Connection
from smdash.store.inbox import COLUMNS, FROM, KEYS, InboxWindow, Order, beside, bounds, records

# A filter shows at most this many rows; its count then says "or more".
MATCH_LIMIT = 1_000
# How many open ones are looked at in one step where they are walked by their goals.
WALK_STEP = 2_000
# Thai, Lao, Burmese, Khmer, kana and Han: the index holds whole runs of them as one word.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_CONTAINS = (
    "(i.body LIKE ? ESCAPE '\\' OR i.author_name LIKE ? ESCAPE '\\' OR i.author_handle LIKE ? ESCAPE '\\' "
    "OR a.name LIKE ? ESCAPE '\\' OR a.platform LIKE ? ESCAPE '\\')"
)
_OPEN = "FROM mention o INDEXED BY mention_open_by_id WHERE o.state = 'open'"


def matching(conn: Connection, order: Order, words: str) -> InboxWindow:
    """The open mentions that have all the words in text, name, handle, account or network; at most 1,000.

    Where there are more, those that stand first in the order are shown: longest waiting and newest by their arrival,
    time left by their goals.
    """
    # Screens put the @ before a handle themselves.
    wanted = [word.removeprefix("@") or word for word in clean_name(words).split()]
    indexed = [word for word in wanted if _is_indexed(word)]
    # "50%" begins where the index knows 50; that the sign follows is seen in the row alone.
    literal = [word for word in wanted if word not in indexed or not word.isalnum()]
    ids = _in_index(conn, order, indexed, literal) if indexed else _by_reading(conn, order, literal)
    key, descending = KEYS[order]
    way = "DESC" if descending else "ASC"
    rows = conn.execute(
        f"SELECT {COLUMNS} {FROM} WHERE i.id IN (SELECT value FROM json_each(?)) ORDER BY {key} {way}, i.id {way}",
        (json.dumps(ids[:MATCH_LIMIT]),),
    ).fetchall()
    return InboxWindow(0, len(rows), records(conn, rows), capped=len(ids) > MATCH_LIMIT)


def _is_indexed(word: str) -> bool:
    return any(letter.isalnum() for letter in word) and not _UNSPACED.search(word)


def _in_index(conn: Connection, order: Order, words: list[str], literal: list[str]) -> list[int]:
    """Ids of open mentions by the index, at least one more than is shown where there are more.

    The index gives rows by their id, which is the order of their arrival, so it can stop early; it begins at the first
    open one, because most of what a desk has ever seen is done.
    """
    # Two questions: SQLite answers one for both ends by reading all between them.
    (first,) = conn.execute(f"SELECT min(o.id) {_OPEN}").fetchone()
    (last,) = conn.execute(f"SELECT max(o.id) {_OPEN}").fetchone()
    if first is None:
        return []
    if order is not Order.TIME_LEFT:
        return _among(conn, words, literal, first, last, MATCH_LIMIT + 1, newest=order is Order.NEWEST)
    found = _among(conn, words, literal, first, last, MATCH_LIMIT + 1)
    return found if len(found) <= MATCH_LIMIT else _least_time(conn, words, literal, found[-1] - first)


def _among(
    conn: Connection, words: list[str], literal: list[str], first: int, last: int, limit: int, *, newest: bool = False
) -> list[int]:
    """Ids between two by the index, in the order of their arrival or the other way round."""
    query = " ".join('"' + word.replace('"', '""') + '"*' for word in words)
    checks = (
        f"CROSS JOIN mention i ON i.id = t.rowid JOIN account a ON a.id = i.account_id WHERE {_all_of(literal)} AND"
    )
    way = "DESC" if newest else "ASC"
    rows = conn.execute(
        f"SELECT t.rowid FROM mention_text t {checks} t.mention_text MATCH ? AND t.rowid BETWEEN ? AND ? "
        f"AND EXISTS (SELECT 1 {_OPEN} AND o.id = t.rowid) ORDER BY t.rowid {way} LIMIT ?",
        (*_patterns(literal), query, first, last, limit),
    ).fetchall()
    return [row[0] for row in rows]


def _least_time(conn: Connection, words: list[str], literal: list[str], span: int) -> list[int]:
    """Ids of the matches whose goals are nearest, where so many match that sorting all of them would take long.

    The open ones are walked by their goals, as many at a time as held enough matches by their arrival (*span*), since
    each question to the index costs the same at first. Their ids lie close together, since goals are
    set from the time of arrival, so the index is asked for what lies between the least and the greatest of them.
    """
    key, _descending = KEYS[Order.TIME_LEFT]
    found: list[int] = []
    place: tuple[str, int] = ("", 0)
    while len(found) <= MATCH_LIMIT:
        step = conn.execute(
            f"SELECT {key}, i.id FROM mention i WHERE i.state = 'open' AND {beside(key, '>')} "
            f"ORDER BY {key}, i.id LIMIT ?",
            (*bounds(place), max(WALK_STEP, span * 5 // 4)),
        ).fetchall()
        if not step:
            break
        place = step[-1]
        ids = sorted(row[1] for row in step)
        matches: set[int] = set()
        for first, last in _runs(ids):
            matches.update(_among(conn, words, literal, first, last, -1))
        found += [row[1] for row in step if row[1] in matches]
    return found[: MATCH_LIMIT + 1]


def _runs(ids: list[int]) -> list[tuple[int, int]]:
    """Ends of the stretches that hold these ids, cut where nothing of theirs lies for long."""
    runs = [(ids[0], ids[0])]
    for one in ids[1:]:
        if one - runs[-1][1] > WALK_STEP:
            runs.append((one, one))
        else:
            runs[-1] = (runs[-1][0], one)
    return runs


def _by_reading(conn: Connection, order: Order, literal: list[str]) -> list[int]:
    """Ids of open mentions that hold these texts, in the list's order, one more than is shown."""
    key, descending = KEYS[order]
    way = "DESC" if descending else "ASC"
    rows = conn.execute(
        f"SELECT i.id {FROM} WHERE i.state = 'open' AND {_all_of(literal)} ORDER BY {key} {way}, i.id {way} LIMIT ?",
        (*_patterns(literal), MATCH_LIMIT + 1),
    ).fetchall()
    return [row[0] for row in rows]


def _all_of(literal: list[str]) -> str:
    return " AND ".join([_CONTAINS] * len(literal)) or "1"


def _patterns(literal: list[str]) -> list[str]:
    escaped = (word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") for word in literal)
    return [f"%{word}%" for word in escaped for _column in range(5)]
