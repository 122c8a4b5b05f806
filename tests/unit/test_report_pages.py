"""Reports as text, HTML, CSV and JSON: what a reader, a screen reader, a spreadsheet and a program get of them."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import datetime, timedelta
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from coloraide import Color
from wcwidth import wcswidth

import smdash.reports
from smdash.core import mix
from smdash.core.clock import Week
from smdash.core.csv_text import restored
from smdash.core.mix import Piece
from smdash.core.records import Category, Format
from smdash.core.reports import (
    ActivityLine,
    CampaignLine,
    CarryOver,
    Decision,
    DueMilestone,
    FailingJob,
    Freeze,
    Hours,
    Incidents,
    LatePost,
    MemberLine,
    MentionLine,
    Mentions,
    PostLine,
    Posts,
    Trouble,
    WaitingMention,
    WeekReport,
    median,
    percentile,
)
from smdash.core.targets import Eaten
from smdash.core.text import clean
from smdash.reports import render_csv, render_html, render_text, shapes
from smdash.reports import week as rendering
from smdash.reports.document import Cell, Column, Document, Section, Table
from tests.payloads import HOSTILE

ZONE = ZoneInfo("Asia/Jakarta")
NOW = datetime(2026, 11, 23, 14, 5, tzinfo=ZONE)
WEEK = Week(2026, 47)
WORDS = {"lang", "charset", "name", "content"}


def made(text: str = "Halo", *, over: bool = True, brand: str | None = None) -> WeekReport:
    """A report in which everything that people write says the same, and every table has a row."""
    posts = PostLine("instagram/kopi", 4, 2, 1, 1, 0, 1)
    mention = MentionLine("dm", 1200, 3, 1, 1, 2, 4500, 165_600)
    decision = Decision(7, "2026-W47", text, "budi", text, "ana", "Ana", text, NOW)
    plan = None if brand else 240
    return WeekReport(
        team=text, brand=brand, week=WEEK, zone="Asia/Jakarta", span=WEEK.span(ZONE), made_at=NOW, over=over,
        posts=Posts(posts._replace(name=""), (posts,), (posts._replace(name="education"),)),
        mix=mix.count([Piece(1, "x/kopi", Category.QUOTE, Format.TEXT, True)], {"quote": 60, "education": 40}).whole,
        mentions=Mentions(mention._replace(name=""), (mention,), (mention._replace(name="x"),), True, 5),
        campaigns=(CampaignLine(text, "discount", NOW - timedelta(days=9), NOW, True, 2, 4, (text,)),),
        hours=Hours(
            (ActivityLine("updates", 90.0, plan, None if brand else 60.0, False),
             ActivityLine("contingency", 45.0, plan, None if brand else 60.0)),
            (MemberLine("ana", text, 90.0, plan),), 30.0, (Eaten(text, "", "", 45.0),),
        ),
        incidents=Incidents(
            (Freeze(NOW - timedelta(hours=3), NOW, text, text, text),),
            (Trouble(1, "post", "x/kopi", "failed", NOW, text, 3, text),), 12,
            (FailingJob("x/kopi/mentions", text, 3, None, text),),
        ),
        carry_over=CarryOver(
            (LatePost(3, NOW, "failed", "x/kopi", text),), 11, (WaitingMention(4, "x/kopi", text, NOW, text, text),), 1,
            (DueMilestone(text, text, NOW, text),), (decision,),
        ),
        decisions=(decision,),
    )  # fmt: skip


class Page(HTMLParser):
    """What of a page matters here: its elements in order, their attributes, and the text between them."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def html(report: WeekReport) -> str:
    return render_html.render(rendering.document(report))


@cache
def harmless() -> list[str]:
    """The elements of a page in which nobody wrote anything odd."""
    return [tag for tag, _attributes in Page(html(made())).elements]


def test_figures_are_told_as_people_read_them() -> None:
    text = render_text.render(rendering.document(made()))
    assert re.search(r"^came in +1,200$", text, re.M)
    assert re.search(r"^answered +3 \(0 %\)$", text, re.M)
    assert re.search(r"^first answer, median +1h 15m$", text, re.M)
    assert re.search(r"^first answer, nine of ten within +46h 00m$", text, re.M)
    assert re.search(r"^  quote +1 +0 +100 % +60 % +\+40$", text, re.M)
    assert re.search(r"^  updates +1\.5 +4\.0 +1\.0 +\+0\.5$", text, re.M)
    # A reserve need not be used up.
    assert re.search(r"^  contingency +0\.8 +4\.0 +1\.0 +–$", text, re.M)
    assert re.search(r"^  Halo +0\.8$", text.split("What contingency went to")[1], re.M)
    assert re.search(r"^failed +! 1$", text, re.M)
    assert "and 11 more" in text and "and 10 more" in text
    assert "So far" not in text
    assert "working time" in text


