"""What the surroundings decide: where the database is, where the data folder is, whether this is a demonstration."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from sqlalchemy.engine import URL, make_url

from db.errors import Refused

HOME = Path(__file__).resolve().parents[1]
WEAK_PASSWORDS = {"", "postgres", "password", "linli", "changeme", "secret", "123456", "admin"}


@dataclass(frozen=True)
class Settings:
    database_url: str
    data_dir: Path
    port: int
    demo: bool

    @property
    def url(self) -> URL:
        return make_url(self.database_url)

    @cached_property
    def keys_file(self) -> Path:
        return self.data_dir / "keys.json"


def read(environment: Mapping[str, str] | None = None) -> Settings:
    """Settings from LINLI_* variables. Relative paths are those of the folder that Linli lies in.

    Refused `settings.port`, `settings.database` and `settings.weak_password` (a database reached over
    the network with a password that anybody would guess).
    """
    env = os.environ if environment is None else environment
    return _read(*(env.get(f"LINLI_{name}", "") for name in ("PORT", "DATABASE_URL", "DATA_DIR", "DEMO")))


@lru_cache(maxsize=16)
def _read(port: str, database_url: str, data_dir: str, demo: str) -> Settings:
    port = port or "8501"
    if not (port.isdecimal() and 0 < int(port) < 65536):
        raise Refused("settings.port", value=port)
    text = database_url or "sqlite:///data/linli.db"
    try:
        url = make_url(text)
    except Exception as error:
        raise Refused("settings.database") from error
    if url.get_backend_name() not in ("sqlite", "postgresql"):
        raise Refused("settings.database")
    if url.get_backend_name() == "postgresql":
        local = url.host in (None, "", "localhost", "127.0.0.1", "::1") or str(url.host).startswith("/")
        if not local and (url.password or "") in WEAK_PASSWORDS:
            raise Refused("settings.weak_password")
    return Settings(
        database_url=_anchored(text),
        data_dir=HOME / (data_dir or "data"),
        port=int(port),
        demo=demo == "1",
    )


def _anchored(database_url: str) -> str:
    """A relative SQLite path starts in Linli's own folder, not where the command happened to be typed."""
    start = "sqlite:///"
    path = database_url.removeprefix(start)
    if not database_url.startswith(start) or path in ("", ":memory:") or Path(path).is_absolute():
        return database_url
    return f"{start}{HOME / path}"
