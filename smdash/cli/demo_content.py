"""The made-up team's plan, as data: members, posts and campaigns of "Kopi Senja". Never translated."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from smdash.core.records import CampaignKind, Category, Format, Role
from smdash.core.slots import Slot

EDU, QUOTE, SOFT, HARD, OTHER = (
    Category.EDUCATION,
    Category.QUOTE,
    Category.SOFT_SELL,
    Category.HARD_SELL,
    Category.OTHER,
)
TEXT, IMAGE, VIDEO, ARTICLE = Format.TEXT, Format.IMAGE, Format.VIDEO, Format.ARTICLE

TEAM = "Kopi Senja"
ZONE = "Asia/Jakarta"


class Person(NamedTuple):
    login: str
    name: str
    role: Role


PEOPLE = (
    Person("ana", "Ana", Role.LEAD),
    Person("budi", "Budi", Role.SPECIALIST),
    Person("citra", "Citra", Role.SPECIALIST),
    Person("dewi", "Dewi", Role.DESIGNER),
    Person("eko", "Eko", Role.ANALYST),
)

LAST_CALL, TEASER, CONTEST = "Gajian hemat", "Festival kopi susu", "Lomba foto senja"


class Plan(NamedTuple):
    """A campaign; the days count from now, a phase lasts until the next one begins."""

    name: str
    kind: CampaignKind
    starts: timedelta
    ends: timedelta
    phases: tuple[tuple[str, timedelta], ...]


PLANS = (
    Plan(
        LAST_CALL,
        CampaignKind.DISCOUNT,
        timedelta(days=-8),
        timedelta(days=2, hours=9, minutes=54),
        (
            ("tease", timedelta(days=-8)),
            ("launch", timedelta(days=-6)),
            ("last call", timedelta(hours=-15)),
        ),
    ),
    Plan(
        CONTEST,
        CampaignKind.CONTEST,
        timedelta(days=-4),
        timedelta(days=9),
        (("launch", timedelta(days=-4)), ("last call", timedelta(days=6)), ("wrap", timedelta(days=8))),
    ),
    Plan(
        TEASER,
        CampaignKind.EVENT,
        timedelta(days=18, hours=4),
        timedelta(days=32),
        (("tease", timedelta(days=18, hours=4)), ("launch", timedelta(days=25)), ("last call", timedelta(days=30))),
    ),
)


# What is looked for, and where.
SEARCHES = (("x", '"kopi senja"'), ("mastodon", "#kopisenja"))
# What is asked of the designer: for which campaign, and within how many days.
ASSETS = (
    ("3 foto pemenang lomba, persegi", CONTEST, 2),
    ("Video pembuka festival, 20 detik", TEASER, 6),
)


# What campaigns are to reach: which, what, within how many days, and who sees to it.
MILESTONES = (
    (LAST_CALL, "Stok akhir diumumkan", 1, "budi"),
    (CONTEST, "Hadiah difoto", -1, "dewi"),
    (CONTEST, "Juri memilih tiga foto", 7, "ana"),
    (TEASER, "Pengisi acara dipastikan", 12, "citra"),
)
GOALS = {LAST_CALL: {"likes": 400, "posts": 12}, CONTEST: {"mentions": 60, "likes": 250}}
# Which mentions belong to which: by a label, or by what their links begin with.
SCOPE = ((CONTEST, "label", "lomba"), (LAST_CALL, "link", "https://kopisenja.example/gajian"))


class Draft(NamedTuple):
    """A post: ``networks`` are keys of the demo's networks, ``author`` a login."""

    category: Category
    format: Format
    body: str
    author: str
    networks: tuple[str, ...]
    campaign: str | None = None
    offer: str | None = None


