"""The 12345 tab: the three rates, what is due, what we may have found before, who calls again, answers to hand back."""

from __future__ import annotations

import datetime as dt
from html import escape

import pandas as pd
import streamlit as st

from gridmap import access, i18n
from gridmap.access import Action, Actor
from gridmap.services import (
    community_settings,
    hotline_links,
    hotline_orders,
    hotline_rates,
    hotline_rules,
    sight,
)
from gridmap.services.community_data import CommunityData
from gridmap.services.hotline_rates import Rate, Rates
from gridmap.services.hotline_rules import HotlineRules
from gridmap.services.sight import Sight
from gridmap.web import hotline_answers_view, hotline_lists_view, navigation, sources

_MONTHS = 12
_BY = ("month", "grid_id", "category")
_WEIGHTS = ("weight_contacted", "weight_solved", "weight_satisfied")


def say(key: str, language: str, **fields: object) -> str:
    """Return words of the 12345 tab."""
    return i18n.text(f"hotline.{key}", language, **fields)


def show(data: CommunityData, actor: Actor, language: str) -> None:
    """Show the tab; ``data`` is the community as far as the person sees it."""
    seen, now = Sight.of(actor, data.community), dt.datetime.now(dt.UTC)
    rules = hotline_rules.of(sources.store(), data.community)
    sees = seen.layer("issues")
    # Figures reach farther than issues: who sees no order may see the rates of many.
    whole = sources.community(int(data.community.id or 0))
    judged = hotline_orders.judged(whole, rules, now)
    if seen.figures is not None:
        judged = judged[judged["grid_id"].isin(seen.figures)]
    with st.container(key="hotline"):
        _head(judged, data, actor, language)
        if judged.empty:
            st.info(say("none", language), icon=":material/info:")
            return
        _rates(judged, whole, rules, sees, language)
        if sees:
            hotline_lists_view.due(data, rules, now, language)
            hotline_lists_view.proposed(data, rules, actor, now, language)
            hotline_lists_view.repeated(data, rules, language)
            hotline_answers_view.show(data, seen, actor, now, language)
            hotline_lists_view.struck(data, rules, actor, now, language)
        if access.permission(actor.role, Action.CHANGE_SETTINGS):
            _settings(data, rules, actor, language)


def _head(judged: pd.DataFrame, data: CommunityData, actor: Actor, language: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="hotline-head"):
        last = judged["reported_at"].max() if len(judged) else None
        told = "" if last is None else i18n.time(last.to_pydatetime(), language, sources.time_zone())
        st.caption(say("as_of", language, time=told) if told else " ", width="stretch")
        if access.permission(actor.role, Action.IMPORT_DATA):
            query = {"lang": language, "c": str(data.community.id)}
            if st.button(say("import", language), icon=":material/upload_file:", key="hotline-import"):
                navigation.lead("data", query, language)


def _rates(judged: pd.DataFrame, data: CommunityData, rules: HotlineRules, sees: bool, language: str) -> None:
    zone = sources.time_zone()
    months = hotline_rates.months(judged, data.day, zone, n=_MONTHS + 1)
    there = [month for month in months if month.rates.orders] or months[:1]
    names = {month.first: _month(month.first, language) for month in months}
    with st.container(horizontal=True, vertical_alignment="bottom", key="hotline-period"):
        place = st.selectbox(
            say("period", language),
            range(len(there)),
            format_func=lambda one: names[there[one].first],
            key="hotline-month",
            width=200,
        )
        by = st.segmented_control(
            say("by", language), _BY, default=_BY[0], required=True, key="hotline-by",
            format_func=lambda one: say(f"by.{one}", language),
        )  # fmt: skip
    first = there[place].first
    at = months.index(there[place])
    rates, before = months[at].rates, months[at + 1].rates if at + 1 < len(months) else None
    rows = hotline_rates.within(judged, first, _last(first), zone)
    _figures(rates, before, hotline_links.confirmed(data, rows) if sees else None, rules, sees, language)
    st.caption(_rule(rules, language))
    if by == "month":
        told: list[tuple[str, Rates]] = [(names[month.first], month.rates) for month in there]
    elif not sees:
        # Parts of which each is shown give away the rest.
        st.caption(say("whole_only", language))
        return
    else:
        told = [(_name(data, by, key, language), found) for key, found in hotline_rates.grouped(rows, by).items()]
    _table(told, by, rules, sees, language)


