"""The query language: what is typed is read or refused in one sentence, and what is read means what it says."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smdash.core import query
from smdash.core.query import Facts, Names, QueryError, words
from smdash.core.records import Actor

NOW = datetime(2026, 11, 23, 7, 5, tzinfo=UTC)
JAKARTA = ZoneInfo("Asia/Jakarta")
ANA = Actor(1, "ana", "Ana", "ana")
NAMES = Names(("demo",), ("kopi", "Kopi Senja, Bandung"), ("complaint", "a b"), ("ana", "budi"), ("rina", "rino"))
PIECES = st.sampled_from(
    [
        "is:",
        "-is:open",
        "is:any,mine",
        "is:done",
        "from:@a",
        "platform:fb",
        "before:2d",
        "after:2026-11-23",
        "priority:>=1",
        "followers:<3",
        '"',
        ",",
        "-",
        ":",
        "@",
        "kopi",
        "label:x",
        "account:kopi",
        "assignee:me",
        "or",
        "*",
        "(foo)",
        "http://a.b",
        "x:y",
        "from:",
        '"kopi susu"',
        'before:"2026-11-23 14:30"',
        'label:"a b"',
        "\u200d",
        "\u0301",
    ]
)
TYPED = st.one_of(
    st.text(max_size=40),
    st.lists(st.one_of(PIECES, st.text(max_size=3))).map(" ".join),
    st.lists(st.one_of(PIECES, st.text(max_size=3))).map("".join),
)


def mention(**changes: object) -> Facts:
    facts = Facts("Kak, pesanan saya 50% BELUM sampai", "rina@contoh.id", "Rina É", "instagram", "kopi", "comment",
                  NOW - timedelta(hours=30))  # fmt: skip
    return facts._replace(**changes)  # type: ignore[arg-type]


def holds(text: str, facts: Facts, me: Actor | None = ANA) -> bool:
    return query.parse(text, NAMES._replace(labels=())).matches(facts, now=NOW, me=me, zone=JAKARTA)


@given(TYPED, st.sampled_from([None, NAMES]))
def test_whatever_is_typed_is_read_or_refused_by_its_place(typed: str, names: Names | None) -> None:
    try:
        found = query.parse(typed, names)
    except QueryError as problem:
        assert 0 <= problem.at <= len(typed) and problem.length >= 1 and str(problem)
        return
    assert query.parse(found.text, names) == found
    found.matches(mention(), now=NOW, me=ANA, zone=JAKARTA)


@given(TYPED, st.integers(0, 60))
def test_completing_never_fails_and_goes_on_from_the_word_at_the_cursor(typed: str, cursor: int) -> None:
    cursor = min(cursor, len(typed))
    began = query.word_at(typed, cursor)
    field = typed[began:cursor].removeprefix("-").partition(":")[0].lower()
    for one in query.complete(typed, cursor, NAMES):
        assert one.removeprefix("-").startswith(field)


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        ("IS:Mine  kopi", "is:mine kopi"),
        ("platform:fb,IG", "platform:facebook_page,instagram"),
        ("platform:facebook", "platform:facebook_page"),
        ("from:@Rina", "from:Rina"),
        ('"kopi"', "kopi"),
        ('-"kopi  susu"', '-"kopi susu"'),
        ('"is:open"', '"is:open"'),
        ("priority:urgent priority:>=1", "priority:2 priority:>=1"),
        ('before:"2026-11-23 14:30"', 'before:"2026-11-23 14:30"'),
        ("before:2026-11-23T14:30", 'before:"2026-11-23 14:30"'),
        ("after:02D", "after:2d"),
        ("https://contoh.id 10:30", "https://contoh.id 10:30"),
        ('account:"kopi senja, bandung"', 'account:"Kopi Senja, Bandung"'),
        ("", ""),
    ],
)
def test_a_query_has_one_form(typed: str, canonical: str) -> None:
    assert query.parse(typed, NAMES).text == canonical


@pytest.mark.parametrize(
    ("typed", "at", "length", "said"),
    [
        ("kopi is:opn", 8, 3, "did you mean open?"),
        ("lable:x", 0, 6, "did you mean label:?"),
        ("warna:biru", 0, 6, "expected one of is, from"),
        ("kopi is:", 5, 3, "such as is:mine"),
        ("account:kopy", 8, 4, "did you mean kopi?"),
        ("assignee:bud", 9, 3, "did you mean budi?"),
        ("platform:orkut", 9, 5, "expected one of"),
        ('x "kopi susu', 2, 10, "not closed"),
        ("kopi - susu", 5, 1, "right after"),
        ("before:kemarin", 7, 7, "2d, 3h, 1w"),
        ("after:99999w", 6, 6, "2d, 3h, 1w"),
        ("priority:banyak", 9, 6, "normal, high, urgent"),
        ("followers:>=seribu", 10, 8, ">=1000"),
        ("is:open,,done", 0, 8, "expected a value"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(typed: str, at: int, length: int, said: str) -> None:
    with pytest.raises(QueryError, match=said.replace("?", r"\?")) as problem:
        query.parse(typed, NAMES)
    assert (problem.value.at, problem.value.length) == (at, length)


def test_what_is_too_long_was_pasted_by_mistake() -> None:
    with pytest.raises(QueryError, match="at most"):
        query.parse("x" * 1_001)
    with pytest.raises(QueryError, match="at most 40"):
        query.parse("x " * 41)


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("pesan BELUM", {}),
        ("-sanan", {}),
        ('"saya 50%"', {}),
        ("rina e", {}),
        ("insta kop", {}),
        ("from:@RINA@contoh.id -from:budi", {}),
        ("platform:x,ig kind:comment account:KOPI", {}),
        ("before:1d after:2d", {}),
        ("after:2026-11-22", {"sent_at": datetime(2026, 11, 21, 17, tzinfo=UTC)}),
        ("before:2026-11-22", {"sent_at": datetime(2026, 11, 21, 16, 59, tzinfo=UTC)}),
        ('after:"2026-11-23 14:00"', {"sent_at": datetime(2026, 11, 23, 7, tzinfo=UTC)}),
        ("is:mine is:assigned assignee:me -is:unassigned -assignee:none,budi", {"assignee": "ana"}),
        ("is:unassigned assignee:none -is:mine", {}),
        ("is:overdue", {"due_at": NOW - timedelta(minutes=1)}),
        ("-is:overdue", {"due_at": NOW}),
        ("is:urgent priority:urgent priority:>=1 -priority:0", {"priority": 2}),
        ("-is:urgent priority:high", {"priority": 1}),
        ("is:starred is:answered is:woke is:queued", {"starred": True, "answered": True, "woke": True, "queued": True}),
        ("label:Complaint,x -label:praise", {"labels": ("complaint",)}),
        ("followers:>=1000 followers:<2000", {"followers": 1000}),
        ("-followers:>=1000", {}),
        ("is:done", {"state": "done"}),
        ("is:any", {"state": "hidden"}),
        ("-is:open", {"state": "snoozed"}),
        ("is:open,snoozed -is:open", {"state": "snoozed"}),
    ],
)
def test_a_mention_that_answers(text: str, changes: dict[str, object]) -> None:
    assert holds(text, mention(**changes))


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("esanan", {}),
        ('"pesanan belum"', {}),
        ("-pesan", {}),
        ("50%!", {}),
        ("from:rina", {}),
        ("is:mine", {"assignee": "budi"}),
        ("is:urgent", {"priority": 1}),
        ("is:overdue", {}),
        ("label:praise", {"labels": ("complaint",)}),
        ("followers:<10", {}),
        ("", {"state": "done"}),
        ("-is:done", {"state": "done"}),
        ("-is:any", {}),
        ("before:2d", {}),
    ],
)
def test_a_mention_that_does_not(text: str, changes: dict[str, object]) -> None:
    assert not holds(text, mention(**changes))


def test_nobody_has_nothing() -> None:
    assert not holds("is:mine", mention(), me=None) and not holds("assignee:me", mention(assignee="ana"), me=None)


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("pl", ["platform:"]),
        ("kopi -is:sn", ["-is:snoozed"]),
        ("account:k", ["account:kopi", 'account:"Kopi Senja, Bandung"']),
        ("platform:instagram,fa", ["platform:instagram,facebook_page"]),
        ("assignee:me,n", ["assignee:me,none"]),
        ("from:@ri", ["from:rina", "from:rino"]),
        ('label:"a', []),
        ("warna:b", []),
        ("", []),
    ],
)
def test_what_is_offered_at_the_cursor(typed: str, offered: list[str]) -> None:
    assert query.complete(typed, len(typed), NAMES) == offered


def test_words_are_folded_as_the_index_folds_them() -> None:
    """Over every character that Unicode 6.1, of which the tokenizer's tables are, and Python both know as text."""
    import unicodedata

    from smdash.store.driver import connect

    conn = connect(":memory:")
    conn.execute("CREATE VIRTUAL TABLE t USING fts5(x, tokenize = 'unicode61 remove_diacritics 2')")
    conn.execute("CREATE VIRTUAL TABLE v USING fts5vocab(t, 'instance')")
    points = [one for one in (*range(1, 0x3000), *range(0x1F000, 0x1FC00)) if unicodedata.category(chr(one)) != "Cn"]
    conn.executemany("INSERT INTO t (rowid, x) VALUES (?, ?)", ((one, f"a{chr(one)}b") for one in points))
    found: dict[int, list[str]] = {}
    for term, doc in conn.execute("SELECT term, doc FROM v ORDER BY doc, offset").fetchall():
        found.setdefault(doc, []).append(term)
    conn.close()
    other = [one for one in points if words.folded(f"a{chr(one)}b").split() != found[one]]
    # Marks and letters of scripts that came after 6.1; nothing that is written in Latin, Greek or Cyrillic, no emoji.
    assert len(other) < 0.03 * len(points)
    assert not [hex(one) for one in other if one >= 0x1F000 or one < 0x180]