def test_a_week_that_is_not_over_says_so() -> None:
    for page in (render_text.render(rendering.document(made(over=False))), html(made(over=False))):
        assert "So far: the week is not over." in page
        assert "no longer fits the week" in page
    assert shapes.week(made(over=False))["over"] is False


def test_a_brand_has_no_plan() -> None:
    text = render_text.render(rendering.document(made(brand="Kopi")))
    assert "Only what is for Kopi" in text
    assert re.search(r"^  updates +1\.5 +– +– +–$", text, re.M)


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("text", ["Halo", "咖啡" * 40, "kata " * 50, "x" * 300, "👩‍👩‍👧‍👦" * 20])
def test_text_keeps_its_columns_and_its_width(text: str, width: int) -> None:
    page = render_text.render(rendering.document(made(text)), width)
    # Lines of figures are as wide as their words; tables and sentences give way.
    assert all(wcswidth(line) <= width for line in page.splitlines()), page
    table = Table("t", "c", (Column("a", "A"), Column("b", "B", number=True)),
                  ((Cell("咖啡", ""), Cell("1", 1)), (Cell("abc", ""), Cell("22", 2))))  # fmt: skip
    lines = render_text.render(Document("t", (), (Section("s", "s", (), (table,)),))).splitlines()[-3:]
    assert lines == ["  A      B", "  咖啡   1", "  abc   22"]


def test_what_was_decided_is_told_whole() -> None:
    words = (
        "Mulai minggu depan setiap poster dicek dua orang sebelum terbit, dan harga ditulis oleh satu orang saja. " * 3
    )
    text = render_text.render(rendering.document(made(words)))
    decided = text.split("What was decided in the week")[1]
    assert " ".join(re.sub(r"\s+", " ", decided).split()).count("setiap poster dicek dua orang sebelum") >= 1
    assert len(decided.splitlines()) > 4


def test_the_page_is_for_everybody() -> None:
    page = html(made())
    read = Page(page)
    assert page.startswith("<!DOCTYPE html>")
    assert read.all("html") == [{"lang": "en"}]
    assert read.all("title") and len(read.all("h1")) == 1
    levels = [int(tag[1]) for tag, _attributes in read.elements if re.fullmatch(r"h[1-6]", tag)]
    assert all(after - before <= 1 for before, after in pairwise(levels)), levels
    tables, captions = len(read.all("table")), len(read.all("caption"))
    assert tables == captions > 8
    assert {one.get("scope") for one in read.all("th")} == {"col", "row"}
    charts = read.all("svg")
    assert len(charts) == 4
    ids = [one["id"] for _tag, one in read.elements if "id" in one]
    assert len(ids) == len(set(ids))
    for chart in charts:
        assert chart["role"] == "img"
        assert all(one in ids for one in (chart["aria-labelledby"] or "").split())
    assert len(read.all("desc")) == len(charts)
    assert all((link["href"] or "").removeprefix("#") in ids for link in read.all("a"))


def test_the_page_needs_nothing_else() -> None:
    page = html(made("https://jahat.example/x.png url(https://jahat.example)"))
    read = Page(page)
    assert not {"script", "img", "link", "iframe", "object", "form"} & {tag for tag, _attributes in read.elements}
    assert not any(name.startswith("on") for _tag, one in read.elements for name in one)
    assert not re.search(r"(?:src|href|action)\s*=\s*[\"'](?!#)", page)
    style = page.split("<style>")[1].split("</style>")[0]
    assert "url(" not in style and "@import" not in style
    assert "@page" in style and "break-inside: avoid" in style and "table-header-group" in style
    assert any("default-src 'none'" in (one.get("content") or "") for one in read.all("meta"))


