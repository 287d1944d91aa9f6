"""What the surroundings decide: where the database is, where the data folder is, whether this is a demonstration."""

import os
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import URL, make_url

from db.errors import Refused

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

    @property
    def keys_file(self) -> Path:
        return self.data_dir / "keys.json"


def read(environment: dict[str, str] | None = None) -> Settings:
    """Settings from LINLI_* variables.

    Refused `settings.port`, `settings.database` and `settings.weak_password` (a database reached over
    the network with a password that anybody would guess).
    """
    env = dict(os.environ) if environment is None else environment
    port = env.get("LINLI_PORT") or "8501"
    if not (port.isdigit() and 0 < int(port) < 65536):
        raise Refused("settings.port", value=port)
    text = env.get("LINLI_DATABASE_URL") or "sqlite:///data/linli.db"
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
        database_url=text,
        data_dir=Path(env.get("LINLI_DATA_DIR") or "data"),
        port=int(port),
        demo=env.get("LINLI_DEMO") == "1",
    )
