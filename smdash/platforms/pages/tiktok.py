"""TikTok for developers: https://developers.tiktok.com/doc/"""

from smdash.locale import noop
from smdash.platforms.pages import Page

PAGE = Page(
    can=(noop("Videos go out; figures of the account and its videos come in."),),
    cannot=(
        noop(
            "Comments, mentions, messages and searches are not given to programs of ordinary developers; there "
            "is nothing that smdash could show in the inbox."
        ),
        noop("An app that TikTok has not audited can post to private accounts and for yourself only."),
        noop(
            "There are no posts of text alone, and smdash sends no pictures: TikTok takes them from a verified "
            "web address only."
        ),
    ),
    steps=(
        noop(
            "At developers.tiktok.com make an app with the products “Login Kit” and “Content Posting API”, and "
            "turn on Direct Post."
        ),
        noop(
            "Under Login Kit, Desktop, register the redirect address http://127.0.0.1:8765/ (nothing has to "
            "listen there)."
        ),
        noop(
            "Copy the client key and secret; smdash shows the consent page and takes the address that the "
            "browser ends at."
        ),
        noop("Ask for the audit of the app, with the account that will post."),
    ),
    costs=(noop("Nothing."),),
    limits=(
        noop("Six posts a minute for each account, and a daily number that TikTok does not tell."),
        noop("A caption has 2,200 characters."),
        noop(
            "Access lives hours and is renewed by smdash; how long the permission lasts TikTok says each time "
            "(half a year to a year)."
        ),
    ),
)
