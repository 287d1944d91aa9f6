"""Somebody who is not signed in gets nothing, whatever they ask for, also as the first visitor of a fresh process."""

import urllib.error
import urllib.request
from pathlib import Path

import pytest

from components.navigation import PAGES
from tests.bench.client import Session
from tests.bench.rig import served

SECRETS = ("栋", "网格", "张", "138", "320113", "staff@", "陈晓燕")


def drawn(session: Session) -> str:
    """Everything that was sent to this window."""
    return "\n".join(str(element) for element in session.elements.values())


@pytest.mark.parametrize("kind", ["linli", "streamlit"])
@pytest.mark.parametrize("first", ["residents?id=1", "audit"])
def test_every_address_shows_the_sign_in_form_only(sample: Path, kind: str, first: str) -> None:
    url = f"sqlite:///{sample}/linli.db"
    environment = {"LINLI_DEMO": "", "LINLI_DATA_DIR": str(sample), "LINLI_DATABASE_URL": url}
    with served(url, data_dir=sample, kind=kind, environment=environment) as server:
        for path in (
            first,
            *(page.address for page in PAGES),
            "residents?id=1",
            "map?area=2&wall=1",
            "no-such-page",
        ):
            shown = drawn(server.open(f"/{path}"))
            assert "type: PASSWORD" in shown, path
            found = [secret for secret in SECRETS if secret in shown]
            assert not found, f"{path} shows {found}"
        for path in (
            "pages/people/residents.py",
            "data/linli.db",
            "keys.json",
            "app/static/x",
            "_stcore/metrics",
            "verify",  # the one page for everybody: see tests/volunteers/test_verify.py
            "verify?code=ABCDEFGHJKMN",
        ):
            try:
                with urllib.request.urlopen(f"{server.base}/{path}", timeout=5) as answer:
                    content = answer.read()
            except urllib.error.HTTPError as refused:
                content = refused.read()
            assert b"begin(" not in content
            assert b"SQLite format" not in content
            assert b'"seals"' not in content
            assert not [secret for secret in SECRETS if secret.encode() in content], path


def test_the_test_would_notice(sample: Path) -> None:
    from tests.bench.people import at_database, cookie

    with at_database(sample) as url:
        who = cookie("staff")
    with served(url, data_dir=sample, environment={"LINLI_DEMO": "1"}) as server:
        shown = drawn(server.open("/residents", who))
        assert "type: PASSWORD" not in shown
        assert "陈晓燕" in shown
