"""Snapchat Public Profile API: https://developers.snap.com/api/marketing-api/Public-Profile-API"""

from smdash.locale import noop
from smdash.platforms.pages import Page

PAGE = Page(
    can=(
        noop(
            "Posts are planned and checked against Snapchat's limits here; smdash sends nothing there, and reads "
            "nothing."
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
        noop("When it is allowed, tell those who make smdash: until then it has no account of Snapchat to connect."),
    ),
    costs=(noop("Nothing."),),
    limits=(
        noop(
            "One picture (JPEG or PNG, 20 MB) or video (MP4, 500 MB, 5 to 60 seconds) for each post; no posts "
            "of text alone."
        ),
    ),
)
