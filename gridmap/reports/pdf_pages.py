"""Figures as the pages of one PDF, with letters as letters: they can be searched, copied and read aloud."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterable

import matplotlib as mpl
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure

# How letters are kept in a PDF is a setting of the whole process.
_writing = threading.Lock()


def write(figures: Iterable[Figure], *, title: str) -> bytes:
    """Return a PDF with one page for each figure, of the figure's size.

    Its typeface comes along as TrueType, with the signs that are used; of metadata it carries no more than its title
    and the program's name.
    """
    out = io.BytesIO()
    known = {"Title": title, "Creator": "gridmap", "Producer": "gridmap", "CreationDate": None}
    with _writing, mpl.rc_context({"pdf.fonttype": 42}), PdfPages(out, metadata=known) as book:
        for figure in figures:
            book.savefig(figure)
    return out.getvalue()
