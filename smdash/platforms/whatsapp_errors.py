"""What WhatsApp's own error codes mean in our words; the others are Meta's (``meta_errors``).

https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes. The same codes come with
an answer and, for messages that were accepted and failed later, in webhooks (``statuses[].errors``).
"""

from __future__ import annotations

from smdash.core.errors import ErrorKind
from smdash.locale import noop
from smdash.platforms.meta_errors import Meaning, Meanings

OUTSIDE_WINDOW = 131047

_FEWER = noop("{host} asks for fewer messages from this number")
_TEMPLATE = noop("the message template can't be used as it is")
_TROUBLE = noop("{host} is in trouble")
_TEMPLATES = (132000, 132001, 132005, 132007, 132008, 132012, 132015, 132016, 131063)

MEANINGS: Meanings = {
    (0, None): Meaning(ErrorKind.AUTH, noop("{host} does not accept the token any more; make a new one")),
    (131005, None): Meaning(ErrorKind.PERMISSION, noop("the token may not send messages for this number")),
    (131031, None): Meaning(ErrorKind.PERMISSION, noop("the WhatsApp account is locked; see the WhatsApp Manager")),
    (131042, None): Meaning(
        ErrorKind.PERMISSION, noop("payment for the WhatsApp account does not work; see the WhatsApp Manager")
    ),
    (131045, None): Meaning(ErrorKind.PERMISSION, noop("the number is not registered for sending")),
    (133010, None): Meaning(ErrorKind.PERMISSION, noop("the number is not registered for sending")),
    (80007, None): Meaning(ErrorKind.RATE, noop("{host} asks for fewer calls")),
    (130429, None): Meaning(ErrorKind.RATE, _FEWER),
    (131048, None): Meaning(ErrorKind.RATE, noop("{host} holds the number back: people reported its messages")),
    (131056, None): Meaning(ErrorKind.RATE, noop("too many messages to this person in a short time")),
    (131057, None): Meaning(ErrorKind.RATE, noop("the WhatsApp account is being maintained; it works again by itself")),
    (133016, None): Meaning(ErrorKind.RATE, _FEWER),
    (OUTSIDE_WINDOW, None): Meaning(
        ErrorKind.REJECTED,
        noop("this person wrote more than 24 hours ago: WhatsApp takes nothing but approved templates then"),
    ),
    (131026, None): Meaning(
        ErrorKind.REJECTED, noop("the message can't be delivered: the person has no WhatsApp, or an old one")
    ),
    (130472, None): Meaning(ErrorKind.REJECTED, noop("WhatsApp keeps this message from the person, for an experiment")),
    (131049, None): Meaning(
        ErrorKind.REJECTED, noop("WhatsApp held the message back: the person gets too many of this kind")
    ),
    (131050, None): Meaning(ErrorKind.REJECTED, noop("the person wants no such messages from this number")),
    (131051, None): Meaning(ErrorKind.REJECTED, noop("WhatsApp takes no message of this kind")),
    (131062, None): Meaning(
        ErrorKind.REJECTED, noop("WhatsApp takes this kind of message only for somebody whose number is known")
    ),
    (131021, None): Meaning(ErrorKind.REJECTED, noop("a number can't write to itself")),
    (131030, None): Meaning(ErrorKind.REJECTED, noop("a test number writes to the numbers of its list only")),
    (131008, None): Meaning(ErrorKind.REJECTED, noop("{host} refused the message: something is missing in it")),
    (131009, None): Meaning(ErrorKind.REJECTED, noop("{host} refused the message: something in it is not valid")),
    (131052, None): Meaning(ErrorKind.REJECTED, noop("WhatsApp could not fetch the file")),
    (131053, None): Meaning(ErrorKind.REJECTED, noop("WhatsApp does not take the file, for its type or its size")),
    (131064, None): Meaning(ErrorKind.PERMISSION, noop("WhatsApp holds the account's templates back for now")),
    (131000, None): Meaning(ErrorKind.SERVER, _TROUBLE),
    (131016, None): Meaning(ErrorKind.SERVER, _TROUBLE),
    (135000, None): Meaning(ErrorKind.SERVER, _TROUBLE),
    **{(code, None): Meaning(ErrorKind.REJECTED, _TEMPLATE) for code in _TEMPLATES},
}