def _figures(
    rates: Rates, before: Rates | None, ours: int | None, rules: HotlineRules, sees: bool, language: str
) -> None:
    if not hotline_rates.is_told(rates, sees_issues=sees):
        st.info(say("too_few", language, n=sight.FEWEST), icon=":material/info:")
        return
    cells = [
        (
            say("orders", language),
            i18n.number(rates.orders, language),
            say("orders.help", language, struck=rates.struck, apart=rates.orders - rates.struck - rates.called_back)
            if sees
            else "",
        )
    ]
    for name in ("contacted", "solved", "satisfied"):
        rate: Rate = getattr(rates, name)
        earlier: Rate | None = None if before is None else getattr(before, name)
        cells.append((say(name, language), _share(rate, sees, language), _small(rate, earlier, name, sees, language)))
    score = rates.score(rules) if sees or all(_is_told(one, sees) for one in _of(rates)) else None
    cells.append(
        (say("score", language), "—" if score is None else i18n.percent(score, language, 1), _weights(rules, language))
    )
    if ours is not None:
        cells.append((say("ours", language), i18n.number(ours, language), say("ours.help", language, n=rates.orders)))
    told = "".join(
        f'<div class="gm-figure"><dt>{escape(label)}</dt><dd>{escape(value)}</dd><small>{escape(small)}</small></div>'
        for label, value, small in cells
    )
    st.html(f'<dl class="gm-figures">{told}</dl>')


def _of(rates: Rates) -> tuple[Rate, Rate, Rate]:
    return rates.contacted, rates.solved, rates.satisfied


def _is_told(rate: Rate, sees: bool) -> bool:
    return hotline_rates.is_rate_told(rate, sees_issues=sees)


def _share(rate: Rate, sees: bool, language: str) -> str:
    if rate.share is None or not _is_told(rate, sees):
        return "—"
    return i18n.percent(rate.share, language, 1)


def _small(rate: Rate, before: Rate | None, name: str, sees: bool, language: str) -> str:
    if not _is_told(rate, sees):
        return say("few", language, n=sight.FEWEST)
    parts = [say(f"{name}.of", language, met=rate.met, n=rate.n)]
    if rate.apart and sees:
        parts.append(say("apart", language, n=rate.apart))
    if before is not None and before.share is not None and rate.share is not None and _is_told(before, sees):
        points = f"{(rate.share - before.share) * 100:+.1f}"
        parts.append(say("change", language, points=points, n=before.n))
    return " · ".join(parts)


def _weights(rules: HotlineRules, language: str) -> str:
    return say("weights", language, weights=" : ".join(f"{getattr(rules, name):g}" for name in _WEIGHTS))


def _rule(rules: HotlineRules, language: str) -> str:
    return say("rule", language, hours=f"{rules.contact_h:g}")


def _table(told: list[tuple[str, Rates]], by: str, rules: HotlineRules, sees: bool, language: str) -> None:
    shown = [(name, rates) for name, rates in told if hotline_rates.is_told(rates, sees_issues=sees)]
    if not shown:
        return
    made: dict[str, list[object]] = {say(f"by.{by}", language): [name for name, _ in shown]}
    made[say("orders", language)] = [rates.orders for _, rates in shown]
    if sees:
        made[say("struck", language)] = [rates.struck for _, rates in shown]
        made[say("no_callback", language)] = [rates.orders - rates.struck - rates.called_back for _, rates in shown]
    for name in ("contacted", "solved", "satisfied"):
        found = [getattr(rates, name) for _, rates in shown]
        made[say(name, language)] = [
            f"{_share(rate, sees, language)} ({rate.met}/{rate.n})" if _is_told(rate, sees) and rate.n else "—"
            for rate in found
        ]
    if sees:
        scores = [rates.score(rules) for _, rates in shown]
        made[say("score", language)] = ["—" if one is None else i18n.percent(one, language, 1) for one in scores]
    st.dataframe(
        pd.DataFrame(made), hide_index=True, width="stretch", height=min(38 + 35 * len(shown), 360), key="hotline-rates"
    )


def _name(data: CommunityData, by: str, key: object, language: str) -> str:
    if key is None:
        return say("unknown", language)
    if by == "category":
        return data.categories.label(str(key), language)
    return str(data.grids["name"].get(int(str(key).removesuffix(".0")), say("former_grid", language)))


def _month(first: dt.date, language: str) -> str:
    return say("month", language, year=str(first.year), month=f"{first.month:02d}")


def _last(first: dt.date) -> dt.date:
    return (first + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1)


def _settings(data: CommunityData, rules: HotlineRules, actor: Actor, language: str) -> None:
    with (
        st.expander(say("settings", language), icon=":material/tune:", key="hotline-settings"),
        st.form("hotline-rules", border=False),
    ):
        st.caption(say("settings.help", language))
        asked: dict[str, float] = {}
        with st.container(horizontal=True, vertical_alignment="bottom"):
            for name in hotline_rules.KEYS:
                asked[name] = st.number_input(
                    say(f"settings.{name}", language),
                    min_value=0.0 if name in _WEIGHTS else 1.0,
                    max_value=10_000.0,
                    value=float(getattr(rules, name)),
                    step=1.0,
                    format="%g",
                    width=190,
                )
        if st.form_submit_button(say("settings.save", language), icon=":material/save:"):
            place = {"street_id": data.community.street_id, "community_id": data.community.id}
            access.demand(actor, Action.CHANGE_SETTINGS, **place)
            for name, value in asked.items():
                if value != getattr(rules, name):
                    community_settings.choose(sources.store(), data.community, f"hotline.{name}", value)
            st.rerun()
