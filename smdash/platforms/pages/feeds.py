"""Feeds: RSS 2.0, Atom, JSON Feed"""

from smdash.locale import noop
from smdash.platforms.pages import Page

PAGE = Page(
    can=(
        noop(
            "What others publish comes in for curation: RSS, Atom and JSON feeds. A page that names a feed will"
            " do as its address."
        ),
    ),
    cannot=(
        noop("Nothing can be sent to a feed. Facebook, Instagram, X, LinkedIn, TikTok and Telegram publish none."),
    ),
    steps=(
        noop("No token is needed: smdash feed add ADDRESS."),
        noop("A feed inside your own network is read only where its host stands under private_hosts in sync.toml."),
    ),
    costs=(noop("Nothing."),),
    limits=(
        noop(
            "Each feed is asked once an hour unless it wants to be asked less often; what has not changed is "
            "not sent again."
        ),
    ),
)
