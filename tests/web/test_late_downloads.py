"""A download that is pressed while its page is made anew gives the file all the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.media_file_storage import MediaFileStorageError
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage

from gridmap.web import late_downloads


class Hours:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def hours() -> Hours:
    return Hours()


@pytest.fixture
def manager(hours: Hours) -> MediaFileManager:
    made = MediaFileManager(MemoryMediaFileStorage("/media"))
    late_downloads.hold(made, hours)
    return made


def shown(manager: MediaFileManager, content: bytes) -> str:
    """One run of a page with a button, from its start to its end."""
    manager.clear_session_refs()
    name = manager.add_deferred(lambda: content, "text/plain", "0.1")
    manager.remove_orphaned_files()
    return name


def test_a_button_of_the_run_before_still_gives_its_file_and_only_for_a_while(
    manager: MediaFileManager, hours: Hours
) -> None:
    before = shown(manager, b"before")
    after = shown(manager, b"after")
    assert manager.execute_deferred(before)
    hours.now += late_downloads.HELD_S - 1
    manager.remove_orphaned_files()
    assert manager.execute_deferred(before)
    hours.now += 1
    manager.remove_orphaned_files()
    with pytest.raises(MediaFileStorageError):
        manager.execute_deferred(before)
    assert manager.execute_deferred(after)


def test_another_ones_run_takes_nothing_away_from_a_page_that_is_being_made(
    manager: MediaFileManager, hours: Hours
) -> None:
    name = shown(manager, b"file")
    manager.clear_session_refs()
    manager.remove_orphaned_files()
    assert manager.execute_deferred(name)


def test_a_button_that_was_switched_off_gives_nothing(manager: MediaFileManager) -> None:
    name = shown(manager, b"file")
    manager.remove_deferred("0.1")
    manager.remove_orphaned_files()
    with pytest.raises(MediaFileStorageError):
        manager.execute_deferred(name)


def test_a_page_that_is_gone_leaves_nothing_behind(manager: MediaFileManager, hours: Hours) -> None:
    name = shown(manager, b"file")
    manager.clear_session_refs()
    manager.remove_orphaned_files()
    hours.now += late_downloads.HELD_S
    manager.remove_orphaned_files()
    assert not manager._deferred_callables
    assert not manager._deferred_ids_by_session
    with pytest.raises(MediaFileStorageError):
        manager.execute_deferred(name)


def test_a_file_that_was_made_waits_for_its_browser_while_others_run_their_pages(
    manager: MediaFileManager, hours: Hours
) -> None:
    made = Path(manager.execute_deferred(shown(manager, b"file"))).stem
    for _ in range(3):
        manager.remove_orphaned_files()
    kept = manager.read_file(made)
    assert kept is not None
    assert kept.content == b"file"
    hours.now += late_downloads.HELD_S
    for _ in range(2):
        manager.remove_orphaned_files()
    assert not manager._file_metadata
