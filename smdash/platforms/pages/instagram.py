"""Instagram, professional accounts: https://developers.facebook.com/docs/instagram-platform/"""

from smdash.locale import noop
from smdash.platforms.pages import Page

PAGE = Page(
    can=(
        noop(
            "Comments below your posts and direct messages come in; pictures, carousels and reels go out; "
            "comments are answered, hidden and deleted; searches for hashtags; figures."
        ),
    ),
    cannot=(
        noop("Only professional accounts (business or creator) have a programming interface; a personal one has none."),
        noop("There are no posts of text alone, and what was posted can't be edited from here."),
        noop(
            "Mentions in the comments and stories of others come by push only (smdash receive). A "
            "search finds posts of the last day with one hashtag, without their author, for accounts that go by "
            "Facebook Login only; thirty hashtags in seven days."
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
            "“Generate token”. The account has to accept the invitation as a tester first, in its own settings, "
            "Website permissions."
        ),
        noop("Copy the token. It lives 60 days; smdash renews it by itself, and says when it could not."),
        noop(
            "Or use the consent page: it needs the Instagram app's own id and secret, which the same page of the "
            "dashboard shows, and a redirect address that is registered there."
        ),
        noop(
            "An account that is linked to a Facebook page can go by Facebook Login instead: the token of a system"
            " user, as for Facebook, and the page's id. Its scopes are instagram_basic, "
            "instagram_content_publish, instagram_manage_comments, instagram_manage_messages, "
            "instagram_manage_insights and pages_read_engagement."
        ),
        noop(
            "Instagram takes no file from a program, it fetches each from a public address: let a web server show"
            " the media folder beside the database, and give its address as media_url. Without it only answers go"
            " out."
        ),
        noop(
            "For pushes give smdash the app's secret and a verify token, which is any long word of your own, and "
            "start smdash receive behind your own TLS proxy (smdash help receive)."
        ),
        noop(
            "In the same place of the dashboard, under Webhooks, enter the address https://HOST/instagram/ACCOUNT"
            " and the verify token, subscribe to comments, mentions and messages, and turn the subscription of "
            "the account on."
        ),
    ),
    costs=(noop("Nothing."),),
    limits=(
        noop(
            "The number of posts in 24 hours is limited (25 to 100, Instagram says how many); smdash asks before "
            "it posts."
        ),
        noop(
            "A caption has 2,200 characters, 30 hashtags; a comment 300 characters, a direct message 1,000 bytes;"
            " pictures are JPEG."
        ),
        noop("A direct message can be answered for 24 hours after the person wrote last."),
        noop("A token that was not renewed for 60 days is dead: then a new one is needed."),
    ),
)
