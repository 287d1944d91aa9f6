"""The groups a community starts with."""

from db import access, work
from db.people import groups
from db.people.tables import Group


def test_added_once_and_kept_as_the_office_named_them(database: str) -> None:
    with work.unit(access.system(), "group.edit", write=True) as unit:
        first = groups.ensure_groups(unit)
        unit.session.get(Group, first["alone"]).name = "独居长者"  # type: ignore[union-attr]
    with work.unit(access.system(), "group.edit", write=True) as unit:
        assert groups.ensure_groups(unit) == first
        assert unit.session.get(Group, first["alone"]).name == "独居长者"  # type: ignore[union-attr]


def test_no_word_means_two_groups() -> None:
    words = [word for group in groups.DEFAULT_GROUPS for word in (group.name, *group.words)]
    assert len(words) == len(set(words))
