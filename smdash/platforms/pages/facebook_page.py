"""Facebook Pages: Graph API, https://developers.facebook.com/docs/pages-api/"""

from smdash.locale import noop
from smdash.platforms.pages import Page

PAGE = Page(
    can=(
        noop(
            "Comments below the page's posts and posts that tag the page come in; posts, pictures and videos go "
            "out; comments are answered, liked, hidden and deleted. Direct messages are the network messenger."
        ),
    ),
    cannot=(
        noop("A personal profile has no programming interface, and groups have none any more."),
        noop("Public posts can't be searched: listening on Facebook means mentions and your own comments."),
        noop("Recommendations and what visitors post on the page come by push only (smdash receive)."),
        noop("There are no threads: what follows goes below the post as the page's own comment."),
    ),
    steps=(
        noop(
            "Make an app of the type Business at developers.facebook.com, owned by the business that owns the "
            "page or account. While the app is in development, only what people with a role on it write can be "
            "seen; for everybody's, Meta has to review it (Advanced Access) and to verify the business."
        ),
        noop(
            "In Business Settings, Users, System users, add a system user, give it the page or account, and "
            "generate a token for the app with the scopes named below. Such a token has no end and belongs to no "
            "employee."
        ),
        noop(
            "smdash turns it into the page's own token; type the page's id where it is asked for. With the app's "
            "id and secret Meta also tells which scopes the token lacks and when it ends."
        ),
        noop(
            "Without a system user: in the Graph API Explorer get a user token with the same scopes. It lives an "
            "hour or two; the Access Token Debugger makes one of about 60 days of it (Extend Access Token)."
        ),
        noop(
            "For pushes give smdash the app's secret and a verify token, which is any long word of your own, and "
            "start smdash receive behind your own TLS proxy (smdash help receive)."
        ),
        noop(
            "In the app's dashboard under Webhooks choose Page, enter the address "
            "https://HOST/facebook_page/ACCOUNT and the verify token, and subscribe to feed, mention and ratings."
            " The page itself is subscribed to the app by a call in the Graph API Explorer: POST "
            "/PAGE_ID/subscribed_apps?subscribed_fields=feed,mention,ratings, which needs pages_manage_metadata."
        ),
        noop(
            "An app has one address for everything of a page: what it pushes goes to Facebook or to Messenger. "
            "For both give each an app of its own, or leave Facebook to be asked every two minutes."
        ),
    ),
    costs=(noop("Nothing."),),
    limits=(
        noop(
            "Meta counts calls by how much people have to do with the page or account, and tells the share that "
            "is used; smdash slows down and waits."
        ),
        noop("A post has 63,206 characters, a comment 8,000."),
        noop("Figures need a page with 100 likes or more, and are a day old."),
    ),
)
