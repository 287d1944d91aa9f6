"""What tests of surveys begin with: residents, an open survey, answers."""

from datetime import timedelta
from typing import Any

from db import clock, engine
from db.access import Viewer
from db.activities import needs, needs_asking
from db.activities.needs import Plan
from db.activities.needs_questions import Asked
from db.people.tables import Resident
from tests.conftest import Town

QUESTIONS = (
    Asked(0, "several", "想参加什么？", (("", "太极拳"), ("", "书法")), True),
    Asked(0, "yes_no", "有人照应吗？"),
    Asked(0, "scale", "生活满意吗？"),
    Asked(0, "text", "还想说什么？"),
)


def resident(town: Town, name: str, area_id: int, **values: Any) -> int:
    born = values.pop("born", clock.today().replace(year=1950))
    row = Resident(
        name=name, status="resident", area_id=area_id, area_path=town.path(area_id), born=born, born_key=born,
        place=town.path(area_id) + f"001|{len(name)}", address="1-1-101", **values,
    )  # fmt: skip
    with engine.writing() as session:
        session.add(row)
        session.flush()
        return row.id or 0


def opened(town: Town, who: Viewer | None = None, **values: Any) -> int:
    """A survey that is open for a week: by the administrator for the whole community, unless said otherwise."""
    who = who or town.anna
    plan = Plan("晚年想要什么", values.pop("area_ids", (town.community,)), **values)
    survey_id = needs.make(who, plan=plan)
    for one in QUESTIONS:
        needs.add_question(who, survey_id=survey_id, question=one)
    needs.open_survey(who, survey_id=survey_id, until=clock.today() + timedelta(days=7))
    return survey_id


def ids(town: Town, survey_id: int) -> list[int]:
    return [one.id for one in needs.survey(town.anna, survey_id=survey_id).questions]


def answer(town: Town, survey_id: int, person: int, who: Viewer | None = None, **said: Any) -> int:
    classes, care, scale, words = ids(town, survey_id)
    answers = {
        classes: said.get("classes", ["o1"]),
        care: said.get("care"),
        scale: said.get("scale"),
        words: said.get("words"),
    }
    return needs_asking.record(
        who or town.shen, survey_id=survey_id, resident_id=person, outcome="answered", answers=answers
    )
