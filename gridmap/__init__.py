"""gridmap: the five-colour grid map of a residential community (社区)."""

__version__ = "0.1.0"
