"""The monthly brief of an area: a draft from the figures, edited by people, sent once, and kept as it was sent.

The words are made by the screens (`speak`), from `brief_facts`. A number in the text remembers which figure it is and
what it was, so that it leads to its rows, and what was corrected since can be told apart.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import JSON, Index, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field

from db import clock
from db.access import Viewer
from db.engine import BYTEWISE
from db.errors import Refused
from db.insight import brief_links, charts, closing, periods
from db.insight.brief_facts import KEY, YEAR, Facts, facts, month_of
from db.insight.brief_links import Number
from db.insight.charts import Place, Reading
from db.insight.closing import PeriodFigure
from db.insight.periods import Period
from db.record import Record, moment
from db.system import community, messages
from db.system.community import SETTINGS, SettingSpec
from db.system.messages import Message
from db.territory.areas import Area
from db.volunteers.telling import staff_of
from db.words import N_
from db.work import Work, command, query

TOPIC: Final = "briefs"
SECTIONS: Final = ("opening", "happened", "better", "tore", "asked")
LONGEST_SECTION: Final = 4000
LONGEST_TITLE: Final = 80
MOST_MONTHS: Final = 24
LANGUAGE: Final = "zh"
"""In which the drafts are written that nobody asked for by hand."""

messages.declare(
    "brief.ready", title=N_("The brief of {area} for {month} is ready to be read through"),
    body=N_("It was written from the figures of the month. Read it, change what you like, and send it."),
    outside=N_("A monthly brief is ready in Linli."),
)  # fmt: skip
messages.declare(
    "brief.again", title=N_("The brief of {area} for {month}, version {number}: it replaces the earlier one"),
    body=N_("{by} has sent it. Please use this version and no longer the earlier one."),
    outside=N_("There is a new monthly brief in Linli."),
)  # fmt: skip
messages.declare(
    "brief.sent", title=N_("The brief of {area} for {month}"), body=N_("{by} has sent it."),
    outside=N_("There is a new monthly brief in Linli."),
)  # fmt: skip

SETTINGS["brief_day"] = SettingSpec(
    "brief_day", N_("Day of the month on which the brief of the month before is drafted"), N_("Monthly brief"), "number",
    0, least=0, most=28, topics=("settings", TOPIC),
    help=N_("Leaders and administrators then find it in their inbox. 0: only when somebody asks for it."),
)  # fmt: skip


class Brief(Record, table=True):
    """One brief. `open` is the same for two drafts of one area and month in one language, so that there is only one.

    A draft that was given up is withdrawn: it is in no list, and nobody reads it.
    """

    __table_args__ = (Index("ix_brief_area", "area_id", "month", "id"),)

    area_id: int = Field(foreign_key="area.id")
    area_path: str = Field(sa_type=BYTEWISE, index=True)
    month: str
    language: str
    state: str = "draft"
    open: str | None = Field(default=None, unique=True)
    title: str
    sections: dict[str, Any] = Field(default_factory=dict, sa_type=JSON, nullable=False)
    numbers: list[Any] = Field(default_factory=list, sa_type=JSON, nullable=False)
    figures: dict[str, Any] = Field(default_factory=dict, sa_type=JSON, nullable=False)
    as_of: date
    made_name: str = ""
    changed_name: str = ""
    sent_at: datetime | None = moment()
    sent_by: int | None = None
    sent_name: str = ""


_B = Brief.__table__.c  # type: ignore[attr-defined]
_A = Area.__table__.c  # type: ignore[attr-defined]
_F = PeriodFigure.__table__.c  # type: ignore[attr-defined]
_M = Message.__table__.c  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Written:
    """What was written from facts: plain text by section, a line for each thing said, and the numbers in it."""

    title: str
    sections: Mapping[str, str]
    numbers: tuple[Number, ...]


Write = Callable[[Facts, str], Written]
_writers: list[Write] = []


def speak(write: Write) -> None:
    """How facts are said in a language. The words belong to the screens."""
    _writers[:] = [write]


def can_write() -> bool:
    """Whether there are screens that know the words."""
    return bool(_writers)


Cells = tuple[Reading | None, ...]
"""A figure of the month, of the month before, and of the same month a year before."""


@dataclass(frozen=True)
class Told:
    """A brief as it is kept. `version` guards the draft. `figures` are those of the small table, as of `as_of`.

    It is the `number`th of its month in its language: it replaces the one sent at `replaces`, and `newer` replaces it.
    """

    id: int
    place: Place
    period: Period
    language: str
    sent: bool
    version: int
    title: str
    sections: Mapping[str, str]
    numbers: tuple[Number, ...]
    figures: Mapping[str, Cells]
    as_of: date
    made_name: str
    changed_at: datetime
    changed_name: str
    sent_at: datetime | None
    sent_name: str
    office: str = ""
    number: int = 1
    replaces: datetime | None = None
    newer: int | None = None

    @property
    def columns(self) -> tuple[Period, ...]:
        """The months of the small table."""
        return (self.period, self.period.back(), self.period.year_before())


@dataclass(frozen=True)
class Earlier:
    """A brief in a list: which, of what month, the how manieth of that month in its language, and when it was sent."""

    id: int
    month: str
    language: str
    number: int
    title: str
    sent: bool
    at: datetime
    by: str


# Writing


def draft(viewer: Viewer, *, area_id: int, month: str) -> int:
    """Write the brief of an area and month in the viewer's language; the open draft where there is one. Its id.

    Refused `area.not_found`, `period.unknown`.
    """
    closing.settle(viewer)
    found = facts(viewer, area_id=area_id, month=month)
    return keep_draft(viewer, found, language_of(viewer))[0]


def language_of(viewer: Viewer) -> str:
    """In which language a brief is written for somebody."""
    return "en" if viewer.english else "zh"


@command("brief.edit")
def keep_draft(work: Work, found: Facts, language: str) -> tuple[int, bool]:
    """Keep a draft; returns its id and whether it is new."""
    here, month = charts.place(work, found.here.id), found.period.key
    if not work.viewer.reaches("brief.edit", here.path):
        raise Refused("area.not_found")
    written = _written(work, found, language)
    open_as = f"{here.id}:{month}:{language}"
    dialect = sqlite if work.session.get_bind().dialect.name == "sqlite" else postgresql
    made = work.connection.execute(  # what is there already is no writing
        dialect.insert(Brief)
        .values(
            version=1, made_at=work.now, changed_at=work.now, extra={}, area_id=here.id, area_path=here.path, month=month,
            language=language, state="draft", open=open_as, title=written.title, sections=dict(written.sections),
            numbers=[one.kept() for one in written.numbers], figures=_cells(found), as_of=clock.today(),
            made_name=work.viewer.name, changed_name=work.viewer.name, sent_name="",
        )
        .on_conflict_do_nothing(index_elements=["open"])
        .returning(_B.id)
    ).scalar()  # fmt: skip
    if made is None:
        there = work.session.execute(select(_B.id).where(_B.open == open_as)).scalar_one()
        return int(there), False
    work.log("brief", int(made), written.title, area_path=here.path, action="brief.draft")
    work.touch(TOPIC)
    return int(made), True


def _written(work: Work, found: Facts, language: str) -> Written:
    """The words, which say the how manieth brief of the month it is."""
    sent = len(_versions(work, found.here.id, found.period.key, language, sent=True))
    return _writers[0](replace(found, number=sent + 1), language)


def _versions(work: Work, area_id: int, month: str, language: str, *, sent: bool = False) -> Sequence[Any]:
    """The briefs of an area and month in a language, the oldest first."""
    which = (_B.area_id == area_id, _B.month == month, _B.language == language, _B.withdrawn_at.is_(None))
    asked = select(_B.id, _B.sent_at).where(*which).order_by(_B.id)
    return work.session.execute(asked.where(_B.state == "sent") if sent else asked).all()


def redraft(viewer: Viewer, *, brief_id: int, version: int) -> int:
    """Write a draft anew from the figures of today, read at `version`; what was typed gives way. The new version.

    Refused `record.not_found`, `brief.sent`, `record.changed`.
    """
    closing.settle(viewer)
    told = brief(viewer, brief_id=brief_id)
    found = facts(viewer, area_id=told.place.id, month=told.period.key)
    return _rewrite(viewer, found, brief_id=brief_id, version=version)


@command("brief.edit")
def _rewrite(work: Work, found: Facts, *, brief_id: int, version: int) -> int:
    row = _draft_at(work, brief_id, version)
    written = _written(work, found, row.language)
    _change(
        work, row, title=written.title, sections=dict(written.sections), figures=_cells(found), as_of=clock.today(),
        numbers=[one.kept() for one in written.numbers], changed_name=work.viewer.name,
    )  # fmt: skip
    changes = {
        name: (row.sections.get(name, ""), text)
        for name, text in written.sections.items()
        if text != row.sections.get(name, "")
    }
    work.log("brief", brief_id, written.title, changes, area_path=row.area_path)
    work.touch(TOPIC)
    return version + 1


@command("brief.edit")
def discard(work: Work, *, brief_id: int, version: int) -> None:
    """Give up a draft, read at `version`. It is kept, but in no list; another may be written.

    Refused `record.not_found`, `brief.sent`, `record.changed`.
    """
    row = _draft_at(work, brief_id, version)
    _change(work, row, open=None, withdrawn_at=work.now, changed_name=work.viewer.name)
    messages.moot(work, f"brief:{brief_id}")
    work.log("brief", brief_id, row.title, area_path=row.area_path, action="brief.discard")
    work.touch(TOPIC)


def _cells(found: Facts) -> dict[str, Any]:
    return {
        code: [_json(found.reading(code, back)) for back in (0, 1, YEAR)]
        for code in KEY
        if found.reading(code) is not None
    }


def _json(reading: Reading | None) -> dict[str, Any] | None:
    return None if reading is None else {"above": reading.above, "below": reading.below}


@command("brief.edit")
def save(work: Work, *, brief_id: int, version: int, title: str, sections: Mapping[str, str]) -> int:
    """Keep what somebody made of a draft, read at `version`; returns the new version.

    Refused `record.not_found`, `brief.sent`, `brief.long` (with `most`), `brief.title`, and `record.changed` when
    somebody else saved meanwhile (with `title`, `sections`, `version` and `name` of theirs).
    """
    row = _row(work, brief_id, "brief.edit")
    if row.state != "draft":
        raise Refused("brief.sent")
    title = " ".join(title.split())
    kept = {name: str(sections.get(name, row.sections.get(name, ""))).strip() for name in SECTIONS}
    if any(len(text) > LONGEST_SECTION for text in kept.values()):
        raise Refused("brief.long", most=LONGEST_SECTION)
    if not title or len(title) > LONGEST_TITLE:
        raise Refused("brief.title", most=LONGEST_TITLE)
    if row.version != version:
        raise Refused(
            "record.changed", title=row.title, sections=dict(row.sections), version=row.version, name=row.changed_name
        )  # fmt: skip
    changed = [name for name in SECTIONS if kept[name] != row.sections.get(name, "")]
    if not changed and title == row.title:
        return version
    numbers = brief_links.again([brief_links.read(one) for one in row.numbers], kept)
    _change(
        work, row, title=title, sections=kept, numbers=[one.kept() for one in numbers], changed_name=work.viewer.name
    )  # fmt: skip
    work.log("brief", brief_id, title, {name: (row.sections.get(name, ""), kept[name]) for name in changed},
             area_path=row.area_path)  # fmt: skip
    work.touch(TOPIC)
    return version + 1


@command("brief.edit")
def send(work: Work, *, brief_id: int, version: int) -> int:
    """Send a draft, as it was read at `version`, to whoever reads briefs of its area; how many they are.

    From then on nobody changes it. Refused `record.not_found`, `brief.sent`, `record.changed`, `brief.empty`.
    """
    row = _draft_at(work, brief_id, version)
    if not any(str(text).strip() for text in row.sections.values()):
        raise Refused("brief.empty")
    _change(
        work, row, state="sent", open=None, sent_at=work.now, sent_by=work.viewer.account_id, sent_name=work.viewer.name
    )  # fmt: skip
    to = _addressees(work, row.area_path)
    number = len(_versions(work, row.area_id, row.month, row.language, sent=True))
    again = {"number": number} if number > 1 else {}
    messages.send(
        work, to=to, kind="brief.again" if again else "brief.sent", subject=f"brief:{brief_id}", link=f"/brief?id={brief_id}",
        facts={"area": row.area, "month": row.month, "by": work.viewer.name, **again}, area_path=row.area_path,
    )  # fmt: skip
    work.log(
        "brief",
        brief_id,
        row.title,
        {"people": (None, len(to))},
        area_path=row.area_path,
        action="brief.send",
    )
    work.touch(TOPIC)
    return len(to)


def _addressees(work: Work, area_path: str) -> list[messages.Addressee]:
    """To whom a brief of an area goes: whoever leads, works in or administers all of it, but not who sends it."""
    them = staff_of(work, area_path, ("leader", "staff", "admin"))
    others = (one for one in them if one.account_id != work.viewer.account_id)
    return sorted(others, key=lambda one: one.account_id or 0)


@query("brief.edit")
def readers(work: Work, *, brief_id: int) -> tuple[str, ...]:
    """Who will get a draft when the viewer sends it. Refused `record.not_found`."""
    row = _row(work, brief_id, "brief.edit")
    return tuple(one.name for one in _addressees(work, row.area_path))


@query("brief.view")
def got(work: Work, *, brief_id: int) -> tuple[str, ...]:
    """Who was sent a brief. Refused `record.not_found`."""
    _row(work, brief_id, "brief.view")
    sent = _M.kind.in_(("brief.sent", "brief.again"))
    asked = select(_M.name).where(_M.subject == f"brief:{brief_id}", sent).order_by(_M.id)
    return tuple(work.session.execute(asked).scalars())


def _draft_at(work: Work, brief_id: int, version: int) -> Any:
    """A draft as it was read. Refused `record.not_found`, `brief.sent`, `record.changed`."""
    row = _row(work, brief_id, "brief.edit")
    if row.state != "draft":
        raise Refused("brief.sent")
    if row.version != version:
        raise Refused(
            "record.changed", title=row.title, sections=dict(row.sections), version=row.version, name=row.changed_name
        )  # fmt: skip
    return row


def _row(work: Work, brief_id: int, action: str) -> Any:
    row = work.session.execute(
        select(*Brief.__table__.c, _A.name.label("area"), _A.level.label("level"))  # type: ignore[attr-defined]
        .join(Area, _A.id == _B.area_id)
        .where(_B.id == brief_id, _B.withdrawn_at.is_(None))
    ).first()
    if row is None or not work.viewer.reaches(action, row.area_path):
        raise Refused("record.not_found")
    return row


def _change(work: Work, row: Any, **values: Any) -> None:
    """Refused `record.changed` when somebody else was faster by a moment."""
    done = work.session.execute(
        update(Brief)
        .where(_B.id == row.id, _B.version == row.version, _B.state == "draft")
        .values(**values, version=row.version + 1, changed_at=work.now)
    )
    if done.rowcount != 1:  # type: ignore[attr-defined]
        raise Refused("system.busy")


# Reading


@query("brief.view")
def brief(work: Work, *, brief_id: int) -> Told:
    """One brief. Refused `record.not_found`."""
    row = _row(work, brief_id, "brief.view")
    versions = _versions(work, row.area_id, row.month, row.language)
    at = next(at for at, one in enumerate(versions) if one.id == row.id)
    newer = next((one.id for one in reversed(versions[at + 1 :]) if one.sent_at is not None), None)
    return Told(
        row.id, Place(row.area_id, row.area_path, row.area, row.level), periods.parse(row.month), row.language,
        row.state == "sent", row.version, row.title, dict(row.sections),
        tuple(brief_links.read(number) for number in row.numbers),
        {code: tuple(brief_links.reading_of(cell) if cell else None for cell in cells) for code, cells in row.figures.items()},
        row.as_of, row.made_name, row.changed_at, row.changed_name, row.sent_at, row.sent_name,
        str(community.get(work, "community_name")), at + 1, versions[at - 1].sent_at if at else None, newer,
    )  # fmt: skip


@command("brief.view")
def take_along(work: Work, *, brief_id: int) -> Told:
    """One brief, to be taken along as a document. Refused `record.not_found`."""
    told = brief(work, brief_id=brief_id)
    work.log("brief", brief_id, told.title, area_path=told.place.path, action="brief.export")
    return told


@query("brief.view")
def latest(work: Work, *, area_id: int, month: str) -> int | None:
    """The open draft of an area and month, else the one sent last; in the viewer's language where there is one.

    Refused `area.not_found`, `period.unknown`.
    """
    here, period = charts.place(work, area_id), month_of(month)
    found: int | None = work.session.execute(
        select(_B.id)
        .where(_B.area_id == here.id, _B.month == period.key, _B.withdrawn_at.is_(None))
        .order_by(_B.language != language_of(work.viewer), _B.open.is_(None), _B.id.desc())
        .limit(1)
    ).scalar()
    return found


@query("brief.view")
def earlier(work: Work, *, area_id: int) -> tuple[Earlier, ...]:
    """All briefs of an area, the newest first. Refused `area.not_found`."""
    here = charts.place(work, area_id)
    number = func.row_number().over(partition_by=(_B.month, _B.language), order_by=_B.id).label("number")
    rows = work.session.execute(
        select(
            _B.id,
            _B.month,
            _B.language,
            number,
            _B.title,
            _B.state,
            _B.sent_at,
            _B.sent_name,
            _B.changed_at,
            _B.changed_name,
        )
        .where(_B.area_id == here.id, _B.withdrawn_at.is_(None))
        .order_by(_B.month.desc(), _B.id.desc())
    )
    return tuple(
        Earlier(
            row.id, row.month, row.language, row.number, row.title, row.state == "sent", row.sent_at or row.changed_at,
            row.sent_name or row.changed_name,
        )
        for row in rows
    )  # fmt: skip


@query("brief.view")
def months(work: Work, *, area_id: int) -> tuple[str, ...]:
    """The months that are over of which something is kept of an area, latest first; at least the last one.

    Refused `area.not_found`.
    """
    here, last = charts.place(work, area_id), periods.of(clock.today()).back()
    kept = set(work.session.execute(select(_F.period).where(_F.area_id == here.id)).scalars())
    return tuple(key for one in range(MOST_MONTHS) if (key := last.back(one).key) in kept or not one)


def numbers_in(told: Told, section: str) -> Sequence[brief_links.Found]:
    """Where the numbers of a section stand that lead somewhere."""
    return brief_links.find(section, told.sections.get(section, ""), told.numbers)


def lines(text: str) -> Iterable[str]:
    """The lines of a section, each one thing said."""
    return (line for line in text.splitlines() if line.strip())
