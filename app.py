"""The app: ``streamlit run app.py``."""

from gridmap.web import application

app = application.build()
