"""The networks that the demo plays, as data; light enough for the registry to import."""

from __future__ import annotations

from typing import NamedTuple

from smdash.core.records import MentionKind
from smdash.platforms.base import JobKind

_MENTION, _COMMENT, _REPLY = MentionKind.MENTION, MentionKind.COMMENT, MentionKind.REPLY
_DM, _REVIEW, _LISTENING = MentionKind.DM, MentionKind.REVIEW, MentionKind.LISTENING


class Network(NamedTuple):
    """One made-up presence of the brand.

    ``weight`` is its part of the traffic, ``interval_s`` how often it is asked (seconds), ``kinds`` what arrives
    there (a kind named twice comes twice as often), ``host`` where its links lead (nothing: it has none) and
    ``window_h`` within how many hours the network lets one answer.
    """

    key: str
    label: str
    account: str
    weight: int
    interval_s: int
    kinds: tuple[MentionKind, ...]
    host: str = ""
    window_h: int | None = None


# Hosts under .example lead nowhere by RFC 2606.
NETWORKS = (
    Network("instagram", "instagram", "kopi.senja", 28, 5, (_COMMENT, _COMMENT, _MENTION, _DM), "instagram.example"),
    Network("whatsapp", "whatsapp", "kopi", 20, 7, (_DM,), window_h=24),
    Network(
        "facebook_page", "facebook", "kopi.senja", 17, 11, (_COMMENT, _COMMENT, _REVIEW, _MENTION), "facebook.example"
    ),
    Network("x", "x", "kopisenja", 14, 8, (_MENTION, _MENTION, _REPLY, _LISTENING), "x.example"),
    Network("messenger", "messenger", "kopi", 9, 13, (_DM,), window_h=24),
    Network("mastodon", "mastodon", "kopi", 7, 10, (_MENTION, _REPLY, _DM), "mastodon.example"),
    Network("linkedin", "linkedin", "kopi-senja", 5, 20, (_COMMENT, _MENTION), "linkedin.example"),
)
TOTAL_WEIGHT = sum(network.weight for network in NETWORKS)
JOBS = tuple(JobKind(network.key, network.interval_s, network.label) for network in NETWORKS)


def shares(total: int) -> tuple[int, ...]:
    """*total* records dealt to the networks by weight (largest remainders), so that none is lost."""
    dealt = [total * network.weight // TOTAL_WEIGHT for network in NETWORKS]
    by_rest = sorted(range(len(NETWORKS)), key=lambda place: (-(total * NETWORKS[place].weight % TOTAL_WEIGHT), place))
    for place in by_rest[: total - sum(dealt)]:
        dealt[place] += 1
    return tuple(dealt)
