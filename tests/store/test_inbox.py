"""The open list: every window of it is the same as a slice of the whole, at any size and in any order."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smdash.core.clock import encode, encode_optional
from smdash.core.query import QueryError
from smdash.core.records import Actor, IncomingMention, Mention
from smdash.store import finding, inbox, mentions, triage
from smdash.store.connection import Store
from smdash.store.driver import Connection
from smdash.store.inbox import Order
from tests.desk import arrive
from tests.store.conftest import matching

START = datetime(2026, 11, 20, tzinfo=UTC)
NOW = datetime(2026, 11, 23, 7, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)
Incoming = Callable[..., IncomingMention]

# sent (hours after the start, often the same), goal (hours after the start, or none), state, holder
row = st.tuples(
    st.integers(0, 5),
    st.none() | st.integers(60, 90),
    st.sampled_from(["open", "open", "open", "done", "snoozed", "hidden"]),
    st.sampled_from([None, 1, 2]),
)
rows = st.integers(0, 25).flatmap(lambda size: st.lists(row, min_size=size, max_size=size))
orders = st.sampled_from(list(Order))
Shape = tuple[int, int | None, str, int | None]


def write(conn: Connection, shapes: Sequence[Shape]) -> None:
    conn.execute("INSERT INTO account (id, platform, name, created_at) VALUES (1, 'mastodon', 'kopi', '2026')")
    conn.executemany(
        "INSERT INTO mention (account_id, remote_id, kind, author_handle, author_name, body, sent_at, received_at, due_at, "
        "state, assignee_id) VALUES (1, ?, 'mention', 'a', 'A', 'teks', ?, '2026', ?, ?, ?)",
        [
            (
                str(number),
                encode(START + sent * HOUR),
                encode_optional(None if due is None else START + due * HOUR),
                state,
                holder,
            )
            for number, (sent, due, state, holder) in enumerate(shapes, start=1)
        ],
    )


def naive(shapes: Sequence[Shape], order: Order) -> list[int]:
    """The ids of all rows as the list would show them, done ones included."""
    keyed = []
    for number, (sent, due, _state, _holder) in enumerate(shapes, start=1):
        key = (10_000 if due is None else due) if order is Order.TIME_LEFT else sent
        keyed.append((key, number))
    return [number for _key, number in sorted(keyed, reverse=order is Order.NEWEST)]


def opened(shapes: Sequence[Shape], order: Order) -> list[int]:
    return [number for number in naive(shapes, order) if shapes[number - 1][2] == "open"]


def ids(found: Sequence[Mention]) -> list[int]:
    return [row.id for row in found]


@st.composite
def lists_and_places(draw: st.DrawFn) -> tuple[list[Shape], int]:
    """A list, and mostly the number of one of its rows; sometimes one that is not there."""
    shapes = draw(st.integers(0, 25).flatmap(lambda size: st.lists(row, min_size=size, max_size=size)))
    return shapes, draw(st.integers(-1, len(shapes) + 2))


@settings(max_examples=400)
@given(lists_and_places(), orders, st.integers(0, 5), st.integers(1, 8))
def test_a_window_is_the_slice_around_its_anchor(
    memory: Connection, within, case: tuple[list[Shape], int], order: Order, before: int, after: int
) -> None:
    shapes, anchor = case
    with within(memory) as conn:
        write(conn, shapes)
        found = inbox.window(conn, order, anchor=anchor, before=before, after=after)
    whole = opened(shapes, order)
    if 1 <= anchor <= len(shapes):
        everything = naive(shapes, order)
        ahead = [n for n in everything[: everything.index(anchor)] if shapes[n - 1][2] == "open"]
        place = len(ahead)
        first = max(place - before, 0)
        expected = whole[first : place + after]
    else:
        first, expected = 0, whole[: before + after]
    assert (ids(found.rows), found.start, found.total) == (expected, first, len(whole))


@given(lists_and_places(), orders, st.integers(1, 8))
def test_a_jump_lands_where_it_was_aimed(
    memory: Connection, within, case: tuple[list[Shape], int], order: Order, n: int
) -> None:
    shapes, offset = case
    with within(memory) as conn:
        write(conn, shapes)
        found = inbox.at(conn, order, offset, n)
    whole = opened(shapes, order)
    start = max(min(offset, len(whole) - 1), 0)
    assert (ids(found.rows), found.start, found.total) == (whole[start : start + n], start, len(whole))


@given(rows, st.integers(0, 200), st.sampled_from([None, 1, 2]))
def test_counts_in_titles_are_true(
    memory: Connection, within, shapes: list[Shape], hours: int, member: int | None
) -> None:
    now = START + hours * HOUR / 2
    with within(memory) as conn:
        write(conn, shapes)
        found = inbox.counts(conn, now, member)
    open_ = [(due, holder) for _sent, due, state, holder in shapes if state == "open"]
    overdue = sum(1 for due, _holder in open_ if due is not None and START + due * HOUR < now)
    mine = sum(1 for _due, holder in open_ if member is not None and holder == member)
    assert found == (len(open_), overdue, mine, 0)


steps = st.lists(
    st.one_of(
        st.tuples(st.just("arrive"), st.integers(0, 9), st.sampled_from(["", "x", "y"])),
        st.tuples(st.just("vanish"), st.integers(0, 9), st.just("")),
        st.tuples(st.just("finish"), st.integers(0, 9), st.just("")),
        st.tuples(st.just("reopen"), st.integers(0, 9), st.just("")),
        st.tuples(st.just("regoal"), st.integers(0, 9), st.sampled_from(["2026-11-01T00:00:00.000Z", ""])),
        st.tuples(st.just("delete"), st.integers(0, 9), st.just("")),
    ),
    max_size=40,
)


@given(steps)
def test_the_kept_counters_equal_a_true_count_whatever_happened(
    memory: Connection, within, steps: list[tuple[str, int, str]]
) -> None:
    from tests.store.conftest import incoming

    ana = Actor(1, "ana", "Ana", "ana")
    with within(memory) as conn:
        for what, number, words in steps:
            found = conn.execute("SELECT id FROM mention WHERE remote_id = ?", (str(number),)).fetchone()
            if what == "arrive":
                mentions.apply(conn, [incoming(str(number), body=f"teks {words}")], {"mention": 60}, NOW)
            elif found is None:
                continue
            elif what == "vanish":
                mentions.apply(conn, [incoming(str(number), deleted=True)], {}, NOW)
            elif what == "finish":
                triage.finish(conn, ana, found, NOW)
            elif what == "reopen":
                triage.reopen(conn, ana, found, NOW)
            elif what == "regoal":
                conn.execute("UPDATE mention SET due_at = ? WHERE id = ?", (words or None, found[0]))
            else:
                conn.execute("DELETE FROM mention WHERE id = ?", found)
        kept = dict(conn.execute("SELECT bucket, n FROM tally WHERE name = 'open'").fetchall())
        true = dict(
            conn.execute(
                "SELECT coalesce(substr(due_at, 1, 13), ''), count(*) FROM mention WHERE state = 'open' GROUP BY 1"
            ).fetchall()
        )
    assert kept == true


def begins(text: str, word: str) -> bool:
    """Whether a word of the text begins with this one, whatever case and accents; signs count wherever they are."""
    text, word = (
        "".join(one for one in unicodedata.normalize("NFD", text_.lower()) if not unicodedata.combining(one))
        for text_ in (text, word.removeprefix("@"))
    )
    if word == "咖" or not any(letter.isalnum() for letter in word):
        return word in text
    return re.search(rf"(?<![^\W_]){re.escape(word)}", text) is not None


WORDS = st.lists(
    st.sampled_from(["kopi", "KOPI", "50%", "a_b", "\\", "'", "rina", "@rina", "insta", "sus", "é", "e", "咖"]),
    max_size=3,
)


@given(
    st.lists(
        st.lists(st.sampled_from(["Kopi", "susu", "50%", "500", "a_b", "aXb", "\\", "'", "É", "很咖啡"])), max_size=8
    ),
    WORDS,
)
def test_a_filter_finds_rows_with_a_word_that_begins_with_each_typed_one(
    memory: Connection, within, bodies: list[list[str]], words: list[str]
) -> None:
    from tests.store.conftest import incoming

    with within(memory) as conn:
        batch = [
            incoming(str(number), body=" ".join(body), author_handle="Rina", platform="instagram")
            for number, body in enumerate(bodies)
        ]
        mentions.apply(conn, batch, {}, NOW)
        found = matching(conn, Order.WAITING, " ".join(words))
    texts = [f"{' '.join(body)} Rina instagram kopi" for body in bodies]
    expected = [number for number, text in enumerate(texts) if all(begins(text, word) for word in words)]
    assert [int(row.url.rsplit("/")[-1]) for row in found.rows if row.url] == expected
    assert (found.total, found.capped) == (len(expected), False)


def test_a_filter_shows_a_thousand_rows_and_says_that_there_are_more(memory: Connection, within) -> None:
    with within(memory) as conn:
        write(conn, [(0, None, "open", None)] * (finding.MATCH_LIMIT + 5))
        found = matching(conn, Order.NEWEST, "teks")
    assert (found.total, found.capped) == (finding.MATCH_LIMIT, True)
    assert found.rows[0].id == finding.MATCH_LIMIT + 5


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param("kata " * 3_000, id="many-words"),
        pytest.param("x" * 100_000, id="long-word"),
        pytest.param("%" * 60_000, id="signs"),
        pytest.param("\\" * 10, id="escapes"),
        pytest.param("' OR 1=1 --", id="sql"),
        pytest.param('"', id="quote"),
    ],
)
def test_whatever_is_typed_into_the_filter_is_only_looked_for(store: Store, mention: Incoming, typed: str) -> None:
    with store.writing() as conn:
        mentions.apply(conn, [mention("1")], {}, NOW)
    with store.reading() as conn:
        try:
            assert matching(conn, Order.WAITING, typed).rows == ()
        except QueryError as problem:
            assert str(problem)


def plans(store: Store, work: Callable[[Connection], object]) -> list[str]:
    """The query plans of everything that *work* asks the database."""
    asked: list[str] = []
    with store.reading() as conn:
        conn.set_trace_callback(asked.append)
        work(conn)
        conn.set_trace_callback(None)
        found = []
        for sql in asked:
            if sql.lstrip().upper().startswith("SELECT"):
                found += [row[3] for row in conn.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall()]
    assert found
    return found


@pytest.fixture
def filled(store: Store, mention: Incoming) -> Store:
    batch = [mention(str(number), sent_at=START + number * HOUR / 60) for number in range(2_000)]
    with store.writing() as conn:
        mentions.apply(conn, batch, {"mention": 60}, NOW)
        conn.execute("UPDATE mention SET state = 'done' WHERE id % 3 = 0")
        conn.execute("ANALYZE")
    return store


READS: dict[str, Callable[[Connection], object]] = {
    "counts": lambda conn: inbox.counts(conn, NOW, 1),
    "first": lambda conn: [inbox.window(conn, order, anchor=None, before=0, after=50) for order in Order],
    "around": lambda conn: [inbox.window(conn, order, anchor=1_000, before=20, after=50) for order in Order],
    "jump": lambda conn: [inbox.at(conn, order, 500, 50) for order in Order],
}


@pytest.mark.parametrize("name", READS)
def test_windows_and_counts_use_indexes_and_sort_nothing(filled: Store, name: str) -> None:
    for step in plans(filled, READS[name]):
        assert "TEMP B-TREE" not in step, step
        assert step not in ("SCAN i", "SCAN mention", "SCAN a", "SCAN h"), step
        if step.startswith(("SEARCH i ", "SCAN i ")):
            assert "mention_open_by" in step or "PRIMARY KEY" in step, step


def test_counts_cost_the_same_with_ten_times_as_many_open(filled: Store, mention: Incoming) -> None:
    def steps() -> int:
        """How many tens of its own steps SQLite takes."""
        counted = 0

        def count() -> int:
            nonlocal counted
            counted += 1
            return 0

        with filled.reading() as conn:
            conn.set_progress_handler(count, 10)
            inbox.counts(conn, NOW, 1)
            conn.set_progress_handler(None, 0)
        return counted

    before = steps()
    # All within the hours that have some already.
    batch = [mention(f"more-{number}", sent_at=START + number * HOUR / 600) for number in range(20_000)]
    with filled.writing() as conn:
        mentions.apply(conn, batch, {"mention": 60}, NOW)
    assert steps() <= before * 1.5


@pytest.mark.parametrize("limit", [10, -1])
def test_the_command_lines_open_list_uses_the_index_too(filled: Store, limit: int) -> None:
    from smdash.core.records import MentionState

    for step in plans(filled, lambda conn: inbox.select(conn, [MentionState.OPEN], limit)):
        assert "TEMP B-TREE" not in step, step
        assert step != "SCAN i", step


def test_one_mention_is_read_whole_by_indexes(filled: Store) -> None:
    for step in plans(filled, lambda conn: inbox.whole(conn, 5)):
        assert step not in ("SCAN i", "SCAN e"), step


def test_one_mention_comes_with_its_thread_oldest_first(store: Store, mention: Incoming) -> None:
    with store.writing() as conn:
        batch = [
            mention("3", thread_key="t", sent_at=START + 3 * HOUR, own=True, parent_id="2"),
            mention("1", thread_key="t", sent_at=START + 1 * HOUR),
            mention("2", thread_key="t", sent_at=START + 2 * HOUR, parent_id="1"),
            mention("4", thread_key="other", sent_at=START),
            mention("5", account="teh", thread_key="t", sent_at=START),
        ]
        mentions.apply(conn, batch, {}, NOW)
        (two,) = conn.execute("SELECT id FROM mention WHERE remote_id = '2'").fetchone()
    with store.reading() as conn:
        whole = inbox.whole(conn, two)
    assert whole is not None
    assert [row.body for row in whole.thread] == ["Kak, nomor 1", "Kak, nomor 2", "Kak, nomor 3"]
    assert whole.mention.answered_at == START + 3 * HOUR


def test_a_mention_without_a_thread_stands_with_what_it_answers(store: Store, mention: Incoming) -> None:
    with store.writing() as conn:
        mentions.apply(conn, [mention("1", sent_at=START), mention("2", parent_id="1"), mention("3")], {}, NOW)
        (two,) = conn.execute("SELECT id FROM mention WHERE remote_id = '2'").fetchone()
    with store.reading() as conn:
        whole = inbox.whole(conn, two)
    assert whole is not None and [row.body for row in whole.thread] == ["Kak, nomor 1", "Kak, nomor 2"]


@pytest.mark.parametrize("position", [0, 150, 299])
def test_a_very_long_thread_holds_the_mention_itself(store: Store, mention: Incoming, position: int) -> None:
    with store.writing() as conn:
        batch = [mention(str(number), thread_key="t", sent_at=START + number * HOUR) for number in range(300)]
        mentions.apply(conn, batch, {}, NOW)
        (one,) = conn.execute("SELECT id FROM mention WHERE remote_id = ?", (str(position),)).fetchone()
    with store.reading() as conn:
        whole = inbox.whole(conn, one)
    assert whole is not None
    assert one in ids(whole.thread)
    assert [row.sent_at for row in whole.thread] == sorted(row.sent_at for row in whole.thread)


def test_a_mention_that_is_not_there_is_nothing(store: Store) -> None:
    with store.reading() as conn:
        assert inbox.whole(conn, 1) is None


def test_labels_are_shown_in_their_order(store: Store, mention: Incoming) -> None:
    with store.writing() as conn:
        mentions.apply(conn, [mention("1"), mention("2")], {}, NOW)
        conn.execute("INSERT INTO label (id, name) VALUES (1, 'pujian'), (2, 'keluhan')")
        conn.execute("INSERT INTO mention_label (mention_id, label_id) VALUES (1, 1), (1, 2)")
    with store.reading() as conn:
        first, other = inbox.window(conn, Order.WAITING, anchor=None, before=0, after=9).rows
    assert (first.labels, other.labels) == (("keluhan", "pujian"), ())


def test_times_that_another_program_wrote_in_its_own_way_hide_no_row(filled: Store) -> None:
    with filled.writing() as conn:
        conn.execute("UPDATE mention SET sent_at = '2026-11-23 07:05:00', due_at = 'besok' WHERE id = 1")
    with filled.reading() as conn:
        found = inbox.whole(conn, 1)
    assert found is not None and found.mention.sent_at == datetime(2026, 11, 23, 7, 5, tzinfo=UTC)
    assert found.mention.due_at == datetime(1970, 1, 1, tzinfo=UTC)


def test_of_more_matches_than_are_shown_those_with_the_least_time_left_are(store: Store) -> None:
    """Goals against the order of arrival, so that what came first is not what has the least time."""
    arrive(store, *(f"kopi {at}" for at in range(3_500)), minutes_ago=6_000)
    with store.writing() as conn:
        conn.execute(
            "UPDATE mention SET due_at = CASE WHEN id % 7 = 0 THEN NULL ELSE "
            "strftime('%Y-%m-%dT%H:%M:%S.000Z', '2026-11-24', '+' || ((id * 37) % 5000) || ' minutes') END"
        )
        wanted = conn.execute(
            "SELECT id FROM mention ORDER BY coalesce(due_at, '9999'), id LIMIT ?", (finding.MATCH_LIMIT,)
        ).fetchall()
        found = matching(conn, Order.TIME_LEFT, "kopi")
    assert found.capped and [row.id for row in found.rows] == [row[0] for row in wanted]
