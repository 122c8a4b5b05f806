"""YouTube Data API v3: https://developers.google.com/youtube/v3"""

from smdash.locale import noop
from smdash.platforms.pages import Page

PAGE = Page(
    can=(
        noop(
            "Comments below the channel's videos come in, also those that YouTube holds back; they are answered, "
            "held back and deleted. Videos go out, with a first comment; searches for new videos; figures of videos "
            "and of the channel."
        ),
    ),
    cannot=(
        noop("There are no direct messages, and posts of the Community tab are not given to programs."),
        noop("There are no likes: YouTube gives none to programs for comments. Searches find no comments."),
        noop("A project that Google has not audited may upload, but its videos stay private."),
    ),
    steps=(
        noop("At console.cloud.google.com make a project and turn on “YouTube Data API v3”."),
        noop(
            "Under OAuth consent screen fill in the form, and publish the app (“In production”): as long as it "
            "is “Testing”, the permission dies after seven days. A warning that Google has not verified it is "
            "shown then, which is meant."
        ),
        noop(
            "Under Credentials create an OAuth client of the type “Desktop app”. Its id and secret are what "
            "smdash asks for; the consent page ends at an address of this machine where nothing has to listen, "
            "and that address is pasted."
        ),
        noop("Agree with the Google account that owns the channel, and choose the channel where there are several."),
    ),
    costs=(noop("Nothing, but every call costs units of a daily quota."),),
    limits=(
        noop(
            "10,000 units a day for a project; reading costs 1, writing a comment 50. Uploads and "
            "searches are counted apart: 100 of each a day. Everything begins anew at midnight Pacific time."
        ),
        noop(
            "Access is renewed every hour, by smdash. It ends when somebody takes it away, or after six months "
            "without use."
        ),
    ),
)
