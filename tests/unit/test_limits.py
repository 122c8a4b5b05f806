"""How much room a text takes, by each network's own counting."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smdash.core.limits import Answering, acts, answers, count, first_comment, threads
from smdash.core.records import MentionKind

URL = "https://kopi.example"
FAMILY = "👨‍👩‍👧"


@pytest.mark.parametrize(
    ("platform", "text", "used"),
    [
        # X: config v3 of twitter-text; an address counts 23 however long, an emoji 2 however made.
        ("x", "Halo kak", 8),
        ("x", "https://kopi.example/" + "a" * 300, 23),
        ("x", "lihat https://t.example/a.", 6 + 23 + 1),
        ("x", "lihat kopi.id/menu ya", 6 + 23 + 3),
        ("x", "日本語", 6),
        ("x", "é", 1),
        ("x", "e\u0301", 1),
        ("x", FAMILY, 2),
        ("x", "🇮🇩👍🏽❤️", 6),
        ("x", "…“kopi”", 8),
        # The cases of twitter-text's conformance suite, in words of our own.
        ("x", "kopi http://kopi.co", 5 + 23),
        ("x", "kopi https://kopi.co kopi https://kopi.co kopi.co teh", 5 + 24 + 5 + 24 + 24 + 3),
        ("x", "http://kopi.co " * 10, 240),
        ("x", "H🐱☺👨‍👩‍👧‍👦", 7),
        ("x", "🙋🏽👨‍🎤", 4),
        ("x", "1⃣", 2),
        ("x", "🤪; 🧕; 🧕🏾; 🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", 14),
        ("x", "👨‍👩‍👧‍👦" * 140, 280),
        ("x", "A\ufb2c", 4),  # composition takes this letter apart
        ("x", "故人西辞黄鹤楼，" * 20, 320),
        ("x", "\u2000\u200a\u200b‐—―‖‗‘’‚“”„‟′″‴‵‶‷", 21),
        ("x", "kopi" * 16 + ".com", 68),  # no host has a part of 64 letters
        ("x", "https://" + "kopi" * 16 + ".com/x https://kopi.com", 8 + 64 + 4 + 2 + 1 + 23),
        ("x", "http://" + "かきくけこさしすせそ" * 4 + "かき.com", 23),
        ("x", "http://" + "かきくけこさしすせそ" * 6 + "かき.com", 7 + 62 * 2 + 4),
        ("x", "\u2066\u202ahttp://kopi.پاکستان/\u202c\u2069", 8 + 23),
        ("x", "ABC\u202a\uffffABC\ufffe", 12),
        ("mastodon", "@rina@contoh.id halo", 10),
        ("mastodon", "https://kopi.example/" + "a" * 300, 23),
        ("mastodon", FAMILY, 1),
        ("bluesky", FAMILY * 3, 3),
        ("bluesky", "https://kopi.example/" + "a" * 10, 31),
        ("threads", "a😀", 5),
        ("telegram", "a😀", 3),
        ("facebook_page", "😀", 2),
        ("instagram", "Kak, pesanan saya belum sampai", 30),
    ],
)
def test_what_a_text_takes(platform: str, text: str, used: int) -> None:
    assert count(platform, text).used == used


@pytest.mark.parametrize(
    ("platform", "limit"),
    [
        ("x", 280),
        ("mastodon", 500),
        ("bluesky", 300),
        ("instagram", 300),
        ("whatsapp", 4_096),
        ("messenger", 2_000),
        ("linkedin", 1_250),
        ("threads", 500),
    ],
)
def test_a_text_of_the_limit_fits_and_one_letter_more_does_not(platform: str, limit: int) -> None:
    assert (count(platform, "a" * limit).left, count(platform, "a" * limit).over) == (0, False)
    assert count(platform, "a" * (limit + 1)).over


def test_the_servers_own_limits_count() -> None:
    limits = {"max_characters": 5_000, "characters_reserved_per_url": 30}
    found = count("mastodon", "https://kopi.example/x", limits=limits)
    assert (found.used, found.limit) == (30, 5_000)


def test_bluesky_holds_a_text_to_its_bytes_as_well() -> None:
    found = count("bluesky", FAMILY * 200)
    assert (found.used, found.limit, found.unit, found.over) == (200 * len(FAMILY.encode()), 3_000, "bytes", True)


def test_a_direct_message_has_room_of_its_own() -> None:
    assert count("x", "a" * 300, kind=MentionKind.DM).left == 9_700
    assert count("instagram", "é" * 600, kind=MentionKind.DM).over


def test_a_network_that_names_no_limit_has_none() -> None:
    found = count("koran", "halo")
    assert (found.used, found.limit, found.left, found.over) == (4, None, None, False)


@pytest.mark.parametrize(
    ("author", "text", "used"),
    [
        ("rina@toko.example", "a" * 10, 16),  # "@rina " goes before it, the server is not counted
        ("rina@toko.example", "hai @rina@toko.example", 9),
        ("rina@toko.example", "hai @rina", 15),  # that is somebody of our own server
        ("rina", "@Rina hai", 9),
        ("rina", "@rina@kopi.example hai", 9),
        ("rina", "@rina@lain.example hai", 15),
        ("rina", "rina@rina.example", 23),
        ("", "hai", 3),
    ],
)
def test_an_answer_on_mastodon_counts_the_name_that_goes_before_it(author: str, text: str, used: int) -> None:
    assert count("mastodon", text, kind=MentionKind.MENTION, author=author, account_url=URL).used == used
    assert Answering("mastodon", MentionKind.DM, author, URL, {}).room_of(text).used == used


def test_elsewhere_no_name_goes_before_an_answer() -> None:
    assert count("bluesky", "hai", kind=MentionKind.REPLY, author="rina.example").used == 3


def test_what_networks_let_a_brand_do() -> None:
    assert acts("instagram", "hide") and acts("instagram", "delete") and not acts("instagram", "like")
    assert acts("mastodon", "like") and not acts("mastodon", "hide")
    assert answers("instagram") and not answers("feeds")
    assert threads("telegram") and not first_comment("telegram") and first_comment("mastodon")


def test_a_text_below_a_file() -> None:
    for platform in ("telegram", "whatsapp"):
        assert (count(platform, "kopi", files=True).limit, count(platform, "kopi").limit) == (1_024, 4_096)
    assert count("telegram", "😀" * 513, post=True, files=True).over
    assert count("bluesky", "kopi", files=True) == count("bluesky", "kopi")


@given(st.sampled_from(["x", "mastodon", "bluesky", "threads", "telegram", "instagram"]), st.text(max_size=60))
def test_counting_takes_any_text_and_a_longer_one_takes_no_less(platform: str, text: str) -> None:
    assert 0 <= count(platform, text).used <= count(platform, text + " kopi").used
