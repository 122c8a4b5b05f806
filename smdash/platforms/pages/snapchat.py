"""Snapchat Public Profile API: https://developers.snap.com/api/marketing-api/Public-Profile-API"""

from smdash.locale import noop
from smdash.platforms.pages import Page

PAGE = Page(
    can=(
        noop(
            "Stories, saved stories and spotlights of a public profile go out, and their figures come in, where"
            " Snap has allowed it."
        ),
    ),
    cannot=(
        noop(
            "Snap lets in only those that it has put on a list, and only through a contact at Snap. For all "
            "others there is no way: plan the post here, copy its text and post it in the app."
        ),
        noop(
            "There are no messages, comments, mentions or searches for programs. Personal accounts have no "
            "programming interface."
        ),
    ),
    steps=(
        noop("Make a business account and in it an OAuth app at business.snapchat.com; note its client id and secret."),
        noop("Send the client id to your contact at Snap and ask for the Public Profile API."),
        noop("When it is allowed, connect the profile by its id."),
    ),
    costs=(noop("Nothing."),),
    limits=(
        noop(
            "One picture (JPEG or PNG, 20 MB) or video (MP4, 500 MB, 5 to 60 seconds) for each post; no posts "
            "of text alone."
        ),
        noop("Access lives half an hour and is renewed by smdash."),
    ),
)
