"""The five colours can be told apart by everybody, on a projector and in grey print."""

from __future__ import annotations

import colorsys
import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridmap import palette
from gridmap.model import IssueState

PAIRS = list(itertools.combinations(palette.grids().values(), 2))
colours = st.integers(0, 0xFFFFFF).map("#{:06X}".format)


def seen(colour: str, eyes: str) -> str:
    return colour if eyes == "normal" else palette.simulate(colour, eyes)  # type: ignore[arg-type]


@pytest.mark.parametrize("eyes", ["normal", *palette.DEFICIENCIES])
def test_grid_colours_differ_for_every_eye(eyes: str) -> None:
    for one, other in PAIRS:
        assert palette.difference(seen(one.hex, eyes), seen(other.hex, eyes)) > 20, (one.key, other.key)


@pytest.mark.parametrize("eyes", ["normal", *palette.DEFICIENCIES])
@pytest.mark.parametrize("opacity", [0.35, 0.45, 0.55])
def test_pale_grid_fills_differ_for_every_eye(eyes: str, opacity: float) -> None:
    for one, other in PAIRS:
        fills = [seen(palette.over(c.hex, opacity), eyes) for c in (one, other)]
        assert palette.difference(*fills) > 7, (one.key, other.key)


def test_grid_colours_differ_in_grey_print_and_by_letter_and_hatch() -> None:
    for one, other in PAIRS:
        assert abs(palette.grey(one.hex) - palette.grey(other.hex)) > 9, (one.key, other.key)
        assert one.letter != other.letter
        assert one.hatch != other.hatch


@pytest.mark.parametrize(
    ("key", "hue"),
    [("red", (345, 375)), ("yellow", (45, 60)), ("blue", (195, 225)), ("green", (120, 165)), ("purple", (270, 300))],
)
def test_grid_colours_are_what_they_are_called(key: str, hue: tuple[int, int]) -> None:
    channels = [int(palette.grid(key).hex[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    h, s, v = colorsys.rgb_to_hsv(*channels)
    assert any(hue[0] <= h * 360 + turn <= hue[1] for turn in (0, 360))
    assert s > 0.5
    assert v > 0.4


def test_letters_can_be_read_on_their_colour() -> None:
    for colour in palette.grids().values():
        assert palette.contrast(palette.text_on(colour.hex), colour.hex) >= 4


@pytest.mark.parametrize("eyes", ["normal", *palette.DEFICIENCIES])
def test_buildings_without_cover_stand_out_for_every_eye(eyes: str) -> None:
    covered, out = palette.coverage("covered"), palette.coverage("out_of_reach")
    assert palette.difference(seen(covered.fill, eyes), seen(out.fill, eyes)) > 20
    assert abs(palette.grey(covered.fill) - palette.grey(out.fill)) > 20
    assert out.hatch
    assert not covered.hatch


def test_households_go_from_pale_to_dark() -> None:
    greys = [palette.grey(c) for c in palette.HOUSEHOLDS]
    assert all(a - b > 8 for a, b in itertools.pairwise(greys))


def test_open_issues_are_filled_and_closed_ones_hollow() -> None:
    assert palette.issue(IssueState.SUSPENDED) == palette.issue(IssueState.RECORDED)
    assert palette.issue(IssueState.RECORDED).fill != palette.issue(IssueState.CLOSED).fill


def test_unknown_colour_and_state_are_grey_not_an_error() -> None:
    assert palette.grid("pink").letter == ""
    assert palette.coverage("nonsense") == palette.coverage("unknown")


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
        ((50.0, 0.0, 0.0), (50.0, -1.0, 2.0), 2.3669),
        ((50.0, 2.49, -0.001), (50.0, -2.49, 0.0009), 7.1792),
        ((50.0, 2.49, -0.001), (50.0, -2.49, 0.0011), 7.2195),
        ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((63.0109, -31.0961, -5.8663), (62.8187, -29.7946, -4.0864), 1.2630),
        ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_difference_gives_the_published_values(
    one: tuple[float, ...], other: tuple[float, ...], expected: float
) -> None:
    """Table 1 of Sharma, Wu & Dalal (2005)."""
    assert palette._ciede2000(np.array(one), np.array(other)) == pytest.approx(expected, abs=1e-4)


def test_black_and_white_are_a_hundred_apart() -> None:
    assert palette.difference("#000000", "#FFFFFF") == pytest.approx(100, abs=0.05)


@given(colours, colours)
def test_difference_is_symmetric_and_zero_only_for_equals(one: str, other: str) -> None:
    assert palette.difference(one, other) == pytest.approx(palette.difference(other, one))
    assert (palette.difference(one, other) < 1e-9) == (one == other)


@given(colours)
def test_grey_stays_grey_for_every_eye(colour: str) -> None:
    level = colour[1:3]
    for eyes in palette.DEFICIENCIES:
        assert palette.difference(palette.simulate(f"#{level * 3}", eyes), f"#{level * 3}") < 1


def test_known_confusion_is_found() -> None:
    assert (
        palette.difference(palette.simulate("#D55E00", "deuteranopia"), palette.simulate("#6B8E23", "deuteranopia"))
        < 15
    )
    assert palette.contrast("#000000", "#FFFFFF") == pytest.approx(21)
