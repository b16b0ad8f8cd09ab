"""Text inside XML: what XML cannot hold is left out, what it would take for markup is escaped."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape, quoteattr

_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|[\ud800-\udfff]")


def allowed(text: str) -> str:
    """Return a text without the signs that no XML may hold."""
    return _NOT_IN_XML.sub("", text)


def text(value: str) -> str:
    """Return a text as it stands between two tags."""
    return escape(allowed(value))


def attribute(value: str) -> str:
    """Return a text as the value of an attribute, in its quotation marks."""
    return quoteattr(allowed(value))
