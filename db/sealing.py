"""Sealed values: encrypted at rest (AES-GCM), found again by keyed hashes.

The key ring is one file in the data folder, readable by its owner only. It holds the keys that seal
(several while they are being rotated; the newest seals, all open), the key of the look-up hashes and the
key that signs sign-in cookies. Whoever copies the database without this file reads nothing.
"""

import base64
import hashlib
import json
import os
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import LargeBinary
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from db import settings
from db.errors import Refused

NONCE = 12
REREAD_SECONDS = 1.0


class KeyRing:
    def __init__(self, path: Path, content: dict[str, Any]) -> None:
        self.path = path
        self.seals = {int(number): AESGCM(_bytes(key)) for number, key in content["seals"].items()}
        self.active = int(content["active"])
        self.lookup = _bytes(content["lookup"])
        self.inner, self.outer = _keyed(self.lookup)
        self.cookie = str(content["cookie"])
        self.content = content
        self.written = _written(path)
        self.looked_at = time.monotonic()

    def refresh(self, *, at_once: bool = False) -> None:
        """Take over what another process wrote to the file: everybody seals with a new key within REREAD_SECONDS."""
        now = time.monotonic()
        if at_once or now - self.looked_at >= REREAD_SECONDS:
            self.looked_at = now
            if _written(self.path) not in (self.written, None):
                self.__init__(self.path, _read(self.path))  # type: ignore[misc]

    def seal(self, text: str, context: str) -> bytes:
        """Encrypt. `context` (table and column) is authenticated: a value moved elsewhere does not open."""
        nonce = os.urandom(NONCE)
        sealed = self.seals[self.active].encrypt(nonce, text.encode(), context.encode())
        return self.active.to_bytes(2, "big") + nonce + sealed

    def sealer(self, context: str) -> Callable[[str], bytes]:
        """`seal` for very many values of one column. Not for several threads, and not to be kept."""
        encrypt, about = self.seals[self.active].encrypt, context.encode()
        number = self.active.to_bytes(2, "big")
        random, used = b"", 0

        def seal(text: str) -> bytes:
            nonlocal random, used
            if used == len(random):  # many nonces at once cost the system as much as one
                random, used = os.urandom(NONCE * 256), 0
            nonce = random[used : used + NONCE]
            used += NONCE
            return number + nonce + encrypt(nonce, text.encode(), about)

        return seal

    def open(self, sealed: bytes, context: str) -> str:
        """Decrypt. Refused `sealing.key_missing` when the ring lacks the key or the value was tampered with."""
        number = int.from_bytes(sealed[:2], "big")
        if number not in self.seals:
            self.refresh(at_once=True)
        key = self.seals.get(number)
        if key is None:
            raise Refused("sealing.key_missing")
        try:
            return key.decrypt(sealed[2 : 2 + NONCE], sealed[2 + NONCE :], context.encode()).decode()
        except InvalidTag as error:
            raise Refused("sealing.key_missing") from error

    def fingerprint(self, kind: str, text: str) -> str:
        """A keyed hash for exact look-up, 20 hexadecimal characters."""
        inner = self.inner.copy()
        inner.update(f"{kind}:{text}".encode())
        outer = self.outer.copy()
        outer.update(inner.digest())
        found: str = outer.digest()[:10].hex()
        return found

    def add_key(self) -> None:
        """A new sealing key becomes the active one; the old ones still open."""
        number = self.active + 1
        self.content["seals"][str(number)] = _new_key()
        self.content["active"] = number
        _write(self.path, self.content)
        self.__init__(self.path, self.content)  # type: ignore[misc]

    def drop_old_keys(self) -> None:
        """Forget all but the active key. Only after every value was sealed anew."""
        self.content["seals"] = {str(self.active): self.content["seals"][str(self.active)]}
        _write(self.path, self.content)
        self.__init__(self.path, self.content)  # type: ignore[misc]


def _bytes(text: str) -> bytes:
    key = base64.b64decode(text)
    if len(key) != 32 or len(set(key)) < 8:
        raise Refused("settings.weak_key")
    return key


def _new_key() -> str:
    return base64.b64encode(os.urandom(32)).decode()


def put(path: Path, content: dict[str, Any]) -> None:
    """Lay a key ring from a backup into a data folder that has none. Refused `settings.keys_unreadable`."""
    if path.exists():
        raise FileExistsError(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(path, content)
    _load.cache_clear()


def _write(path: Path, content: dict[str, Any], *, first: bool = False) -> None:
    """Write aside, then swap in: a killed process leaves the old ring or the new one, never half of one.

    `first` makes the ring only if nobody else has made it meanwhile.
    """
    aside = path.with_suffix(f".{secrets.token_hex(4)}.new")
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        json.dump(content, file)
        file.flush()
        os.fsync(file.fileno())
    if not first:
        aside.replace(path)
        return
    with suppress(FileExistsError):
        os.link(aside, path)
    aside.unlink()


@lru_cache(maxsize=8)
def _load(path: Path) -> KeyRing:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        content = {
            "seals": {"1": _new_key()},
            "active": 1,
            "lookup": _new_key(),
            "cookie": secrets.token_urlsafe(48),
        }
        _write(path, content, first=True)
    try:
        return KeyRing(path, _read(path))
    except (KeyError, TypeError, ValueError) as error:
        raise Refused("settings.keys_unreadable", path=str(path)) from error


def _read(path: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(path.read_text())
        weak = len(content["cookie"]) < 32
    except (ValueError, KeyError, TypeError) as error:
        raise Refused("settings.keys_unreadable", path=str(path)) from error
    if weak:
        raise Refused("settings.weak_key")
    return content


def _keyed(key: bytes) -> tuple[Any, ...]:
    """The two halves of HMAC-SHA-256 (RFC 2104) with the key in them: a fingerprint then costs a third."""
    block = (key if len(key) <= 64 else hashlib.sha256(key).digest()).ljust(64, b"\0")
    return tuple(hashlib.sha256(bytes(byte ^ pad for byte in block)) for pad in (0x36, 0x5C))


def _written(path: Path) -> tuple[int, int] | None:
    """Tells one state of the file from another; None while there is no file."""
    try:
        state = path.stat()
    except OSError:
        return None
    return state.st_mtime_ns, state.st_ino


def ring() -> KeyRing:
    """The key ring of this data folder, made on first use."""
    found = _load(_file(os.environ.get("LINLI_DATA_DIR", "")))
    found.refresh()
    return found


@lru_cache(maxsize=8)
def _file(_data_dir: str) -> Path:
    """Where the ring of a data folder lies; kept, because it is asked for with every sealed value."""
    return settings.read().keys_file


class Sealed(TypeDecorator[str]):
    """A text column that is encrypted in the database and clear in Python."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, context: str) -> None:
        super().__init__()
        self.context = context

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        return ring().seal(value, self.context) if value else None

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        return ring().open(bytes(value), self.context) if value else None
