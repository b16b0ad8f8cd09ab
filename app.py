"""The app: ``streamlit run app.py``."""

from streamlit.starlette import App

from gridmap.web import routes, set_up

# Streamlit reads this file for a literal App(...) before it runs it.
app = App(routes.SCRIPT, routes=routes.all_routes(), middleware=routes.middleware(), lifespan=set_up.started)
