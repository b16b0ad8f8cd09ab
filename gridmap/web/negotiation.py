"""What a browser says of the answers it has and takes (RFC 9110, clauses 12.5.3 and 13.1.2)."""

from __future__ import annotations

import re

_TAGS = re.compile(r'\s*(?:W/)?("[^"]*")\s*(?:,|$)')


def has_already(if_none_match: str | None, tag: str) -> bool:
    """Answer whether a browser has the answer with ``tag``: one tag, several, weak ones, or ``*`` for any."""
    if if_none_match is None:
        return False
    # Weak and strong are the same to this question: a proxy that compresses makes a strong one weak.
    return if_none_match.strip() == "*" or tag in _TAGS.findall(if_none_match)


def takes_gzip(accept_encoding: str | None) -> bool:
    """Answer whether a browser takes gzip: named, or meant by ``*``, and not with a weight of 0."""
    weights: dict[str, float] = {}
    for one in (accept_encoding or "").lower().split(","):
        name, _, parameter = one.partition(";")
        weights[name.strip()] = _weight(parameter)
    return weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0))) > 0


def _weight(parameter: str) -> float:
    name, _, value = parameter.partition("=")
    if name.strip() != "q":
        return 1.0
    # What is no number is no consent.
    return float(value) if re.fullmatch(r"\s*[01](\.\d{0,3})?\s*", value) else 0.0