def test_colours_can_be_told_apart() -> None:
    css = (Path(smdash.reports.__file__).parent / "templates" / "page.css").read_text()
    palettes = [dict(re.findall(r"--(\w+): (#\w{6});", block)) for block in re.findall(r":root \{(.*?)\}", css, re.S)]
    assert len(palettes) == 3
    for colours in palettes:

        def contrast(front: str, back: str = "paper", colours: dict[str, str] = colours) -> float:
            return Color(colours[front]).contrast(colours[back])

        assert min(contrast("ink"), contrast("quiet"), contrast("bad"), contrast("quiet", "band")) >= 4.5
        assert min(contrast("bar"), contrast("outline"), contrast("tick")) >= 3


@pytest.mark.parametrize("payload", HOSTILE, ids=lambda one: one.name)
def test_nothing_that_people_write_is_obeyed(payload: object) -> None:
    text, visible = payload.text, payload.visible  # type: ignore[attr-defined]
    report = made(text)
    document = rendering.document(report)
    pages = render_text.render(document), html(report), render_csv.render(document), json.dumps(shapes.week(report))
    for page in pages[:3]:
        assert not re.search("[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", page)
    read = Page(pages[1])
    assert [tag for tag, _attributes in read.elements] == harmless()
    short = clean(" ".join(visible.split()))[:40]
    if len(text) < 200:
        assert short in " ".join(read.text.split())
        assert short in " ".join(cell for row in rows(pages[2]) for cell in row)


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7 * 7 }}", "&lt;b&gt;"]
)
def test_markup_is_text(text: str) -> None:
    page = html(made(text))
    assert text in Page(page).text
    assert "<script" not in page and "<img" not in page and "49" not in Page(page).text.replace("2026-W49", "")


def rows(page: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(page, newline="")))


@pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", "+62 811", "-3", "＝1+1", " =1"])
def test_spreadsheets_run_nothing(text: str) -> None:
    found = rows(render_csv.render(rendering.document(made(text))))
    cells = [cell for row in found for cell in row]
    assert not [cell for cell in cells if re.match(r"\s*[=+@＝]", cell)]
    (decision,) = [row for row in found if row[:2] == ["decisions", "decisions"]]
    assert restored(decision[3]) == " ".join(text.split())


def test_csv_has_a_table_after_the_other_with_plain_figures() -> None:
    found = rows(render_csv.render(rendering.document(made())))
    assert ["section", "table", "name", "value"] in found
    assert ["mentions", "figures", "incoming", "1200"] in found
    assert ["mentions", "figures", "median_s", "4500"] in found
    at = found.index(["section", "table", "activity", "done", "planned", "expected", "ahead"])
    assert found[at + 1] == ["hours", "activities", "updates", "1.5", "4.0", "1.0", "0.5"]
    freeze = next(row for row in found if row[:2] == ["incidents", "freezes"])
    assert freeze[2:5] == ["2026-11-23T04:05:00.000Z", "2026-11-23T07:05:00.000Z", "10800"]


def test_json_keys_are_stable() -> None:
    found = shapes.week(made())
    assert list(found) == [
        "week", "team", "brand", "zone", "from", "to", "made_at", "over", "posts", "mix", "mentions", "campaigns",
        "hours", "incidents", "carry_over", "decisions",
    ]  # fmt: skip
    assert (found["from"], found["to"]) == ("2026-11-15T17:00:00.000Z", "2026-11-22T17:00:00.000Z")
    assert found["posts"]["accounts"] == [
        {"account": "instagram/kopi", "planned": 4, "published": 2, "failed": 1, "unknown": 1, "expired": 0, "waiting": 1}
    ]  # fmt: skip
    assert found["mentions"]["kinds"][0] == {
        "kind": "dm", "incoming": 1200, "answered": 3, "late": 1, "overdue": 1, "open": 2, "median_s": 4500,
        "p90_s": 165_600,
    }  # fmt: skip
    assert found["hours"]["activities"][0] == {
        "key": "updates", "done_minutes": 90.0, "target_minutes": 240, "expected_minutes": 60.0, "fits": False,
    }  # fmt: skip
    assert found["decisions"][0]["owner"] == "budi"


def test_middle_and_ninety_percent() -> None:
    assert (median([]), percentile([], 90)) == (None, None)
    assert (median([5]), percentile([5], 90)) == (5, 5)
    assert (median([1, 2, 4]), median([1, 2, 5, 9])) == (2, 3)
    assert [percentile(list(range(1, n + 1)), 90) for n in (2, 9, 10, 11, 20)] == [2, 9, 9, 10, 18]
