"""The Streamlit script: which pages there are. Run by the application in ``app.py``."""

from pathlib import Path

import streamlit as st

from gridmap import i18n
from gridmap.web import chrome, navigation, session

ICON = Path(__file__).parent / "favicon.png"

language = session.language()
st.set_page_config(
    page_title=i18n.text("app.title", language), page_icon=ICON, layout="wide", initial_sidebar_state="collapsed"
)
chrome.dress()
st.navigation(navigation.pages(language), position="hidden").run()
