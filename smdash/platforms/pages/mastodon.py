"""Mastodon: https://docs.joinmastodon.org/"""

from smdash.locale import noop
from smdash.platforms.pages import Page

PAGE = Page(
    can=(
        noop(
            "Mentions, replies and direct messages come in; posts, threads, answers, likes and files with a "
            "description go out; searches. Other servers that speak the same language (GoToSocial, Pleroma, Pixelfed) "
            "mostly work too."
        ),
    ),
    cannot=(
        noop("There are no figures of how often something was seen: the network counts none."),
        noop("Only what your server has heard of can be found; nobody sees the whole network."),
    ),
    steps=(
        noop(
            "In a terminal choose the consent page: smdash registers itself on your server, shows an address, "
            "and you paste the code that the page shows. Nothing has to be made by hand."
        ),
        noop(
            "By hand: on your server open Preferences, Development, New application; give it a name, choose the"
            " scopes named below and save. Open the application again and copy “Your access token” into a file "
            "that is yours alone."
        ),
        noop("smdash reads the server's own limits (length of a post, sizes of files) when it checks the token."),
    ),
    costs=(noop("Nothing."),),
    limits=(
        noop(
            "300 calls in five minutes an account, 30 uploads in half an hour; many servers allow less. smdash "
            "waits when it is told to."
        ),
        noop("A token has no end. It dies when the application is deleted or its access is revoked."),
    ),
)
