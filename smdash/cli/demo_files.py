"""The made-up team's files: one picture and one video, small enough to be written here.

Both were made by code: a sunset of 96 × 96 pixels, and an MP4 of 20 seconds with one track of nothing. They are put
into the media folder as they are, since what they are is known.
"""

from __future__ import annotations

import base64
import zlib
from pathlib import Path

from smdash.core.media import Attachment, Probe
from smdash.core.records import Format
from smdash.store import attachments, media

_PICTURE = (
    "eNr7f+P/AwYBLzdPNwZGRgYGRiBk+H+bwZlBQUxCRkJEQUZKRkVJQc0gwMRAR8cgyc3LKqAkraqiKK0gr2HCjjkNHeu68goW3Fq0bt+RcxfO"
    "1cx69OnBiQ87Tp07BjKEUUlFxUDLIM7EJO5YS0HLMZLB/wMMghwMCQwJzIxKDEyCjMyCjP+PMEgCHckMci0CMDKxsDIDpfQFGBmYGFiY2NlZ"
    "4VKCTMwiC4WSWViFRY2MAxWVElMWHXxoWFjUuBGoQYIRDJDNYmJkZgHKSAmCbWFEsUVQiNnw/y0GHmagNYLMggz2DNdTV9ns+LY2dZWELhpW"
    "cJ22JsklMo1TMHWGiuu0hIlikU1ALlfHpus9Ht06BzU7Zs7qmDm/6aZl8OzuS8pf8w63GRxN7OhwXdszO3m+oUXaRpfj79rdktS0ktTsdGqV"
    "1TfP0/hw7mjumu7sE67T9gQBzeLYdOPrnr1n8/VLP2u8k9bZZpuvXxx9+s4zv4c3XtSF/GdQaxdXXquupWatpzE/v2vf+bhfP+vXf3icb51/"
    "5OzCq5Ul85XFv/7b+ffrp/8M8Q+fz712eWZzm1FFbe3r34JPc3+cmFF1M6fqXtyz7dN3bzfa93DT6eRrn76b7tl7LuWdJENpIQMaYP9/EwDi"
    "pejE"
)
_VIDEO = (
    "eNrtkT1Ow0AQhZ+Xn4SIjhQpKCKUElEgDkCZghIQBY2TiWUrXhx5l5Wg4ggchwNQcQoOQR9mHUfekJ+Obka299t5s/N2ZAC9xL7MMlNoQMGv"
    "enZ1yXyui8IByLVLCSuhHoCLb0TwTxPRatXf/TV2huIDH7aMp8yPdlp5tta7sS92+2zyVW+Ll8VbTVnM0Ne0ea67z2pzllJeLhWX0SSsTH2n"
    "js6eEoau01Wn0HdAC+2UykkS3Ov4ucz7NX8ZO8p5TYw1FNTc8x9wW2bjKXiOIcNwW8Va9OZz/zXWmuZM9ONz/obsPg56LTXPXdZea61T5zk3"
    "Lpp6dQOcvGuKLSK1t39w2GofCQkJCQkJCQkJCQkJCQkJCQkJCf0X/QKQfZS/"
)
_FILES = {
    Format.IMAGE: (_PICTURE, "senja.jpg", Probe("image/jpeg", 591, 96, 96, alt="Matahari terbenam di atas bukit")),
    Format.VIDEO: (
        _VIDEO,
        "kedai.mp4",
        Probe("video/mp4", 5588, 640, 640, 20.0, 25.0, "Barista menyeduh kopi di kedai"),
    ),
}


def put(folder: Path) -> dict[Format, Attachment]:
    """Write the files into the media folder; returns one for each format that has one. Raises StoreReadOnly."""
    found = {}
    for format_, (packed, name, probe) in _FILES.items():
        data = zlib.decompress(base64.b64decode(packed))
        found[format_] = attachments.new(media.Taken(media.put(folder, data), name, probe), alt=probe.alt)
    return found
