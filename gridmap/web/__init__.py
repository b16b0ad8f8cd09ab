"""The app in the browser: the only floor that knows Streamlit."""
