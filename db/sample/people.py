"""Invented households as an old factory quarter has them: who lives together, how old, in which groups."""

from datetime import date, timedelta
from random import Random
from typing import Final

from db import parsing
from db.people.ages import born_by
from db.people.groups import DEFAULT_GROUPS
from db.register import Values
from db.sample.names import family_name, full_name

AGES_ON: Final = date(2026, 7, 1)
"""The day for which the ages are those of the pyramid."""
FACTORY: Final = "红星机械厂"
CARING: Final = frozenset(group.code for group in DEFAULT_GROUPS if group.cares)
REGIONS: Final = ("320113", "320113", "320113", "320113", "320104", "321081", "340122", "341125", "320826")
FAR_REGIONS: Final = (
    ("341502", "安徽省六安市金安区"), ("341124", "安徽省滁州市全椒县"), ("411525", "河南省信阳市固始县"),
    ("320829", "江苏省淮安市洪泽区"), ("371724", "山东省菏泽市巨野县"), ("511621", "四川省广安市岳池县"),
    ("361128", "江西省上饶市鄱阳县"), ("421126", "湖北省黄冈市蕲春县"),
)  # fmt: skip
MOBILES: Final = (
    "130",
    "133",
    "135",
    "136",
    "137",
    "138",
    "139",
    "150",
    "151",
    "158",
    "159",
    "180",
    "186",
    "189",
)
WORKS: Final = (
    FACTORY, FACTORY, FACTORY, FACTORY, FACTORY, FACTORY, f"{FACTORY}铸造车间", f"{FACTORY}金工车间",
    f"{FACTORY}子弟学校", f"{FACTORY}职工医院", "市第二纺织厂", "市公交公司", "区粮食局",
)  # fmt: skip
JOBS: Final = (
    "市公交公司",
    "红山物业",
    "区第三小学",
    "社区卫生服务站",
    "个体经营",
    "江湾物流园",
    "新河电子",
    "云桥软件",
    "鼎新商贸",
)
ILLNESSES: Final = (
    "尿毒症，每周透析三次",
    "肺癌术后",
    "脑梗后遗症",
    "冠心病，装有支架",
    "肝硬化",
    "乳腺癌术后化疗",
    "帕金森病",
)
FRAILTIES: Final = (
    "阿尔茨海默病，夜间会走失",
    "股骨骨折后卧床",
    "偏瘫，左侧肢体活动不便",
    "双目失明",
    "长期卧床，鼻饲",
)
HALF_FRAIL: Final = (
    "膝关节置换术后，行走需助行器",
    "听力差，需大声说话",
    "白内障，上下楼需人搀扶",
    "腰椎病，不能久站",
)
USUAL_ILLS: Final = ("高血压", "高血压、糖尿病", "糖尿病", "冠心病", "慢性支气管炎", "高血压，长期服药")
DISABLED: Final = (
    "肢体残疾三级",
    "视力残疾二级",
    "听力残疾二级",
    "智力残疾二级",
    "精神残疾二级",
    "肢体残疾四级",
)
INTERESTS: Final = (
    "太极拳",
    "广场舞",
    "书法",
    "合唱",
    "象棋",
    "编织",
    "养花",
    "钓鱼",
    "越剧",
    "二胡",
    "摄影",
    "乒乓球",
    "读报",
    "烘焙",
)
SOURCES: Final = ("入户摸排", "网格员上报", "本人申请", "民政台账", "残联台账", "厂退管会名册")

# How many elders are in which five years of age, among couples and among those left behind.
_ELDER_BANDS: Final = range(60, 100, 5)
_TOGETHER: Final = (27, 26, 20, 13, 8.5, 4, 1.2, 0.2)
_LEFT: Final = (9, 14, 18, 19, 20, 13, 5.5, 1.5)

# Kinds of households with their share of a thousand.
KINDS: Final = (
    ("elder_alone", 96), ("empty_nest", 140), ("three_generations", 82), ("elder_and_child", 50),
    ("family", 216), ("grown_child", 94), ("couple", 84), ("single", 98), ("one_parent", 22),
    ("tenants", 88), ("grandparents", 12),
)  # fmt: skip
_KIND_NAMES: Final = [name for name, _share in KINDS]
_KIND_SHARES: Final = [share for _name, share in KINDS]


