"""Where servers send who asks them, and which addresses nobody is sent to (RFC 9110 section 15.4)."""

from __future__ import annotations

import httpx

from smdash.core.errors import ErrorKind, PlatformError
from smdash.locale import gettext as _
from smdash.platforms.addresses import AddressRefused, host_of, is_public, parse_url
from smdash.platforms.problems import problem

_ALL = (301, 302, 303, 307, 308)
PERMANENT = (301, 308)


def refuse_literal(url: httpx.URL, trusted: bool) -> None:
    """Raise AddressRefused for a written-out address before any transport is asked, a test's included."""
    host = url.raw_host.decode("ascii", "replace")
    literal = ":" in host or host.replace(".", "").isdigit()
    if literal and not trusted and not is_public(host):
        raise AddressRefused(host)


def target_of(response: httpx.Response, url: httpx.URL) -> httpx.URL | None:
    """Where an answer sends who asked at *url*, if it does. Raises PlatformError (server) for no web address."""
    location = response.headers.get("location")
    if response.status_code not in _ALL or not location:
        return None
    try:
        return parse_url(location.strip(), base=url)
    except PlatformError:
        sentence = _("{host} redirects to something that is not a web address")
        raise problem(ErrorKind.SERVER, sentence.format(host=host_of(url))) from None
