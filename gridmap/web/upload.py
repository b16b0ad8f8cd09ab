"""A field that takes a file, in the person's language: Streamlit's own speaks English only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from gridmap import i18n


def file(label: str, key: str, language: str, *, largest_mb: int, help: str | None = None) -> UploadedFile | None:
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
    help
        What is said of it where somebody asks.
    """
    with _worded(key, language, largest_mb):
        return st.file_uploader(label, key=key, max_upload_size=largest_mb, help=help)


def files(label: str, key: str, language: str, *, types: Sequence[str], largest_mb: int) -> list[UploadedFile]:
    """Ask for files of some endings and return those that there are; parameters as `file` has them."""
    with _worded(key, language, largest_mb):
        return st.file_uploader(
            label, type=types, accept_multiple_files=True, key=key, max_upload_size=largest_mb,
            label_visibility="collapsed",
        )  # fmt: skip


@contextmanager
def _worded(key: str, language: str, largest_mb: int) -> Iterator[None]:
    """Let the button of the field within, and the limit beside it, speak the person's language."""
    name = f"upload-{key}"
    choose = i18n.text("upload.choose", language)
    limit = i18n.text("upload.limit", language, mb=largest_mb)
    button = f'.st-key-{name} [data-testid="stFileUploaderDropzone"] > span button p'
    told = f'.st-key-{name} [data-testid="stFileUploaderDropzoneInstructions"] span'
    st.html(
        "<style>"
        f"{button}, {told} {{ font-size: 0; }}"
        f'{button}::after {{ content: "{choose}"; font-size: 1rem; }}'
        f'{told}::after {{ content: "{limit}"; font-size: 0.875rem; }}'
        "</style>"
    )
    with st.container(key=name):
        yield
