"""Instagram, professional accounts: https://developers.facebook.com/docs/instagram-platform/"""

from smdash.locale import noop
from smdash.platforms.pages import Page

PAGE = Page(
    can=(
        noop(
            "Comments below your posts and direct messages come in; pictures, carousels and reels go out; "
            "comments are answered and hidden."
        ),
    ),
    cannot=(
        noop("Only professional accounts (business or creator) have a programming interface; a personal one has none."),
        noop("There are no posts of text alone, and what was posted can't be edited from here."),
        noop(
            "Mentions in the comments and stories of others come by push only (smdash receive). There is no "
            "search for words."
        ),
    ),
    steps=(
        noop("Turn the account into a professional one in the app, if it is none yet."),
        noop(
            "Make an app of the type Business at developers.facebook.com, owned by the business that owns the "
            "page or account. While the app is in development, only what people with a role on it write can be "
            "seen; for everybody's, Meta has to review it (Advanced Access) and to verify the business."
        ),
        noop(
            "In the app's dashboard open Instagram, API setup with Instagram login, add the account, and press "
            "“Generate token”. The account has to accept the invitation as a tester first, in its own settings,"
            " Website permissions."
        ),
        noop("Copy the token. It lives 60 days; smdash renews it by itself, and says when it could not."),
    ),
    costs=(noop("Nothing."),),
    limits=(
        noop(
            "The number of posts in 24 hours is limited (25 to 100, Instagram says how many); smdash asks "
            "before it posts."
        ),
        noop("A caption has 2,200 characters, 30 hashtags; pictures are JPEG."),
        noop("A direct message can be answered for 24 hours after the person wrote last."),
        noop("A token that was not renewed for 60 days is dead: then a new one is needed."),
    ),
)
