"""What is chosen on the overview, and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import streamlit as st

from gridmap import i18n
from gridmap.analysis.coverage import Coverage
from gridmap.services import community_settings, overview
from gridmap.services.community_data import CommunityData
from gridmap.services.sight import Sight
from gridmap.web import chrome, sources
from gridmap.web.session import Session
from gridmap.web.state import MODES, Mode, PageState


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What is chosen, and what follows from it.

    Parameters
    ----------
    page
        The page's state.
    kind_name
        What the chosen kind of service point is called.
    covered
        The coverage by points of that kind.
    language
        The person's language.
    seen
        What the person sees of the community.
    """

    page: PageState
    kind_name: str
    covered: Coverage
    language: str
    seen: Sight

    @classmethod
    def of(cls, data: CommunityData, page: PageState, language: str, seen: Sight) -> Choices:
        """Work out what follows from the page's state."""
        return cls(
            page=page,
            kind_name=overview.kind_name(data, page.kind, language),
            language=language,
            seen=seen,
            covered=sources.covered(data, page.kind, radius_m(data, page.kind)),
        )


def kind_within(data: CommunityData, kind: str, any_m: float, language: str) -> str:
    """Return what a kind is called; all kinds together with their radius, since those of single kinds differ."""
    if kind == overview.ANY_KIND:
        return i18n.text("overview.any_kind_within", language, radius=any_m)
    return overview.kind_name(data, kind, language)


def modes(seen: Sight) -> list[Mode]:
    """Return how buildings can be coloured: by issues only for those who see figures of them."""
    return [mode for mode in MODES if mode != "issues" or seen.figures is None or seen.figures]


def kinds(data: CommunityData) -> list[str]:
    """Return the kinds of service points that can be chosen."""
    return [*overview.kinds(data), overview.ANY_KIND]


def radius_m(data: CommunityData, kind: str) -> float:
    """Return the radius of service of a kind, in metres."""
    return community_settings.radius_m(sources.store(), data.community, kind)


def settle(data: CommunityData, shown: CommunityData, session: Session, seen: Sight, language: str) -> Choices:
    """Return what is chosen and what follows from it; what the address names but is not there gives way.

    The page's state is what counts: the switches show it, and change it before the next run. ``shown`` is what the
    person sees of the community.
    """
    page, known = session.page, kinds(data)
    session.page = page = replace(
        page,
        layers=tuple(name for name in page.layers if seen.layer(name)),
        kind=page.kind if page.kind in known else known[0],
        mode=page.mode if page.mode in modes(seen) else MODES[0],
        filters=overview.settled(shown, page.filters),
    )
    frames = {"building": shown.buildings, "point": shown.points, "issue": shown.issues}
    if page.target is not None and page.selected not in frames[page.target].index:
        session.lost = page.target
        session.page = replace(page, target=None, selected=None)
    return Choices.of(data, session.page, language, seen)


def say_lost(data: CommunityData, session: Session, language: str) -> None:
    """Say what the link named and is not there."""
    said = []
    if session.lost_community:
        said.append(i18n.text("overview.no_community", language, name=data.community.name))
    if session.lost is not None:
        said.append(i18n.text(f"overview.gone.{session.lost}", language))
    if said:
        st.info(chrome.literally(" ".join(said)), icon=":material/link_off:")
