"""Keeps secrets out of logs and error sentences.

Two nets: the exact values that were ever sent (``remember``), and the shapes that secrets have in addresses,
headers and JSON. httpx and httpcore write whole addresses at INFO, so they are turned down as well.
"""

from __future__ import annotations

import logging
import re
from urllib.parse import quote

HIDDEN = "[secret]"
_SHORTEST = 6
_SURELY_SECRET = 12
# Sessions bring new secrets every two hours for as long as the service runs; what is in use is remembered anew.
_MOST = 500
_secrets: dict[str, None] = {}
_formatter = logging.Formatter()

_NAMES = (
    r"(?:[a-z0-9_\-]*(?:token|secret|password|passwd|api[_\-]?key|signature)|authorization|proxy-authorization"
    r"|cookie|set-cookie|client_id|code|key|sig|jwt)"
)
_SHAPES = (
    (re.compile(r"\b(bearer|basic|dpop|oauth)\s+[a-z0-9._~+/=\-]{4,}", re.IGNORECASE), rf"\1 {HIDDEN}"),
    # The name stands at a border, so that "keycode=" of a sentence isn't taken for "code=".
    (
        re.compile(rf"(?<![a-z0-9_\-])({_NAMES})(=|%3D)(?!\[secret\])[^\s&#;,'\"<>)]+", re.IGNORECASE),
        rf"\1\2{HIDDEN}",
    ),
    (
        re.compile(
            # Begun at a border only: otherwise a long word takes the square of its length.
            r"(?<![a-z0-9_\-])([\"']?(?:[a-z0-9_\-]*(?:token|secret|password|api[_\-]?key)|authorization)[\"']?\s*:\s*)"
            r"(?!\s*\[secret\]|(?:bearer|basic|dpop|oauth)\s)"
            r"(?:\"[^\"]*\"|'[^']*'|[^\s,;'\"}]+)",
            re.IGNORECASE,
        ),
        rf"\1{HIDDEN}",
    ),
    (re.compile(r"(?<=://)[^\s/@:]+:[^\s/@]+(?=@)"), HIDDEN),
)


def remember(secret: str) -> None:
    """Hide this exact value from now on. Values shorter than six characters are too common to hide.

    Of more than five hundred values, those that were remembered longest ago are dropped.
    """
    if len(secret) >= _SHORTEST:
        _secrets.pop(secret, None)
        _secrets[secret] = None
        while len(_secrets) > _MOST:
            del _secrets[next(iter(_secrets))]


def knows_any() -> bool:
    """Whether a secret was ever remembered."""
    return bool(_secrets)


def hide(text: str) -> str:
    """*text* with every remembered value replaced, as it is and as an address would carry it; shapes are let be.

    Values shorter than twelve characters may be somebody's word and are kept.
    """
    for secret in tuple(_secrets):
        if len(secret) >= _SURELY_SECRET:
            for form in (secret, quote(secret, safe="")):
                if form in text:
                    text = text.replace(form, HIDDEN)
    return text


def scrub(text: str) -> str:
    """*text* with every remembered value, and everything shaped like a secret, replaced."""
    # A copy: another thread may remember something meanwhile.
    for secret in tuple(_secrets):
        for form in (secret, quote(secret, safe="")):
            if form in text:
                text = text.replace(form, HIDDEN)
    for shape, replacement in _SHAPES:
        text = shape.sub(replacement, text)
    return text


class Redactor(logging.Filter):
    """Rewrites each record before it is written; never drops one."""

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            message = record.getMessage()
        except (TypeError, ValueError, KeyError):
            # A record whose arguments don't fit would be printed raw by logging's own error report.
            message = str(record.msg)
        record.msg, record.args = scrub(message), None
        if record.exc_info and not record.exc_text:
            record.exc_text = _formatter.formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = scrub(record.exc_text)
        if record.stack_info:
            record.stack_info = scrub(record.stack_info)
        return True


def install(logger: logging.Logger) -> None:
    """Redact what *logger* writes itself and what its present handlers write for its children.

    Call it after the handlers were added: a logger's own filter isn't asked for a child's records.
    """
    for place in (logger, *logger.handlers):
        if not any(isinstance(known, Redactor) for known in place.filters):
            place.addFilter(Redactor())
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
