"""A survey of needs in the sample community: three hundred answers, themes of what was said, and what came of it."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from random import Random
from typing import Final

from sqlalchemy import insert, select

from db import clock
from db.activities.need_tables import (
    Need,
    Question,
    Reply,
    Survey,
    SurveyArea,
    Theme,
    Themed,
    Value,
)
from db.activities.needs import new_code
from db.activities.needs_questions import STARTER, Asked
from db.activities.tables import Activity
from db.people import bulk
from db.people.ages import age_on
from db.register import Values
from db.sample.community import Person, Settled
from db.sample.places import Community
from db.work import Work

_A = Activity.__table__.c  # type: ignore[attr-defined]

ANSWERED: Final = 300
DECLINED: Final = 34
NOT_MET: Final = 41
NAMELESS: Final = 18
BEGAN: Final = 24
LEFT: Final = 14

LIGHT: Final = (
    "三单元楼道灯坏了一个月，晚上摸黑上楼。", "楼道灯太暗，希望换成声控的。", "晚上小区路灯不亮，不敢出门。", "地下车棚没有灯，取车看不清。",
    "楼梯口的灯时亮时不亮，怕踩空。",
)  # fmt: skip
RAIL: Final = (
    "楼梯没有扶手，腿不好上下楼困难。", "希望单元门口装个扶手。", "台阶太高，能不能修个坡道和扶手。", "五楼下来要歇三次，扶手松了没人管。",
)  # fmt: skip
OTHERS: Final = (
    "没什么要求，社区做得挺好。", "希望多组织大家出去走走。", "子女不在身边，想有人常来说说话。", "食堂的菜偏咸，老人吃不惯。", "想学怎么用手机挂号。",
    "希望书法班安排在上午。", "楼上漏水一直没解决。", "希望有人帮忙理发。", "活动室的椅子太硬了。",
)  # fmt: skip
THEMES: Final = (("楼道照明", "楼道照明、灯", LIGHT), ("扶手和坡道", "扶手和坡道、扶手、坡道、台阶", RAIL))


def invent(work: Work, where: Community, settled: Settled, random: Random) -> int:
    """Write the survey and all that belongs to it; returns how many replies."""
    today = clock.today()
    old = [
        one for one in settled.people
        if one.values["status"] == "resident" and one.values["born"] and age_on(one.values["born"], today) >= 60
    ]  # fmt: skip
    asked = random.sample(old, min(len(old), ANSWERED + DECLINED + NOT_MET))
    answering = asked[:ANSWERED]
    survey_id = _survey(work, where)
    questions = _questions(work, survey_id)
    workers = settled.workers
    replies: list[Values] = []
    values: list[Values] = []
    ids = bulk.new_ids(work, Reply, len(asked) + NAMELESS)
    outcomes = ["answered"] * ANSWERED + ["declined"] * DECLINED + ["not_met"] * NOT_MET
    for number, (person, outcome) in enumerate(zip(asked, outcomes, strict=False)):
        building = where.buildings[person.building]
        by = workers.get(building.grid, "")
        replies.append(
            {
                "survey_id": survey_id, "resident_id": person.id, "outcome": outcome, "source": "door", "at": _when(random),
                "by_name": by, "token": f"sample:{number}", "current": 1, "area_path": building.area_path,
            }
        )  # fmt: skip
        if number < len(answering):
            values += _answers(ids[number], person, questions, random)
    for number in range(len(asked), len(asked) + NAMELESS):
        replies.append(
            {
                "survey_id": survey_id, "resident_id": None, "outcome": "answered", "source": "nameless", "at": _when(random),
                "by_name": "", "token": f"sample:{number}", "current": 1, "area_path": where.area_path,
            }
        )  # fmt: skip
        values += _answers(ids[number], None, questions, random)
    bulk.insert_records(work, Reply, replies, ids)
    value_ids = bulk.new_ids(work, Value, len(values))
    values = [{**one, "id": value_id} for one, value_id in zip(values, value_ids, strict=True)]
    bulk.write(work, Value, values)
    _sorted(work, survey_id, questions, values, where, set(ids[: len(asked)]))
    return len(replies)


def _when(random: Random) -> datetime:
    day = clock.today() - timedelta(days=random.randrange(1, BEGAN))
    return datetime.combine(day, time(random.randrange(9, 18), random.randrange(60)), clock.PLACE)


def _survey(work: Work, where: Community) -> int:
    opened = work.now - timedelta(days=BEGAN)
    (survey_id,) = bulk.insert_records(
        work, Survey,
        [{
            "title": "60岁以上居民需求摸排", "intro": "社区想知道大家需要什么，好安排明年的班和服务。不想答的可以跳过。", "state": "open",
            "until": clock.today() + timedelta(days=LEFT), "groups": [], "age_from": 60, "age_to": None, "self_fill": True,
            "code": new_code(), "made_name": "何静", "opened_at": opened, "made_at": opened, "changed_at": opened, "version": 1,
            "area_path": where.area_path,
        }],
    )  # fmt: skip
    work.session.execute(
        insert(SurveyArea), [{"survey_id": survey_id, "area_id": where.id, "area_path": where.area_path}]
    )
    return survey_id


def _questions(work: Work, survey_id: int) -> list[Asked]:
    ids = bulk.insert_records(
        work, Question,
        [
            {
                "survey_id": survey_id, "position": position, "kind": one.kind, "label": one.label, "required": one.required,
                "options": [{"code": code, "label": label} for code, label in one.options],
            }
            for position, one in enumerate(STARTER, start=1)
        ],
    )  # fmt: skip
    return [
        Asked(record_id, one.kind, one.label, one.options, one.required)
        for record_id, one in zip(ids, STARTER, strict=True)
    ]


def _answers(
    reply_id: int, person: Person | None, questions: Sequence[Asked], random: Random
) -> list[Values]:
    """What somebody answers: who lives alone wants meals and company, the younger want the telephone class."""
    alone = person is not None and person.values["living"] in ("alone", "empty_nest")
    woman = person is not None and person.values["sex"] == "female"
    age = age_on(person.values["born"], clock.today()) if person is not None else 68
    classes, help_, company, scale, hours, words = questions
    likes = {
        "太极拳": 0.34, "书法": 0.12 if woman else 0.3, "手工": 0.4 if woman else 0.08, "读书": 0.15,
        "唱歌跳舞": 0.45 if woman and age < 75 else 0.1, "手机课": 0.42 if age < 72 else 0.15, "郊游": 0.5 if age < 78 else 0.12,
    }  # fmt: skip
    wants = {
        "送餐": 0.45 if alone or age >= 80 else 0.1, "陪诊": 0.4 if age >= 75 else 0.12, "代买菜": 0.35 if age >= 80 else 0.06,
        "上门理发": 0.3 if age >= 80 else 0.04, "家电维修": 0.25, "打扫卫生": 0.3 if alone else 0.1,
    }  # fmt: skip
    chosen = [code for code, label in classes.options if random.random() < likes.get(label, 0.1)]
    needed = [code for code, label in help_.options if random.random() < wants.get(label, 0.0)]
    mood = random.choices(("1", "2", "3", "4", "5"), (8, 18, 34, 28, 12) if alone else (2, 6, 24, 42, 26))[0]
    rows = [(classes.id, code) for code in chosen or [random.choice(classes.codes)]]
    rows += [(help_.id, code) for code in needed or [help_.codes[-1]]]
    rows += [(company.id, "no" if random.random() < (0.45 if alone else 0.1) else "yes"), (scale.id, mood)]
    rows.append((hours.id, random.choices(hours.codes, (5, 3, 1, 1))[0]))
    found: list[Values] = [
        {"reply_id": reply_id, "question_id": question, "choice": code, "words": None}
        for question, code in rows
    ]
    if random.random() < 0.3:
        kind = random.choices((LIGHT, RAIL, OTHERS), (3, 3 if age >= 75 else 1, 5))[0]
        found.append(
            {"reply_id": reply_id, "question_id": words.id, "choice": "", "words": random.choice(kind)}
        )
    return found


def _sorted(
    work: Work, survey_id: int, questions: Sequence[Asked], values: Sequence[Values], where: Community, named: set[int]
) -> None:  # fmt: skip
    """Themes with their answers, and what became of three needs."""
    ids = bulk.insert_records(
        work, Theme, [{"survey_id": survey_id, "name": name, "words": words, "closed": False} for name, words, _said in THEMES]
    )  # fmt: skip
    themed = [
        {"theme_id": theme_id, "value_id": one["id"], "by_name": "何静", "at": work.now, "removed_at": None}
        for theme_id, (_name, _words, said) in zip(ids, THEMES, strict=True)
        for one in values
        if one["words"] in said
    ]
    if themed:
        work.session.execute(insert(Themed), themed)
    classes, help_, *_rest = questions
    brush = next(code for code, label in classes.options if label == "书法")
    meals = next(code for code, label in help_.options if label == "送餐")
    asked = sum(
        one["question_id"] == classes.id and one["choice"] == brush and one["reply_id"] in named
        for one in values
    )
    course = work.session.execute(
        select(_A.id)
        .where(_A.kind == "class", _A.title.startswith("书法班"))
        .order_by(_A.starts_on.desc())
        .limit(1)
    ).scalar()
    bulk.insert_records(
        work, Need,
        [
            {
                "survey_id": survey_id, "theme_id": None, "question_id": classes.id, "choice": brush, "title": "开一个书法班",
                "state": "done", "activity_id": course, "activity": "书法班", "service": "", "proposal": "", "note": "首期16人，已开课。",
                "told_at": work.now - timedelta(days=5), "told": asked, "area_path": where.area_path,
            },
            {
                "survey_id": survey_id, "theme_id": None, "question_id": help_.id, "choice": meals, "title": "送餐上门",
                "state": "open", "activity_id": None, "activity": "", "service": "", "proposal": "", "note": "", "told": 0,
                "area_path": where.area_path,
            },
            {
                "survey_id": survey_id, "theme_id": ids[0], "question_id": None, "choice": "", "title": "楼道照明改造",
                "state": "open", "activity_id": None, "activity": "", "service": "", "proposal": "提交议事会：更换声控灯", "note": "", "told": 0,
                "area_path": where.area_path,
            },
        ],
    )  # fmt: skip
