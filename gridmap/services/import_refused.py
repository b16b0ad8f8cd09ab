"""The rows of a file that cannot be kept, as a workbook: mended there, it is sent again as it is."""

from __future__ import annotations

import pandas as pd

from gridmap import i18n
from gridmap.exchange import workbook
from gridmap.services.import_preview import Preview

COLUMNS = ("import.refused.fault", "import.refused.mend", "import.refused.row")
"""Keys of the headings that are added: what is wrong, how to mend it, the row in the file."""


def headings() -> set[str]:
    """Return the headings that `write` adds, in every language: they are no part of a register."""
    return {i18n.text(key, language) for key in COLUMNS for language in i18n.LANGUAGES}


def write(preview: Preview, language: str) -> bytes:
    """Return the refused rows with all columns of the file, and what is wrong with each, as an Excel workbook.

    Raises
    ------
    ValueError
        If no row was refused.
    """
    numbers = [row.number for row in preview.verdicts if row.verdict == "refused"]
    if not numbers:
        raise ValueError("no row was refused")
    frame = preview.source.frame
    shape = getattr(frame, "_geometry_column_name", None)
    table = pd.DataFrame(frame.drop(columns=[shape] if shape is not None else [])).loc[numbers]
    fault, mend, row = (i18n.text(key, language) for key in COLUMNS)
    said: dict[int | None, list[tuple[str, str]]] = {}
    for one in preview.faults:
        if one.fatal:
            said.setdefault(one.row, []).append((one.sentence(language), one.mend(language)))
    told = [[*said.get(None, []), *said.get(number, [])] for number in numbers]
    table[fault] = ["\n".join(sentence for sentence, _ in one) for one in told]
    table[mend] = ["\n".join(dict.fromkeys(how for _, how in one)) for one in told]
    table[row] = numbers
    name = i18n.text(f"kind.{preview.kind}", language)
    title = i18n.text("import.refused.title", language, source=preview.source.name, n=len(numbers))
    return workbook.write({name: table}, title=title, note=i18n.text("import.refused.note", language))
