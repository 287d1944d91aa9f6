"""The public page: anybody may ask whether a certificate is real, and learns nothing of anybody."""

import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from components.volunteers import verify
from db import clock
from db.volunteers import certificates
from tests.bench.rig import served
from tests.bench.server_scenario import TINY
from tests.conftest import Town
from tests.volunteers import making
from tests.volunteers.test_certificates import credited

ADDRESS = "203.0.113.9"


@pytest.fixture(scope="module")
def house() -> Iterator[str]:
    with served(script=TINY) as running:
        yield running.base


def ask(base: str, path: str, language: str = "zh", method: str = "GET") -> tuple[int, str, str]:
    """Status, policy, body."""
    request = urllib.request.Request(base + path, method=method, headers={"Accept-Language": language})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.headers["Content-Security-Policy"], answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers["Content-Security-Policy"], error.read().decode()


def test_the_page_is_served_without_streamlit_in_the_readers_language(house: str) -> None:
    status, policy, body = ask(house, "/verify")
    assert (status, "志愿服务证明验证" in body, "<script" in body) == (200, True, False)
    assert "script-src 'self'" in policy
    assert '<html lang="zh-CN">' in body
    assert 'for="code">' in body
    assert "Check a certificate of hours" in ask(house, "/verify", "en")[2]
    assert ask(house, "/verify", method="POST")[0] == 405


def test_what_is_asked_is_not_run_and_not_found(house: str) -> None:
    status, _policy, body = ask(house, "/verify?code=%22%3E%3Cscript%3Ealert(1)%3C/script%3E")
    assert status == 404
    assert "<script" not in body


def test_one_address_cannot_try_for_ever(house: str) -> None:
    statuses = {ask(house, "/verify?code=ABCDEFGHJKMN")[0] for _try in range(25)}
    assert statuses == {404, 429}
    assert ask(house, "/verify")[0] == 200


def test_it_tells_number_hours_validity_and_no_name(town: Town, tmp_path: Path) -> None:
    mei, _viewer = making.volunteer(town, "梅兰")
    credited(mei, 90)
    credited(mei, 60, origin="by_hand")
    made = certificates.issue(town.anna, volunteer_id=mei, since=date(2026, 1, 1), until=clock.today())
    paper = certificates.paper(town.anna, certificate_id=made)
    status, body = verify.answer(certificates.code_text(paper.code), ADDRESS, "zh-CN")
    assert status == 200
    assert all(said in body for said in (paper.serial, "1.5小时", "1小时", "该证明有效"))
    assert "梅" not in body
    assert paper.number not in body
    certificates.void(town.anna, certificate_id=made, why="打错了")
    status, body = verify.answer(paper.code, ADDRESS, "en")
    assert (status, "This certificate is void" in body, "打错了" in body) == (200, True, False)
