"""Taking registers along: which one, in which form, and blank ones to be filled in."""

from __future__ import annotations

import streamlit as st

from gridmap import i18n
from gridmap.access import Actor
from gridmap.datums import Datum
from gridmap.services import exporting
from gridmap.services.community_data import CommunityData
from gridmap.services.sight import Sight
from gridmap.web import downloads, sources


def show(data: CommunityData, actor: Actor, language: str) -> None:
    """Show what can be taken along."""
    seen = Sight.of(actor, data.community)
    kinds = exporting.kinds(seen)
    if not kinds:
        st.info(i18n.text("data.export.nothing", language), icon=":material/info:")
        return
    _register(data, kinds, language)


def _register(data: CommunityData, kinds: tuple[str, ...], language: str) -> None:
    def say(key: str) -> str:
        return i18n.text(f"data.export.{key}", language)

    with st.container(border=True, key="export-register"):
        st.markdown(f"**{say('register')}**")
        with st.container(horizontal=True, vertical_alignment="bottom"):
            kind = st.selectbox(
                say("kind"),
                [*kinds, exporting.WHOLE],
                format_func=lambda one: exporting.words(one, language),
                key="export-kind",
                width=240,
            )
            forms = {one.name: one for one in exporting.formats(kind)}
            form = forms[
                st.segmented_control(
                    say("form"),
                    list(forms),
                    default=next(iter(forms)),
                    required=True,
                    format_func=lambda name: i18n.text(f"export.format.{name}", language),
                    key=f"export-form-{'-'.join(forms)}",
                )
            ]
        with st.container(horizontal=True, vertical_alignment="bottom"):
            datum = Datum.WGS84
            if form.datum:
                datum = Datum(
                    st.segmented_control(
                        say("datum"),
                        [one.value for one in Datum],
                        default=Datum.WGS84.value,
                        required=True,
                        format_func=lambda one: i18n.text(f"datum.{one}", language),
                        key="export-datum",
                        help=say("datum.help"),
                    )
                )
            community, address = data.community, st.context.ip_address or ""
            st.download_button(
                say("download"),
                data=downloads.asked(
                    lambda who: exporting.export(
                        sources.store(), community, kind, form.name, actor=who, language=language, datum=datum,
                        address=address,
                    ).data
                ),
                file_name=downloads.file_name(community.name, exporting.words(kind, language), ending=form.ending),
                mime=form.mime,
                type="primary",
                icon=":material/download:",
                on_click="ignore",
                key="export-download",
            )  # fmt: skip
        st.caption(say("sealed"))
