"""The overview's choices and its map."""

from __future__ import annotations

import math
from dataclasses import asdict, replace
from typing import Any

import shapely
import streamlit as st

from gridmap import access, i18n
from gridmap.analysis.coverage import Coverage
from gridmap.cartography import overview_config
from gridmap.cartography.overview_map import Command, Fill
from gridmap.services import (
    cards,
    community_settings,
    issue_rates,
    overview,
    pictures,
    record_lists,
    search,
    sight,
    unmasking,
)
from gridmap.services import layers as walks
from gridmap.services.community_data import CommunityData
from gridmap.services.issue_rates import Rates
from gridmap.services.overview import Filters
from gridmap.web import ahead, downloads, filters_view, map_view, navigation, sources
from gridmap.web import choices as selecting
from gridmap.web.choices import Choices
from gridmap.web.session import Session
from gridmap.web.state import SWITCHES, PageState

_HEIGHT_PX = 640  # before the page's own style stretches the map to the screen
_CLOSE = 18.0  # zoom at which a building's number is read
_PHONE_PX = 360


def community(session: Session, actor: access.Actor, language: str) -> int | None:
    """Return the id of the community to show, of those that the person may see; say so where there is none."""
    with st.spinner(i18n.text("app.opening", language)):
        there = sources.store().communities()
    if not there:
        _empty(language)
        return None
    known = [one.id for one in there if one.id is not None and sight.sees(actor, one)]
    if not known:
        st.info(i18n.text("overview.none_for_you", language), icon=":material/info:")
        return None
    if session.page.community not in known:
        session.lost_community = session.page.community is not None
        session.page = replace(session.page, community=known[0])
    return session.page.community


def _empty(language: str) -> None:
    with st.container(key="empty"):
        st.subheader(i18n.text("empty.title", language))
        st.markdown(i18n.text("empty.first", language))
        st.code(i18n.text("empty.commands", language, store=sources.store().label), language="shell")
        if st.button(i18n.text("app.again", language), icon=":material/refresh:"):
            st.rerun()


def toolbar(data: CommunityData, session: Session, choices: Choices) -> None:
    """Show the switches of layers, the colouring of buildings, the filters and the picture."""
    page, language, kinds = choices.page, choices.language, selecting.kinds(data)
    any_m = selecting.radius_m(data, overview.ANY_KIND)

    def say(key: str) -> str:
        return i18n.text(f"overview.{key}", language)

    with st.container(horizontal=True, vertical_alignment="center", key="toolbar"):
        st.pills(
            say("layers"),
            [name for name in SWITCHES if choices.seen.layer(name)],
            selection_mode="multi",
            default=page.layers,
            key="layers",
            on_change=session.take_switches,
            format_func=lambda name: say(f"layer.{name}"),
            label_visibility="collapsed",
        )
        st.segmented_control(
            say("mode"),
            selecting.modes(choices.seen),
            default=page.mode,
            key="mode",
            required=True,
            on_change=session.take_switches,
            format_func=lambda name: say(f"mode.{name}"),
            label_visibility="collapsed",
        )
        st.selectbox(
            say("kind"),
            kinds,
            index=kinds.index(page.kind),
            key="kind",
            width=215,
            on_change=session.take_switches,
            format_func=lambda code: selecting.kind_within(data, code, any_m, language),
            label_visibility="collapsed",
            help=i18n.text("overview.kind_help", language, radius=choices.covered.radius_m),
        )
        filters_view.show(data, session, choices.seen, language)
        if choices.seen.picture:
            st.download_button(
                say("picture"),
                data=downloads.noted(
                    data, choices.seen, access.Action.DOWNLOAD_PICTURE, say("picture"), lambda: _picture(data, choices)
                ),
                file_name=downloads.file_name(
                    data.community.name, say(f"mode.{page.mode}"), str(data.day), ending="png"
                ),
                mime="image/png",
                icon=":material/image:",
                on_click="ignore",
                key="png",
            )


def _picture(data: CommunityData, choices: Choices) -> bytes:
    page = choices.page
    return pictures.overview_png(
        data,
        choices.covered,
        page.mode,
        page.shown_layers(),
        page.filters,
        kind=page.kind,
        chosen=None if page.target is None or page.selected is None else (page.target, page.selected),
        language=choices.language,
        now=sources.hour(),
        rates=_rates(data, choices),
    )


def _rates(data: CommunityData, choices: Choices) -> tuple[str, Rates] | None:
    """Return the signs of buildings and the rates they are of, where issues colour the map."""
    if choices.page.mode != "issues":
        return None
    whole = sources.community(community_settings.number(data.community))
    found = sources.issue_rates_of(whole, choices.seen, sources.hour())
    return issue_rates.signs(whole, found, choices.seen), found


def follow(session: Session, language: str) -> None:
    """Go where a button of the card leads, if one was pressed: to the form in which its thing is changed."""
    wanted, session.wanted = session.wanted, None
    if wanted is None:
        return
    where = {"lang": language} | ({} if session.page.community is None else {"c": str(session.page.community)})
    where |= {"kind": f"{wanted.target}s", "id": str(wanted.id)}
    navigation.lead("records", where, language)


def show_map(data: CommunityData, session: Session, choices: Choices, actor: access.Actor) -> None:
    """Show the map with what is chosen; the card offers what ``actor`` may do."""
    if data.buildings.empty:
        st.info(i18n.text("overview.no_buildings", choices.language), icon=":material/info:")
    map_view.show(
        _command(data, session, choices, actor),
        data=data,
        language=choices.language,
        height_px=_HEIGHT_PX,
        on_event=session.take,
    )