# Minutes from now; what lies behind is sent, but for the one that the network did not take.
TODAY: tuple[tuple[int, str, Draft], ...] = (
    (-300, "sent", Draft(EDU, IMAGE, "5 cara seduh V60 di rumah ☕", "ana", ("instagram", "facebook_page"))),
    (
        -200,
        "sent",
        Draft(QUOTE, TEXT, "“Kopi yang baik tidak terburu-buru, begitu juga sore.”", "citra", ("linkedin", "mastodon")),
    ),
    (
        -155,
        "failed",
        Draft(HARD, IMAGE, "Diskon 30% sampai malam ini, semua biji sangrai!", "budi", ("x",), LAST_CALL, "30%"),
    ),
    (-50, "sent", Draft(SOFT, VIDEO, "Di balik mesin sangrai: 12 menit bersama Pak Karto", "dewi", ("instagram",))),
    (1, "", Draft(OTHER, TEXT, "Sore! Senja di kotamu warnanya apa hari ini? 🌇", "citra", ("x", "mastodon"))),
    (25, "", Draft(SOFT, IMAGE, "Cerita petani Gayo: panen pertama setelah hujan", "budi", ("instagram",))),
    (
        185,
        "",
        Draft(
            HARD, IMAGE, "Gajian hemat: 2 kg harga 1,5 kg, tinggal 2 hari", "ana", ("instagram", "facebook_page"),
            LAST_CALL, "2 kg harga 1,5 kg",
        ),
    ),
)  # fmt: skip

# What fills the other days, in turns.
POOL = (
    Draft(EDU, IMAGE, "Giling kasar atau halus? Cek alat seduhmu dulu", "ana", ("instagram", "facebook_page")),
    Draft(QUOTE, IMAGE, "“Pahitnya sebentar, hangatnya lama.”", "citra", ("instagram", "mastodon")),
    Draft(SOFT, VIDEO, "Latte art untuk pemula: hati dalam 20 detik", "dewi", ("instagram", "facebook_page")),
    Draft(EDU, TEXT, "Suhu air 92 °C: kenapa bukan yang mendidih?", "budi", ("x", "mastodon")),
    Draft(OTHER, IMAGE, "Barista minggu ini: Mbak Laras dari kedai Solo", "citra", ("facebook_page", "linkedin")),
    Draft(SOFT, IMAGE, "Kopi Susu Aren, gulanya dari kebun tetangga", "budi", ("instagram", "x")),
    Draft(EDU, ARTICLE, "Dari ceri ke cangkir: proses natural, honey dan washed", "ana", ("linkedin",)),
    Draft(QUOTE, TEXT, "“Hujan, buku, dan satu cangkir lagi.”", "citra", ("x", "mastodon", "facebook_page")),
    Draft(SOFT, VIDEO, "Sehari di kedai Denpasar, dari subuh sampai senja", "dewi", ("instagram",)),
    Draft(EDU, IMAGE, "Simpan biji kopi di kulkas? Jangan dulu", "ana", ("instagram", "facebook_page", "x")),
)
CAMPAIGN_POOL = {
    LAST_CALL: Draft(
        HARD, IMAGE, "Gajian hemat, hari ke-{n}", "budi", ("instagram", "facebook_page"), LAST_CALL, "20%"
    ),
    CONTEST: Draft(SOFT, IMAGE, "Lomba foto senja: kiriman pilihan #{n}", "dewi", ("instagram", "x"), CONTEST),
    TEASER: Draft(OTHER, VIDEO, "Ada yang manis sedang diracik… ({n})", "dewi", ("instagram", "facebook_page"), TEASER),
}
# Campaign -> days from now of its posts.
CAMPAIGN_DAYS = {
    LAST_CALL: (-7.2, -6.9, -6.2, -5.9, -5.1, -4.2, -3.9, -3.1, -2.2, -1.9, -1.2, -0.9, 1.1),
    CONTEST: (-3.6, -2.6, -1.6, 1.4, 3.4, 5.4, 7.4),
    TEASER: (19.2, 21.2, 25.2),
}
# Local hours of the posts that other days have.
DAY_HOURS = (9.0, 12.5, 16.5)
DRAFTS = (
    Draft(EDU, ARTICLE, "Rancangan: panduan lengkap cold brew untuk kos-kosan", "ana", ("linkedin",)),
    Draft(SOFT, VIDEO, "Ide: suara kedai di pagi hari, tanpa musik", "dewi", ("instagram",)),
)

# Every other morning an education post, on Thursday a quote, before the weekend something soft; one is for any account.
SLOTS = (
    *(Slot(day, "09:00", "instagram/kopi.senja", "education") for day in (1, 3, 5)),
    Slot(4, "08:00", "linkedin/kopi-senja", "quote"),
    Slot(5, "16:30", "instagram/kopi.senja", "soft_sell"),
    Slot(7, "19:00"),
)
