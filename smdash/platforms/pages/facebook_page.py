"""Facebook Pages: Graph API, https://developers.facebook.com/docs/pages-api/"""

from smdash.locale import noop
from smdash.platforms.pages import Page

PAGE = Page(
    can=(
        noop(
            "Comments below the page's posts, mentions of the page and reviews come in; posts, pictures and "
            "videos go out, comments are answered, hidden and deleted. Direct messages are the network "
            "messenger."
        ),
    ),
    cannot=(
        noop("A personal profile has no programming interface, and groups have none any more."),
        noop("Public posts can't be searched: listening on Facebook means mentions and your own comments."),
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
            "generate a token for the app with the scopes named below. Such a token has no end and belongs to "
            "no employee."
        ),
        noop("smdash turns it into the page's own token; type the page's id where it is asked for."),
        noop(
            "Without a system user: in the Graph API Explorer get a user token with the same scopes. It lives "
            "an hour or two, and has to be exchanged for a long one first."
        ),
    ),
    costs=(noop("Nothing."),),
    limits=(
        noop(
            "Meta counts calls by how much people have to do with the page or account, and tells the share that"
            " is used; smdash slows down and waits."
        ),
        noop("Figures need a page with 100 likes or more, and are a day old."),
    ),
)
