"""Settings: limits, defaults, and who decides."""

from datetime import timedelta

import pytest

from db import engine, identity
from db.errors import Refused
from db.system import community, trail
from db.system.trail import Asked
from tests.conftest import Town


def test_a_setting_is_kept_and_recorded(town: Town) -> None:
    community.change_setting(town.anna, name="small_count", value=10)
    assert community.all_settings(town.anna)["small_count"] == 10
    entry = trail.search(town.anna, asked=Asked(action="settings.edit")).entries[0]
    assert (entry.label, entry.changes) == ("small_count", {"small_count": [5, 10]})
    community.change_setting(town.anna, name="small_count", value=5)
    assert community.all_settings(town.anna)["small_count"] == 5


def test_idle_time_is_read_by_the_sign_in(town: Town) -> None:
    community.change_setting(town.anna, name="idle_minutes", value="45")
    with engine.reading() as session:
        assert identity.idle_limit(session) == timedelta(minutes=45)


@pytest.mark.parametrize(
    ("name", "value"),
    [("idle_minutes", 4), ("idle_minutes", "soon"), ("idle_minutes", None), ("small_count", 0),
     ("community_name", "红" * 61), ("export_mask", "everything"), ("setup_code", "x"), ("weather", 1)],
)  # fmt: skip
def test_limits(town: Town, name: str, value: object) -> None:
    with pytest.raises(Refused, match=r"setting\."):
        community.change_setting(town.anna, name=name, value=value)


def test_only_an_administrator_decides(town: Town) -> None:
    for viewer in (town.shen, town.lei, town.vera):
        with pytest.raises(Refused, match=r"access\.denied"):
            community.change_setting(viewer, name="small_count", value=1)
        assert community.community_name(viewer) == ""
