"""What anybody may know of an activity: its public page, as its poster leads there."""

import re
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from components.activities import announcement
from db.activities import activities, programme, public, signing_up
from tests.activities.making import activity, resident
from tests.bench.rig import served
from tests.bench.server_scenario import TINY
from tests.conftest import Town


@pytest.fixture(scope="module")
def house() -> Iterator[str]:
    with served(script=TINY) as running:
        yield running.base


def page_of(town: Town, activity_id: int, lang: str = "zh-CN") -> tuple[int, str]:
    token = programme.details(town.anna, activity_id=activity_id)["token"]
    return announcement.answer(token, lang)


def test_it_says_what_when_and_where_and_names_nobody(town: Town) -> None:
    tea = activity(town, "重阳茶话会", about="喝茶聊天", materials="老照片", age_from=60, lead="沈亦安")
    signing_up.sign_up(town.shen, activity_id=tea, resident_id=resident(town, "张桂梅"))
    status, text = page_of(town, tea)
    assert status == 200
    for said in ("重阳茶话会", "喝茶聊天", "老照片", "60", "09:00–10:30", "19"):
        assert said in text
    assert "张桂梅" not in text and "沈亦安" not in text
    assert "<script" not in text and not re.search(r'(src|href)="http', text)
    assert "There are places left" in page_of(town, tea, "en")[1]


def test_a_draft_has_no_page_and_what_is_typed_is_not_run(town: Town) -> None:
    tea = activity(town, announce=False)
    assert page_of(town, tea)[0] == 404
    assert announcement.answer("", "en")[0] == 404
    tricky = activity(town, "<b>茶话会</b>", days=5)
    assert "<b>茶话会</b>" not in page_of(town, tricky)[1]


def test_what_is_called_off_says_why(town: Town) -> None:
    tea = activity(town)
    activities.cancel(town.shen, activity_id=tea, why="教室漏水")
    assert "教室漏水" in page_of(town, tea)[1]


def test_the_server_serves_it_without_a_session(house: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(house + "/activity?code=nothing", timeout=10)
    with refused.value as error:
        assert error.code == 404
        assert "没有" in error.read().decode() or error.headers["Content-Language"]


def test_only_who_may_see_a_draft_learns_its_code(town: Town) -> None:
    from db.errors import Refused

    tea = activity(town, announce=False)
    assert public.token_of(town.shen, tea)
    with pytest.raises(Refused, match="record.not_found"):
        public.token_of(town.qiu, tea)
