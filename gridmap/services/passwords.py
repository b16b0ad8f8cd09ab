"""Passwords: which are good enough, and the Argon2 hashes that are kept in their place."""

from __future__ import annotations

import secrets
import threading
import unicodedata
from functools import cache

import argon2

from gridmap import settings
from gridmap.errors import InputError

LONGEST = 200
# Without the letters and digits that are taken for one another.
_READABLE = "abcdefghjkmnpqrstuvwxyz23456789"

# Each hash takes 64 MiB for a moment; more at once would let sign-ins eat up the memory.
_AT_ONCE = threading.BoundedSemaphore(4)


def demand(password: str, account_name: str) -> None:
    """Refuse a password that is easily guessed.

    Parameters
    ----------
    password
        As it was typed.
    account_name
        Name of the account it is for.

    Raises
    ------
    InputError
        If it is too short or too long, is or holds little more than the name, repeats one character, or is among the
        commonest.
    """
    shortest = settings.defaults()["accounts"]["password_min_length"]
    if len(password) < shortest:
        raise InputError("password_short", n=shortest)
    if len(password) > LONGEST:
        raise InputError("password_long", n=LONGEST)
    bare = _plain(password)
    if _plain(account_name) in (bare, bare.strip("0123456789!?.,#*_-")):
        raise InputError("password_is_name")
    if len(set(bare)) < 3 or bare in _common():
        raise InputError("password_common")


def one_time() -> str:
    """Return a password that nobody guesses, to be told once and changed at the first sign-in: easy to read out."""
    return "-".join("".join(secrets.choice(_READABLE) for _ in range(4)) for _ in range(4))


def hash_of(password: str) -> str:
    """Return the Argon2id hash of a password in PHC form, with a salt of its own."""
    with _AT_ONCE:
        return _hasher().hash(_typed(password))


def matches(hashed: str, password: str) -> bool:
    """Whether ``password`` is the one that ``hashed`` was made from."""
    with _AT_ONCE:
        try:
            return _hasher().verify(hashed, _typed(password))
        except argon2.exceptions.VerifyMismatchError:
            return False


def is_outdated(hashed: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return _hasher().check_needs_rehash(hashed)


@cache
def nobodys_hash() -> str:
    """Return a hash that no password fits, to take the same time where there is no account."""
    return hash_of(secrets.token_urlsafe(32))


@cache
def _hasher() -> argon2.PasswordHasher:
    return argon2.PasswordHasher()


@cache
def _common() -> frozenset[str]:
    lines = (settings.data_dir() / "common_passwords.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if not line.startswith("#"))


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold()


def _typed(password: str) -> str:
    # Keyboards and systems write the same letter in different ways.
    return unicodedata.normalize("NFKC", password.encode("utf-8", "replace").decode())
