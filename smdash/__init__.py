"""smdash: the social desk of a team, in a terminal."""

__version__ = "0.1.0"