def _command(data: CommunityData, session: Session, choices: Choices, actor: access.Actor) -> Command:
    page, language, now = choices.page, choices.language, sources.hour()
    classes = overview.household_classes(data) if page.mode == "households" else None
    rates = _rates(data, choices)
    focus = overview.focus(data, page.filters)
    points = overview.points_shown(data, page.filters)
    filtered = page.filters != Filters(issues="all")
    issues = overview.issues_shown(data, page.filters, now).index if filtered else None
    card = None
    if page.target is not None and page.selected is not None:
        card = cards.card(
            data,
            page.target,
            page.selected,
            covered=choices.covered,
            seen=choices.seen,
            kind_name=choices.kind_name,
            language=language,
            now=now,
            time_zone=sources.time_zone(),
            persons=unmasking.hints(sources.store(), data, choices.seen, page.target, page.selected),
            of_kind=_of_kind(data, page),
        )
    layers = page.shown_layers()
    if focus is not None and not walks.walk_within(data, focus):
        layers = [name for name in layers if name != "walks"]
    return Command(
        revision=data.revision,
        stamp=sources.stamp(data),
        layers=layers,
        fill=Fill(
            mode=page.mode,
            states=rates[0] if rates else overview.states(data, choices.covered) if page.mode == "coverage" else None,
            classes=classes,
        ),
        grids=None if focus is None else [int(i) for i in focus],
        # The grids say it already where whole grids are in focus.
        buildings=[int(i) for i in overview.buildings_in_focus(data, page.filters)] if page.filters.compounds else None,
        issues=None if issues is None else [int(i) for i in issues],
        points=None if focus is None else [int(i) for i in points.index],
        selected=_selected(data, page) if card else None,
        card=asdict(card) | {"acts": _acts(data, page, actor, language)} if card else None,
        hits=_hits(data, session.searched, language),
        legend=overview_config.legend(
            language=language,
            layers=[name for name in layers if _present(data, name)],
            mode=page.mode,
            classes=classes or (),
            asset_base=ahead.ASSETS,
            grids=list(zip(data.grids["colour"], data.grids["name"], strict=True)),
            kinds=overview.in_order(data, points["kind"]),
            known=data.kinds,
            rates=issue_rates.class_words(rates[1], language) if rates else {},
            registered=overview.registered(data, page.kind),
            radius_m=choices.covered.radius_m,
            issues=overview.ISSUE_GROUPS[page.filters.issues],
        ),
        view=session.first_view,
        watch=True,
        fly=_journey(data, session),
    )


def _acts(data: CommunityData, page: PageState, actor: access.Actor, language: str) -> list[dict[str, str]]:
    if page.target is None or page.selected is None:
        return []
    found = record_lists.acts(actor, data, page.target, page.selected)
    acts = [{"act": act, "text": i18n.text(f"card.{act}", language)} for act in found]
    link = navigation.tag_link(data.community.id, language, building=page.selected)
    return [one | {"href": link} if one["act"] == "tag" else one for one in acts]


def _of_kind(data: CommunityData, page: PageState) -> Coverage | None:
    """Return the coverage by points of the kind of the chosen point."""
    if page.target != "point" or page.selected not in data.points.index:
        return None
    kind = data.points.at[page.selected, "kind"]
    return sources.covered(data, kind, selecting.radius_m(data, kind))


def _hits(data: CommunityData, text: str, language: str) -> dict[str, Any] | None:
    if not text:
        return None
    return {"text": text, "found": [asdict(hit) for hit in search.find(data, text, language=language)]}


def _present(data: CommunityData, layer: str) -> bool:
    """Whether the community has anything of a layer: the legend names nothing that is not there."""
    if layer == "walks":
        return walks.shown_walk(data) is not None
    return bool(len(getattr(data, layer)))


def _selected(data: CommunityData, page: PageState) -> dict[str, Any] | None:
    if page.target is None or page.selected is None:
        return None
    chosen: dict[str, Any] = {"target": page.target, "id": page.selected}
    if page.target != "building":
        place = (data.points if page.target == "point" else data.issues).geometry[page.selected]
        if not place.is_empty:
            chosen |= {"lat": place.y, "lon": place.x}
    return chosen


def _journey(data: CommunityData, session: Session) -> dict[str, Any] | None:
    if session.going is None:
        return None
    target, number, seq = session.going
    frame = {
        "building": data.buildings,
        "point": data.points,
        "issue": data.issues,
        "grid": data.grids,
        "compound": data.compounds,
        "walk": data.walks,
    }[target]
    if number not in frame.index or frame.geometry[number].is_empty:
        return None
    shape = frame.geometry[number]
    if target in ("grid", "compound", "walk"):
        place, zoom = shapely.box(*shape.bounds).centroid, _zoom(shape.bounds)
    else:
        place, zoom = shape.representative_point(), _CLOSE
    return {"seq": seq, "lat": place.y, "lon": place.x, "zoom": zoom}


def _zoom(bounds: tuple[float, float, float, float]) -> float:
    """Return the zoom at which an area fills a map as wide as a phone's."""
    west, south, east, north = bounds
    middle = math.cos(math.radians((south + north) / 2))
    degrees = max(east - west, (north - south) / middle, 1e-6)
    # At zoom 0 the whole earth is 256 pixels wide.
    return min(_CLOSE, math.floor(math.log2(_PHONE_PX * 360 / 256 / degrees) * 4) / 4)
