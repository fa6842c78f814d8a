"""Where the master key comes from: a setting, or a file that is made at the first start; and how a file is exchanged.

Beside the key's file may lie two more: `<file>.new` is the key that an exchange has begun to seal with, `<file>.old`
the one before the last exchange. Both open what was sealed with them, so that the service starts after an exchange that
was killed at any moment.
"""

import base64
import binascii
import os
import secrets
import stat
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from services.durable import sync_folder
from services.errors import StartError
from services.secrets import HOW_TO_MAKE_ONE, KEY_BYTES, MasterKey
from services.settings import Settings

SETTING: Final = "LIMNER_MASTER_KEY"
OLD_SETTING: Final = "LIMNER_OLD_MASTER_KEY"


def load_master_key(
    value: str | None, file: Path, *, old_value: str | None = None, old_file: Path | None = None
) -> MasterKey:
    """Return the key in `value` (base64 of 32 bytes), or where that is None the one in `file`, made when missing.

    `old_value` or `old_file` is the key before it, which may still open what it sealed. A new file has mode 0400.
    Raises StartError, with what to do, when a key is short, a sample or no base64, or when a file can be read by
    everyone, written by others, or not at all.
    """
    former = _former_key(old_value, old_file)
    if value is not None:
        return MasterKey(_decoded(value, SETTING)).beside(*former)
    make_key_file(file)
    beside = [read_key_file(each) for each in (new_file_of(file), old_file_of(file)) if each.exists()]
    return read_key_file(file).beside(*former, *beside)


def key_file_of(settings: Settings) -> Path:
    """Return where the key's file lies."""
    return settings.master_key_file or settings.data_folder / "master.key"


def master_key_of(settings: Settings) -> MasterKey:
    """Return the master key that the settings name, with those that may still open what they sealed.

    Raises StartError as `load_master_key` does.
    """
    return load_master_key(
        _value(settings.master_key),
        key_file_of(settings),
        old_value=_value(settings.old_master_key),
        old_file=settings.old_master_key_file,
    )


def _value(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()


def _former_key(value: str | None, file: Path | None) -> list[MasterKey]:
    if value is not None:
        return [MasterKey(_decoded(value, OLD_SETTING))]
    return [] if file is None else [read_key_file(file)]


def new_file_of(file: Path) -> Path:
    """Return where the key lies that an exchange has begun to seal with."""
    return file.with_name(f"{file.name}.new")


def old_file_of(file: Path) -> Path:
    """Return where the key lies that the last exchange put away."""
    return file.with_name(f"{file.name}.old")


def read_key_file(file: Path) -> MasterKey:
    """Return the key in a file. Raises StartError as `load_master_key` does."""
    try:
        _check_mode(file)
        return MasterKey(_decoded(file.read_text("ascii"), str(file)))
    except (OSError, UnicodeDecodeError) as error:
        raise _unusable(file, error) from error


def make_key_file(file: Path) -> None:
    """Make a file with a new key unless it is there; of several processes that start at once, one makes it.

    Raises StartError("master_key_file") where that cannot be done.
    """
    try:
        _make(file)
    except OSError as error:
        raise _unusable(file, error) from error


def exchange_key_file(file: Path) -> None:
    """Put the new key in the place of the file's, which is kept as the old one. Raises StartError("master_key_file").

    Killed at any point it can be called again: until its last step `file` is the key that it was.
    """
    spare = file.with_name(f".{file.name}.spare")
    try:
        spare.unlink(missing_ok=True)
        spare.hardlink_to(file)
        spare.replace(old_file_of(file))
        # A rename onto another name of the same file does nothing at all, and leaves the spare name.
        spare.unlink(missing_ok=True)
        sync_folder(file.parent)
        new_file_of(file).replace(file)
        sync_folder(file.parent)
    except OSError as error:
        raise _unusable(file, error) from error


def _unusable(file: Path, error: Exception) -> StartError:
    return StartError("master_key_file", f"The master key file {file} cannot be used: {error}")


def _decoded(text: str, source: str) -> bytes:
    """Return the bytes of a base64 text in the ordinary or the URL-safe alphabet."""
    try:
        return base64.b64decode(text.strip().replace("-", "+").replace("_", "/"), validate=True)
    except (binascii.Error, ValueError) as error:
        raise StartError("master_key_format", f"{source} is not base64. {HOW_TO_MAKE_ONE}") from error


def _make(file: Path) -> None:
    """Make the key file unless it is there; of several processes that start at once, one makes it."""
    if file.exists():
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(base64.b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")
            opened.flush()
            os.fsync(opened.fileno())
        try:
            file.hardlink_to(temporary)  # unlike a rename, fails when another process was first
        except FileExistsError:
            return
    finally:
        temporary.unlink()
    sync_folder(file.parent)  # a key lost in a power cut would leave everything sealed for ever


def _check_mode(file: Path) -> None:
    """Refuse a key that everyone may read or others may change. A group may read it (Kubernetes mounts it so)."""
    mode = file.stat().st_mode
    if not stat.S_ISREG(mode):
        raise StartError("master_key_file", f"The master key file {file} is not a file.")
    if mode & (stat.S_IROTH | stat.S_IWOTH | stat.S_IWGRP):
        raise StartError(
            "master_key_exposed",
            f"The master key file {file} has mode {stat.S_IMODE(mode):04o}. Run: chmod 0400 {file}",
        )