class People:
    """Makes households, always the same people from the same seed.

    Groups and consents date from some time before `today`; births do not depend on it, so that the sample
    ledgers know the people of a sample community built on any day.
    """

    def __init__(self, random: Random, today: date) -> None:
        self.random = random
        self.today = today
        self._sequences: dict[tuple[date, int], int] = {}

    def household(self) -> list[Values]:
        """The people of one home: fields of residents, with `groups` (rows of code, since, source) and `kin`."""
        kind = self.random.choices(_KIND_NAMES, _KIND_SHARES)[0]
        people: list[Values] = getattr(self, f"_{kind}")()
        poor = self.random.random() < 0.009
        for person in people:
            self._groups(person, poor=poor)
        return people

    def gone(self, household: list[Values]) -> list[Values]:
        """Somebody who lived in this home before, for one home in fifty: died and left a widow, or moved out."""
        died = household[0]["marriage"] == "widowed"
        if self.random.random() > (0.09 if died else 0.012):
            return []
        sex = "male" if household[0]["sex"] == "female" else "female"
        age = self._elder_age(_LEFT) if died else self.random.randint(22, 58)
        person = self._person(sex, age, "spouse" if died else "other", "married" if died else "single")
        self._groups(person, poor=False)
        person.update(
            status="died" if died else "moved", status_on=self._since(2), in_care=False, colour="", kin=[],
            note="" if died else self.random.choice(("搬至女儿家", "房屋已出售", "租约到期")),
        )  # fmt: skip
        person["groups"] = [row for row in person["groups"] if row[1] < person["status_on"]]
        return [person]

    def _elder_alone(self) -> list[Values]:
        age = self._elder_age(_LEFT)
        sex = "female" if self.random.random() < 0.68 else "male"
        marriage = "widowed" if self.random.random() < 0.83 else self.random.choice(("divorced", "single"))
        return [self._person(sex, age, "head", marriage, living="alone")]

    def _empty_nest(self) -> list[Values]:
        return self._pair(self._elder_age(), living="empty_nest")

    def _three_generations(self) -> list[Values]:
        elders = self._elder_age()
        parents = elders - self.random.randint(24, 31)
        people = self._pair(elders, living="family")
        if self.random.random() < 0.35:
            people.pop()
            people[0]["marriage"] = "widowed"
        people += self._child_pair(people[0], parents)
        return [*people, *self._children(people[-2], parents, 1)]

    def _elder_and_child(self) -> list[Values]:
        age = self._elder_age(_LEFT)
        sex = "female" if self.random.random() < 0.7 else "male"
        elder = self._person(sex, age, "head", "widowed", living="family")
        family = _family_of(elder) if sex == "male" else ""
        child = self._person(
            self._sex(), age - self.random.randint(23, 33), "child", self.random.choice(("single", "divorced", "married")),
            family=family,
        )  # fmt: skip
        if age >= 82 and self.random.random() < 0.12:
            elder["living"] = "carer"
        return [elder, child]

    def _family(self) -> list[Values]:
        age = self.random.randint(27, 47)
        people = self._pair(age)
        return [*people, *self._children(people[0], age, 1 if self.random.random() < 0.72 else 2)]

    def _grown_child(self) -> list[Values]:
        age = self.random.randint(48, 62)
        people = self._pair(age)
        child_age = max(18, age - self.random.randint(24, 30))
        return [
            *people,
            self._person(self._sex(), child_age, "child", "single", family=_family_of(people[0])),
        ]

    def _couple(self) -> list[Values]:
        return self._pair(self.random.randint(25, 58))

    def _single(self) -> list[Values]:
        return [
            self._person(
                self._sex(),
                self.random.randint(23, 59),
                "head",
                self.random.choice(("single", "single", "divorced")),
            )
        ]

    def _one_parent(self) -> list[Values]:
        age = self.random.randint(30, 46)
        parent = self._person("female" if self.random.random() < 0.8 else "male", age, "head", "divorced")
        return [parent, *self._children(parent, age, 1)]

    def _tenants(self) -> list[Values]:
        if self.random.random() < 0.4:
            age = self.random.randint(24, 40)
            people = self._pair(age, stay="floating")
            return [*people, *self._children(people[0], age, self.random.randint(0, 1), stay="floating")]
        return [
            self._person(self._sex(), self.random.randint(19, 38), "tenant", "single", stay="floating")
            for _ in range(self.random.randint(1, 3))
        ]

    def _grandparents(self) -> list[Values]:
        people = self._pair(min(76, self._elder_age()), living="family")
        child = self._person(
            self._sex(), self.random.randint(3, 15), "grandchild", "", family=_family_of(people[0])
        )
        if self.random.random() < 0.3:
            child["groups"].append(("child", self._since(3), "民政台账"))
        return [*people, child]

    def _pair(self, age: int, *, living: str = "", stay: str = "permanent") -> list[Values]:
        first = self._person("male", age, "head", "married", living=living, stay=stay)
        other = (
            max(22, age - self.random.randint(-1, 4))
            if age < 60 or not living
            else max(60, age - self.random.randint(-1, 4))
        )
        return [first, self._person("female", other, "spouse", "married", living=living, stay=stay)]

    def _child_pair(self, elder: Values, age: int) -> list[Values]:
        husband = self._person("male", age, "child", "married", family=_family_of(elder))
        return [husband, self._person("female", age - self.random.randint(0, 3), "child_in_law", "married")]

    def _children(self, parent: Values, age: int, count: int, *, stay: str = "permanent") -> list[Values]:
        relation = "child" if parent["relation"] == "head" else "grandchild"
        youngest = max(0, age - 33)
        return [
            self._person(
                self._sex(), min(age - 20, youngest + self.random.randint(0, 7)), relation, "", family=_family_of(parent), stay=stay
            )
            for _ in range(count)
        ]  # fmt: skip

    def _sex(self) -> str:
        return "female" if self.random.random() < 0.5 else "male"

    def _elder_age(self, shares: tuple[float, ...] = _TOGETHER) -> int:
        """60 to 99, ever fewer with the years."""
        band: int = self.random.choices(_ELDER_BANDS, shares)[0]
        return band + int(self.random.random() * 5)

    def _person(
        self, sex: str, age: int, relation: str, marriage: str, *, family: str = "", living: str = "",
        stay: str = "permanent",
    ) -> Values:  # fmt: skip
        draw = self.random.random
        born = born_by(age, AGES_ON) - timedelta(days=self.random.randrange(365))
        far = self.random.choice(FAR_REGIONS) if stay == "floating" else None
        if stay == "permanent" and 20 <= age < 50 and draw() < 0.06:
            stay = "elsewhere"
        missing = 0.14 if far else 0.2 if age < 3 else 0.02
        person: Values = {
            "name": full_name(self.random, sex, born.year, family or family_name(self.random)), "sex": sex, "born": born,
            "id_number": None if draw() < missing else self.id_number(far[0] if far else self.random.choice(REGIONS), born, sex),
            "phone": self.phone(age), "relation": relation, "marriage": marriage, "stay": stay, "living": living,
            "school": self._school(age), "party": self._party(age, sex), "ethnic": "汉族" if draw() < 0.985 else "回族",
            "employer": self._employer(age, sex, stay), "registered_at": far[1] if far else "", "speech": "",
            "status": "resident", "interests": "", "health": None, "colour": "", "in_care": False, "carer": "", "groups": [], "kin": [],
        }  # fmt: skip
        if age >= 55 and draw() < 0.35:
            person["interests"] = "、".join(self.random.sample(INTERESTS, self.random.randint(1, 3)))
        if age >= 70 and draw() < 0.2:
            person["speech"] = self.random.choice(("本地话", "本地话，普通话听不太懂", "苏北话", "上海话"))
        return person

    def id_number(self, region: str, born: date, sex: str) -> str:
        """An ID number that nobody else of these people has."""
        odd = int(sex == "male")
        count = self._sequences.get((born, odd), 0)
        self._sequences[born, odd] = count + 1
        return parsing.make_id(region, born, (count * 37 + born.toordinal() * 11) % 500 * 2 + odd)

    def phone(self, age: int) -> str | None:
        """A mobile, for old people perhaps a landline, for some both, for children none."""
        chance = self.random.random()
        if age < 13 or chance < 0.07:
            return None
        mobile = f"{self.random.choice(MOBILES)}{int(self.random.random() * 1e8):08}"
        if age < 65 or chance < 0.55:
            return mobile
        landline = f"025-58{int(self.random.random() * 1e6):06}"
        return landline if chance < 0.85 else f"{mobile}、{landline}"

    def _school(self, age: int) -> str:
        chance = self.random.random()
        if age < 7:
            return ""
        if age < 13:
            return "primary"
        if age < 16:
            return "middle"
        if age < 60:
            return (
                "high"
                if chance < 0.4
                else "college"
                if chance < 0.68
                else "university"
                if chance < 0.86
                else "middle"
            )
        low = 0.12 if age >= 75 else 0.02
        return (
            "none"
            if chance < low
            else "primary"
            if chance < 0.4
            else "middle"
            if chance < 0.75
            else "high"
            if chance < 0.94
            else "college"
        )

    def _party(self, age: int, sex: str) -> str:
        chance = self.random.random()
        if age < 14:
            return ""
        if age < 28:
            return "league" if chance < 0.4 else "masses"
        members = 0.19 if age >= 60 and sex == "male" else 0.08
        return "party" if chance < members else "democratic" if chance > 0.996 else "masses"

    def _employer(self, age: int, sex: str, stay: str) -> str:
        if stay != "floating" and age >= (60 if sex == "male" else 52):
            return self.random.choice(WORKS) if self.random.random() < 0.85 else ""
        return self.random.choice(JOBS) if 20 <= age < 60 and self.random.random() < 0.35 else ""

    def _since(self, years: float) -> date:
        return self.today - timedelta(days=20 + int(self.random.random() * years * 365))

    def _groups(self, person: Values, *, poor: bool) -> None:
        """Give the groups that age, home and chance bring, and what follows: health notes, care, colour."""
        draw, choice = self.random.random, self.random.choice
        age = AGES_ON.year - person["born"].year
        rows: list[tuple[str, date, str]] = person["groups"]

        def join(code: str, source: str = "") -> None:
            rows.append((code, self._since(min(6.0, max(1.0, age - 59.0))), source or choice(SOURCES[:4])))

        old, very_old = age >= 60, age >= 80
        if person["living"] in ("alone", "empty_nest"):
            join(person["living"], "入户摸排")
        if old and draw() < (0.05 if very_old else 0.005):
            join("unable")
            person["health"] = choice(FRAILTIES)
        elif old and draw() < (0.1 if very_old else 0.016):
            join("half_unable")
            person["health"] = choice(HALF_FRAIL)
        if draw() < (0.014 if old else 0.003):
            join("ill")
            person["health"] = choice(ILLNESSES)
        if draw() < (0.034 if old else 0.014):
            join("disabled", "残联台账")
            person["health"] = "；".join(filter(None, (choice(DISABLED), person["health"])))
        if person["sex"] == "male" and age >= 25 and draw() < (0.05 if old else 0.02):
            join("honoured", "退役军人服务站")
        if person["living"] in ("alone", "empty_nest") and age < 78 and draw() < 0.02:
            join("lost_child", "计生台账")
        if poor:
            join("allowance", "民政台账")
        if person["employer"].startswith(FACTORY) and age >= 60:
            join("retired", "厂退管会名册")
        if old and not person["health"] and draw() < 0.12:
            person["health"] = choice(USUAL_ILLS)
        self._care(person, age, {row[0] for row in rows})

    def _care(self, person: Values, age: int, codes: set[str]) -> None:
        draw = self.random.random
        by_age = age >= 80 and (codes & {"alone", "empty_nest"} or draw() < 0.1)
        person["in_care"] = bool(codes & CARING or by_age)
        if not person["in_care"]:
            person["basis"] = "duty"
            return
        if codes & {"unable", "ill"} or (age >= 80 and codes & {"alone", "empty_nest"}):
            person["colour"] = "red"
        elif codes & {"half_unable", "lost_child", "child"} or (age >= 70 and "alone" in codes):
            person["colour"] = "yellow"
        else:
            person["colour"] = "blue"
        asked = self._since(2)
        if draw() < 0.8:
            person["consent_on"] = asked
            person["basis"] = "consent" if draw() < 0.3 else "duty"
        if person["health"] and draw() < 0.85:
            person["consent_health_on"] = asked
        if age < 14:
            person["guardian_consent_on"] = asked
        if person["living"] in ("alone", "empty_nest"):
            person["kin"] = self._kin(person)

    def _kin(self, person: Values) -> list[Values]:
        """Children who live elsewhere, and perhaps a neighbour."""
        kin = []
        for position in range(1, 1 + self.random.choice((1, 1, 1, 2, 2))):
            sex = self._sex()
            family = _family_of(person) if person["sex"] == "male" else ""
            kin.append(
                {
                    "name": full_name(self.random, sex, person["born"].year + 26, family),
                    "relation": "女儿" if sex == "female" else "儿子", "phone": self.phone(45),
                    "emergency": position == 1, "position": position,
                    "note": self.random.choice(("", "", "住同城", "在外地工作", "每周来一次")),
                }
            )  # fmt: skip
        if self.random.random() < 0.25:
            neighbour = full_name(self.random, "female", 1962)
            kin.append(
                {
                    "name": neighbour, "relation": "对门邻居", "phone": self.phone(50), "emergency": False,
                    "position": len(kin) + 1, "note": "有备用钥匙",
                }
            )  # fmt: skip
        return kin


def _family_of(person: Values) -> str:
    name = str(person["name"])
    return name[:2] if name[:2] in parsing.names.COMPOUND_SURNAMES else name[:1]
