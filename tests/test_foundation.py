"""The unit of work: who may, what is left behind, and what stays as it was."""

import pytest
from sqlalchemy import text

from db import engine
from db.errors import Refused
from tests.conftest import Town


def test_the_town_stands(town: Town) -> None:
    with engine.reading() as session:
        assert session.execute(text("SELECT count(*) FROM area")).scalar() == 7


def test_audit_entries_cannot_be_changed(town: Town) -> None:
    with engine.writing() as session:
        session.execute(
            text(
                "INSERT INTO audit_entry (at, actor, action, kind, label, area_path, changes, reason)"
                " VALUES ('2026-01-01 00:00:00', 'x', 'y', 'z', '', '', '{}', '')"
            )
        )
    for statement in ("UPDATE audit_entry SET actor = 'somebody else'", "DELETE FROM audit_entry"):
        with pytest.raises(Exception, match="audit entries are never changed"), engine.writing() as session:
            session.execute(text(statement))


def test_refusal_carries_its_facts() -> None:
    assert str(Refused("record.changed", version=2)) == "record.changed {'version': 2}"
