"""Bluesky's facets: exactly what they show, in bytes, and nothing that is none."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from smdash.core.limits import graphemes
from smdash.platforms.bluesky_facets import facets, handles

from .test_bluesky import RINA

WORDS = [
    *("☕", "👨‍👩‍👧", "🇮🇩", "1️⃣", "#️⃣", "❤️", "é", "e\u0301", "𝒦", "\u200b", "\u202e", "…", "、"),
    *("Buka", "jam", "berapa", "ya,", "kak?", "Terima kasih!", "Rp50.000", "(", ")", "[", "]", '"', "'"),
    *("https://kopi.id", "http://toko.example/a_(b)?x=1&y=[2]#z", "https://x.id/🙂é", "(https://kopi.id)", "«kopi.id»"),
    *("kopi.co.id/menu.", "youtu.be/x", "https://[::1", "https://.", "HTTPS://X.ID:80/", "kopi.id:99999"),
    *("@rina.example", "@a.b.", "@@x.id", "halo@kopi.id", "#kopi", "#☕️", "#2026", "#jum'at", "##x", "＃teh"),
    "#👨‍👩‍👧‍👦!",
]
PIECES = st.one_of(st.text(max_size=12), st.sampled_from(WORDS))


@given(st.lists(st.tuples(PIECES, st.sampled_from(["", " ", "\n", ".", "("])), max_size=12))
def test_facets_are_exactly_what_they_show(pieces: list[tuple[str, str]]) -> None:
    text = "".join(piece + end for piece, end in pieces).encode("utf-16", "replace").decode("utf-16", "replace")
    raw, done = text.encode(), 0
    borders = {0}
    for cluster in graphemes(text):
        borders.add(max(borders) + len(cluster.encode()))
    for one in facets(text, dict.fromkeys(handles(text), RINA)):
        start, end = one["index"]["byteStart"], one["index"]["byteEnd"]
        assert done <= start < end <= len(raw)
        done = end
        shown = raw[start:end].decode()  # strict: a cut through a character would raise
        (feature,) = one["features"]
        kind = feature["$type"].removeprefix("app.bsky.richtext.facet#")
        if kind == "link":
            assert feature["uri"] in (shown, f"https://{shown}") and not re.search(r"\s", shown)
            assert feature["uri"].lower().startswith(("https://", "http://"))
        elif kind == "tag":
            assert f"{shown[0]}{feature['tag']}" == shown and shown[0] in "#＃" and {start, end} <= borders
        else:
            assert kind == "mention" and shown[0] == "@" and feature["did"] == RINA


ADDRESSES = (
    "https://kopi.id",
    "http://kopi.example:8080/menu",
    "https://id.wikipedia.org/wiki/Kopi_(minuman)",
    "https://kopi.id/?q=a,b&c=d;e#bagian",
    "https://kopi.id/menu/",
    "https://kopi.id/☕/é",
    "kopi.id",
    "www.kopi.co.id/menu-baru",
    "s.id/kopi",
    "forms.gle-toko.com",
)


@given(
    st.sampled_from(ADDRESSES),
    st.sampled_from(["", "Lihat ", "Lihat:", "(", "“", "[", "☕", "Baca\n", "👨‍👩‍👧 ", "«"]),
    st.sampled_from(["", ".", ",", "!", "?!", ")", ").", "”", "]", "…", "...", " ya", "\nya", "'", "»", "、ya", ":"]),
)
def test_an_address_ends_where_the_sentence_goes_on(address: str, before: str, after: str) -> None:
    text = f"{before}{address}{after}"
    (one,) = facets(text, {})
    shown = text.encode()[one["index"]["byteStart"] : one["index"]["byteEnd"]].decode()
    assert shown == address


def test_what_is_no_link_no_name_and_no_tag() -> None:
    plain = (
        "habis.ga ada, siap.kak; Rp50.000 jam 08.30 halo@kopi.id logo.ai a.b.c",
        "https:// https://. https://[::1 kopi.id:99999 xhttps://kopi.example",
        "@rina @rina@mastodon.social a@b.id #2026 # ## a#b &#39; #️⃣",
        "#" + "k" * 65 + " #" + "é" * 65,
    )
    for text in plain:
        assert facets(text, dict.fromkeys(handles(text), RINA)) == [], text
    assert [one["features"][0]["tag"] for one in facets("#kopi,#teh #kopi-senja, #" + "k" * 64 + "!", {})] == [
        "kopi",
        "teh",
        "kopi-senja",
        "k" * 64,
    ]


def shown(text: str) -> list[str]:
    raw = text.encode()
    found = facets(text, dict.fromkeys(handles(text), RINA))
    return [raw[one["index"]["byteStart"] : one["index"]["byteEnd"]].decode() for one in found]


def test_scripts_that_are_written_without_spaces() -> None:
    assert shown("請看https://kopi.id/menu，謝謝") == ["https://kopi.id/menu"]
    assert shown("見る：https://kopi.id；または…") == ["https://kopi.id"]
    assert shown("感謝@rina.exampleさん、@rina.example。") == ["@rina.example", "@rina.example"]
    assert shown("#カフェ・オレ") == ["#カフェ・オレ"]
    assert shown("Lihat https://kopi.id—enak") == ["https://kopi.id"]


def test_hashtags_in_a_row() -> None:
    assert shown("#kopi#teh ＃susu#☕#2026 a#b ##x") == ["#kopi", "#teh", "＃susu", "#☕"]
    assert shown("#kopi-#teh #2026#teh") == ["#kopi", "#teh"]


def test_a_sentence_that_goes_on_without_a_space_is_no_domain() -> None:
    assert shown("Pesan sekarang.link di bio, jam 8.info lebih lanjut, buka.Com sudah selesai.Id baru") == []
    assert shown("toko.link/promo www.kopi.info www.kopi.restaurant Kopi.ID Kopi.Com KOPI.CO.ID/menu") == [
        "toko.link/promo",
        "www.kopi.info",
        "www.kopi.restaurant",
        "Kopi.ID",
        "Kopi.Com",
        "KOPI.CO.ID/menu",
    ]
