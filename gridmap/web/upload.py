"""A field that takes a file, in the person's language: Streamlit's own speaks English only."""

from __future__ import annotations

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from gridmap import i18n


def file(label: str, key: str, language: str, *, largest_mb: int) -> UploadedFile | None:
    """Ask for one file and return it, None until there is one.

    Parameters
    ----------
    label
        What is asked for.
    key
        Key of the field; another key is an empty field.
    language
        In whose words.
    largest_mb
        How large the file may be, in MB.
    """
    name = f"upload-{key}"
    with st.container(key=name):
        _worded(name, i18n.text("upload.choose", language), i18n.text("upload.limit", language, mb=largest_mb))
        return st.file_uploader(label, key=key, max_upload_size=largest_mb)


def _worded(name: str, choose: str, limit: str) -> None:
    """Let the button and the limit beside it say these words."""
    button = f'.st-key-{name} [data-testid="stFileUploaderDropzone"] > span button p'
    told = f'.st-key-{name} [data-testid="stFileUploaderDropzoneInstructions"] span'
    st.html(
        "<style>"
        f"{button}, {told} {{ font-size: 0; }}"
        f'{button}::after {{ content: "{choose}"; font-size: 1rem; }}'
        f'{told}::after {{ content: "{limit}"; font-size: 0.875rem; }}'
        "</style>"
    )
