"""Telegram Bot API: https://core.telegram.org/bots/api"""

from smdash.locale import noop
from smdash.platforms.pages import Page

PAGE = Page(
    can=(
        noop(
            "Messages to the bot, comments in the group of a channel and mentions in groups where the bot is a "
            "member come in; posts to channels, answers and media go out; messages in groups are liked and "
            "deleted; the number of members is told."
        ),
    ),
    cannot=(
        noop(
            "What was written while smdash did not ask for more than a day is lost: Telegram keeps it for 24 "
            "hours and has no history for bots."
        ),
        noop("Bots can't search, and don't see how often a post was viewed."),
        noop(
            "Telegram shows a bot nothing of what it sent: whether a post whose call broke off is out only a "
            "person sees."
        ),
        noop(
            "In a group a bot sees commands, mentions and replies only, unless its privacy mode is turned off or "
            "it is an administrator."
        ),
    ),
    steps=(
        noop("In Telegram write to @BotFather: /newbot. It answers with the token."),
        noop(
            "Make the bot an administrator of the channel, with the right to post; add it to the channel's "
            "discussion group for the comments."
        ),
        noop(
            "In groups: /setprivacy at @BotFather, Disable, if the bot is to see everything. It counts for groups"
            " that it joins afterwards."
        ),
        noop(
            "Name the channel when smdash asks where to post; without it messages come in and are answered, and "
            "nothing is posted."
        ),
        noop(
            "Only one program may read a bot's messages. If another one does, or a webhook is set, Telegram "
            "answers “Conflict”."
        ),
        noop(
            "Messages are asked for every 15 seconds. To have them pushed, give both the webhook's address "
            "https://HOST/telegram/ACCOUNT and a word of your own, and start smdash receive (smdash help "
            "receive); smdash tells Telegram by itself."
        ),
    ),
    costs=(noop("Nothing."),),
    limits=(
        noop("One message a second to the same chat, 20 a minute to a group, about 30 a second in all."),
        noop("A text has 4,096 characters, a caption 1,024; files go out up to 50 MB."),
        noop("The token has no end; /revoke at @BotFather ends it."),
    ),
)
