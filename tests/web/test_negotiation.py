"""What a browser says of the answers it has and takes is read as the standard means it."""

from __future__ import annotations

import pytest

from gridmap.web import negotiation

TAG = '"1-zh-grids-7"'


@pytest.mark.parametrize(
    ("said", "has"),
    [
        (None, False),
        ("", False),
        (TAG, True),
        ("W/" + TAG, True),
        (f'"other", W/{TAG}', True),
        (f'  "other" ,{TAG} ', True),
        ("*", True),
        ('"other"', False),
        (TAG.strip('"'), False),
        (f'"other-{TAG.strip(chr(34))}"', False),
        ('"a, ' + TAG[1:], False),
        (",,, garbage \x00", False),
    ],
)
def test_tag(said: str | None, has: bool) -> None:
    assert negotiation.has_already(said, TAG) is has


@pytest.mark.parametrize(
    ("said", "takes"),
    [
        (None, False),
        ("", False),
        ("gzip", True),
        ("GZip, deflate, br", True),
        ("deflate, gzip;q=1.0", True),
        ("gzip;q=0.001", True),
        ("gzip;q=0", False),
        ("gzip; q=0.000", False),
        ("gzip ; Q=0 , br", False),
        ("*", True),
        ("*;q=0", False),
        ("identity, *;q=0", False),
        ("gzip;q=0, *", False),
        ("br;q=1, *;q=0.5", True),
        ("identity", False),
        ("notgzip", False),
        ("gzip;q=banana", False),
    ],
)
def test_gzip(said: str | None, takes: bool) -> None:
    assert negotiation.takes_gzip(said) is takes
