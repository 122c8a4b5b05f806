"""HTML from strangers as plain text."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smdash.core.text import clean
from smdash.platforms.html_text import plain


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("", ""),
        ("kopi", "kopi"),
        ("  kopi   senja ", "kopi senja"),
        ("<p>satu</p><p>dua</p>", "satu\n\ndua"),
        ("<p>satu<br>dua<br/>tiga</p>", "satu\ndua\ntiga"),
        ("<p>satu</p>\n\n\n<p>dua</p>", "satu\n\ndua"),
        ("satu<br><br><br><br>dua", "satu\n\ndua"),
        ("<div>satu</div><div>dua</div>", "satu\ndua"),
        ("a<b>b</b> c<i> d</i> e", "ab c d e"),
        ("<p>a\n  b</p>", "a b"),
        ("<ul><li>x</li><li><p>y</p></li></ul>akhir", "- x\n- y\n\nakhir"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("<script>x</script><style>y</style><!-- z -->ada<template>t</template>", "ada"),
        ("&lt;b&gt; &amp;amp; &#39;x&#39; &eacute;", "<b> &amp; 'x' é"),
        ("&#27;[31m\x1b[0m&#x202e;merah", "[31m[0mmerah"),
        ("<p>\ud800x</p>", "\ufffdx"),
        ("<img src=x alt='secangkir'>", "secangkir"),
        ("<p>terbuka <b>saja", "terbuka saja"),
        ("a < b dan c > d", "a < b dan c > d"),
    ],
)
def test_pieces(html: str, text: str) -> None:
    assert plain(html) == text


def test_links() -> None:
    short = (
        '<a href="https://www.kopi.example/a/long/path"><span class="invisible">https://www.</span>'
        '<span class="ellipsis">kopi.example/a/</span><span class="invisible">long/path</span></a>'
    )
    assert plain(short, links=True) == "https://www.kopi.example/a/long/path"
    assert plain("<a href='https://a.example/'>a.example</a>", links=True) == "a.example"
    assert plain("<a href='https://a.example/x'>di sini</a> ya", links=True) == "di sini (https://a.example/x) ya"
    assert plain("<a href='https://evil.example'>https://bank.example</a>", links=True) == (
        "https://bank.example (https://evil.example)"
    )
    assert plain("<a href='https://a.example/tags/x' class='hashtag'>#x</a>", links=True) == "#x"
    assert plain("<a href='javascript:x'>y</a>", links=True) == "y"
    assert plain("<a href='https://a.example/x'>di sini</a>") == "di sini"


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "<p>",
                "</p>",
                "<br>",
                "<a href='https://x.example/'>",
                "</a>",
                "<li>",
                "<pre>",
                "</pre>",
                "<td>",
                "<svg>",
                "&#27;",
            ]
        )
        | st.text(max_size=8),
        max_size=30,
    ).map("".join),
    st.booleans(),
)
def test_whatever_comes_is_clean(html: str, links: bool) -> None:
    text = plain(html, links=links)
    assert clean(text) == text and text == text.strip()
    assert "\n\n\n" not in text or "<pre>" in html


@pytest.mark.parametrize(
    "piece", ["<div>", "<b><p>", "<table><tr><td>", "<!--", "<a><div>", "&#27;", "<", "<svg>", "<p>x"]
)
def test_hostile_nesting_ends_soon(piece: str) -> None:
    started = time.perf_counter()
    plain(piece * 200_000)
    assert time.perf_counter() - started < 1
