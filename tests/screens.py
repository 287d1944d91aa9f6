"""Screens as their users meet them: app.py in Streamlit's own test runner, in English, with somebody's cookie."""

from functools import lru_cache
from pathlib import Path

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from components import i18n, session
from components.navigation import PAGES
from db import engine, identity
from db.access import Viewer

APP = Path(__file__).parents[1] / "app.py"
# Streamlit reads what every installed package says of itself for each app under test: once is enough, and a third faster.
manifest_scanner.scan_component_manifests = lru_cache(manifest_scanner.scan_component_manifests)
SAID = ("title", "subheader", "markdown", "caption", "warning", "error", "success", "info")


class Screens:
    """Opens screens: `open_app(town.shen, "residents", id=4)`. The fixture `open_app` is one."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.monkeypatch = monkeypatch
        monkeypatch.setattr(i18n, "catalogue", lambda _language: {})
        monkeypatch.setattr(i18n, "_of_browser", lambda: "en")

    def __call__(self, viewer: Viewer | None, address: str, **params: object) -> AppTest:
        """The page at this address, drawn for this viewer (None: somebody who is not signed in)."""
        app = self.window(signed_in(viewer) if viewer else "")
        for name, value in params.items():
            app.query_params[name] = value if isinstance(value, list) else str(value)
        return go(app, address)

    def window(self, token: str = "") -> AppTest:
        """A browser window, not drawn yet, that holds this cookie; "" for none."""
        self.monkeypatch.setattr(session, "read_cookie", lambda: token)
        return AppTest.from_file(str(APP), default_timeout=30)


def signed_in(viewer: Viewer) -> str:
    """The cookie of a new sign-in of this viewer's account, which reads English from now on."""
    with engine.writing() as unit:
        account = unit.get_one(identity.Account, viewer.account_id)
        account.language = "en"
        unit.add(account)
        return identity.open_session(unit, account)


def go(app: AppTest, address: str) -> AppTest:
    """Go to the page at this address and draw it."""
    file = next(page.file for page in PAGES if page.address == address)
    if address and Path(file).stem != address:
        app.run()  # a page is known by its address only after the first run
    app.switch_page(file).run()
    assert not app.exception, address
    return app


def text_of(app: AppTest) -> str:
    """All that the screen says outside its widgets."""
    return "\n".join(str(one.value) for kind in SAID for one in app.get(kind))


def buttons(app: AppTest) -> set[str]:
    """The keys of the buttons that are there."""
    return {one.key for one in app.button if one.key}
