"""Charts as leaders and staff meet them: each number leads to so many records, and an address shows the same again."""

import io
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl

import openpyxl
import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from components.charts import plan, words, workbook
from components.charts.plan import CHARTS
from db import clock, engine, identity
from db.access import Viewer
from db.care import visits
from db.errors import Refused
from db.insight import behind, charts, now, periods, segments
from db.insight.figures import CHAPTERS, FIGURES
from db.insight.now import NOW
from tests.sample_template import at_home, own_copy
from tests.screens import Screens, text_of


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, template: Path) -> Path:
    return own_copy(tmp_path_factory, template)


@pytest.fixture
def sample(folder: Path) -> Iterator[None]:
    with at_home(folder):
        yield


def named(username: str) -> Viewer:
    """A sample account that is signed in, where demonstrations are not."""
    with engine.writing() as session:
        account = session.execute(
            select(identity.Account).where(identity.Account.username == username)
        ).scalar_one()  # type: ignore[arg-type]
        account.demo = False
        session.flush()
        return identity.viewer_of(session, account, identity.open_session(session, account))


@pytest.fixture
def leader(sample: None) -> Viewer:
    return named("leader")


@pytest.fixture
def staff(sample: None) -> Viewer:
    return named("staff")


@pytest.fixture
def open_app(sample: None, monkeypatch: pytest.MonkeyPatch) -> Screens:
    return Screens(monkeypatch)


def metrics(app: AppTest) -> dict[str, str]:
    return {one.label: one.value for one in app.metric}


def ways(app: AppTest) -> list[dict[str, str]]:
    """Where the links to records lead."""
    found = [dict(parse_qsl(one.proto.query_string)) for one in app.get("page_link")]  # type: ignore[attr-defined]
    return [one for one in found if one.get("show") == "rows"]


@pytest.mark.parametrize("chapter", list(CHAPTERS))
def test_each_number_of_a_chapter_leads_to_so_many_records(
    open_app: Screens, leader: Viewer, chapter: str
) -> None:
    app = open_app(leader, "charts", **({"part": chapter} if chapter != "care" else {}))
    (here, *_rest) = charts.places(leader)
    codes = [code for code in plan.TILES[chapter] if leader.reaches(FIGURES[code].action, here.path)]
    found = charts.table(leader, codes=codes, area_id=here.id)
    for code in codes:
        figure = FIGURES[code]
        assert metrics(app)[figure.label] == words.said(figure, found.last(code), found.small)
    for way in ways(app):
        rest = bool(way.get("rest"))
        rows = behind.rows(
            leader, figure=way["figure"], area_id=int(way["area"]), period=way["period"], rest=rest
        )
        reading = found.last(way["figure"])
        assert reading is not None
        expected = (
            reading.above[0]
            if reading.below is None or FIGURES[way["figure"]].kind == "share"
            else reading.below[0]
        )
        if rest:
            expected = (reading.below or (0, 0))[0] - reading.above[0]
        assert rows.total == expected, way
    assert len(app.get("plotly_chart")) == sum(
        any(r is not None for r in (found.of(one.key) if one.key in codes else [1]))
        for one in CHARTS[chapter]
    )  # fmt: skip


def test_the_address_says_all_that_is_seen(open_app: Screens, leader: Viewer) -> None:
    app = open_app(
        leader, "charts", unit="quarter", last="2026Q3", **{"as": ["late.areas", "contacts.table"]}
    )
    assert "quarter 3 of 2026" in text_of(app)
    assert len(app.dataframe) == 1 and "第六网格 红星二村" in " ".join(app.dataframe[0].value["Area"])
    september = periods.parse("2026Q3")
    (here, *_rest) = charts.places(leader)
    found = charts.table(leader, codes=["late"], area_id=here.id, unit="quarter", last=september.key, back=1)
    assert metrics(app)["Not reached in time"] == words.said(FIGURES["late"], found.last("late"))


def test_the_rows_are_as_many_as_the_number_says(open_app: Screens, leader: Viewer) -> None:
    (here, *_rest) = charts.places(leader)
    app = open_app(leader, "charts", show="rows", figure="late", area=here.id, period="2026-10")
    rows = behind.rows(leader, figure="late", area_id=here.id, period="2026-10")
    assert app.title[0].value == "Not reached in time" and f"**{rows.count} people**" in text_of(app)
    links = [one.proto for one in app.get("page_link") if one.proto.icon == ":material/person:"]  # type: ignore[attr-defined]
    assert (
        len(links) == min(rows.count, behind.PAGE) and "\\*" in links[0].label
    )  # a leader reads names masked
    app.button(key="charts_back").click().run()
    assert app.title[0].value == "Charts"


@pytest.mark.parametrize(
    ("figure", "bar", "period", "said"),
    [
        ("hours", "", "2026-10", " h"), ("filled", "", "2026-10", "shifts"), ("held", "", "2026-10", "areas"),
        ("serving", "", "2026-10", "volunteers"), ("joined", "", "2026-09", "volunteers"), ("dates", "", "2026-10", "dates"),
        ("contacts", "", "2026-10", "visits"), ("pyramid", "70f", "", "people"), ("groups", "disabled", "", "people"),
        ("waiting", "8", "", "people"), ("carried", "41", "", "responsible"), ("concentration", "", "2026-10", " h"),
    ],
)  # fmt: skip
def test_every_kind_of_record_can_be_read(
    open_app: Screens, leader: Viewer, figure: str, bar: str, period: str, said: str
) -> None:
    (here, *_rest) = charts.places(leader)
    app = open_app(leader, "charts", show="rows", figure=figure, area=here.id, period=period, bar=bar)
    found = behind.rows(leader, figure=figure, area_id=here.id, period=period, part=bar, limit=3)
    text = text_of(app)
    assert not app.error and found.count > 0 and f"{found.count:,}" in text and said in text


def test_a_segment_has_its_records_as_well(open_app: Screens, leader: Viewer) -> None:
    (here, *_rest) = charts.places(leader)
    for code in FIGURES:
        figure = FIGURES[code]
        if not segments.offered(code) or not leader.reaches(figure.rows, here.path):
            continue
        for one in segments.by_segment(leader, code=code, area_id=here.id, period="2026-11")[:4]:
            reading = one.reading.below if figure.kind in ("days", "yuan") else one.reading.above
            if reading == (0, 0):
                continue  # bars of nothing lead nowhere
            found = behind.rows(
                leader, figure=code, area_id=here.id, period="2026-11", part=one.code, limit=1
            )
            assert reading is not None and found.total == reading[0], (code, one.code)
    for code, group in (("late", "disabled"), ("contacts", "disabled")):
        (one,) = [
            each for each in segments.by_segment(leader, code=code, area_id=here.id, period="2026-10") if each.code == group
        ]  # fmt: skip
        found = behind.rows(leader, figure=code, area_id=here.id, period="2026-10", part=group)
        assert found.total == one.reading.above[0] > 0
    app = open_app(
        leader, "charts", show="rows", figure="late", area=here.id, period="2026-10", bar="disabled"
    )
    assert "Disabled" in text_of(app)
    assert len(open_app(leader, "charts", **{"as": ["late.groups"]}).selectbox) == 3


def test_who_may_not_see_the_records_is_told_so(open_app: Screens, leader: Viewer) -> None:
    (here, *_rest) = charts.places(leader)
    with pytest.raises(Refused, match="figure.rows"):
        behind.rows(leader, figure="participants", area_id=here.id, period="2026-10")
    app = open_app(leader, "charts", show="rows", figure="participants", area=here.id, period="2026-10")
    assert "for the staff of the area" in app.error[0].value
    assert metrics(open_app(leader, "charts", part="activities"))["Took part"].startswith("≈")


def test_a_leader_reads_in_steps_how_many_nothing_ever_reached(leader: Viewer, staff: Viewer) -> None:
    (here, *_rest) = charts.places(leader)
    bars = now.bars(leader, code="never", area_id=here.id)
    assert bars and all(bar.told is not None for bar in bars)
    exact = {bar.part: bar.count for bar in now.bars(named("admin"), code="never", area_id=here.id)}
    for bar in bars:
        assert bar.told is not None and bar.told[0] <= exact.get(bar.part, 0) <= bar.told[1]
        assert bar.told[1] - bar.told[0] >= 4
    assert all(bar.told is None for bar in now.bars(staff, code="never", area_id=charts.places(staff)[0].id))


def test_staff_see_their_own_grid_and_no_other(open_app: Screens, staff: Viewer, leader: Viewer) -> None:
    others = [one for one in charts.places(leader) if one not in charts.places(staff)]
    assert [one.name for one in charts.places(staff)] == ["第三网格 锻压里"]
    app = open_app(staff, "charts", area=others[-1].id)
    assert not app.metric and app.error
    app = open_app(staff, "charts")
    assert "第三网格 锻压里" in text_of(app) and app.metric


def test_a_volunteer_has_no_charts(open_app: Screens, sample: None) -> None:
    app = open_app(named("volunteer"), "charts")
    assert app.title[0].value == "Not for this account" and not app.metric


def test_nonsense_in_the_address_is_said_and_harms_nothing(open_app: Screens, leader: Viewer) -> None:
    for asked in (
        {"last": "2026-13"}, {"last": "2099-01"}, {"show": "rows", "figure": "nothing", "area": 2, "period": "2026-10"},
        {"show": "rows", "figure": "late", "area": "x", "period": "2026-10"}, {"show": "rows", "figure": "late", "area": 2},
    ):  # fmt: skip
        app = open_app(leader, "charts", **asked)
        assert app.error, asked
    assert open_app(leader, "charts", unit="week", part="nothing", **{"as": "late.sideways"}).metric


def test_the_selection_chosen_last_is_there_again(open_app: Screens, leader: Viewer) -> None:
    from components.register import views
    from db import custom

    custom.save_view(
        leader, register="charts", name="月例会", params={"part": ["shifts"], "unit": ["quarter"]}
    )
    views._remember(leader, "charts", {"part": ["shifts"], "unit": ["quarter"]})
    app = open_app(leader, "charts")
    assert "Credited hours" in metrics(app) and app.query_params["unit"] == "quarter"
    views._remember(leader, "charts", {})


def test_a_selection_put_away_by_mistake_is_taken_back(open_app: Screens, leader: Viewer) -> None:
    from db import custom

    made = custom.save_view(leader, register="charts", name="季度", params={"unit": ["quarter"]})
    app = open_app(leader, "charts")
    app.session_state["charts_views"] = True  # unfolded
    app.run().button(key=f"drop_view_{made}").click().run()
    assert "季度" not in [one.label for one in app.button]
    app.button(key="view_back").click().run()
    assert "季度" in [one.label for one in app.button] and not app.exception
    assert [
        one["params"] for one in custom.saved_views(leader, register="charts") if one["name"] == "季度"
    ] == [{"unit": ["quarter"]}]


def test_the_workbook_has_the_numbers_and_draws_them_itself(leader: Viewer) -> None:
    (here, *_rest) = charts.places(leader)
    found = charts.table(leader, codes=plan.figures_of("care"), area_id=here.id, parts=True)
    bars = {code: now.bars(leader, code=code, area_id=here.id) for code in NOW}
    aims = charts.targets(leader)
    for chapter in CHAPTERS:
        figures = charts.table(leader, codes=plan.figures_of(chapter), area_id=here.id, parts=True)
        made = workbook.made(here, CHARTS[chapter], figures, bars, aims)
        book = openpyxl.load_workbook(io.BytesIO(made))
        assert all(len(sheet._charts) == 1 for sheet in book.worksheets), chapter
    book = openpyxl.load_workbook(io.BytesIO(workbook.made(here, CHARTS["care"], found, bars, aims)))
    first = book.worksheets[0]
    assert first.cell(first.max_row, 1).value == "目标 95%" and first.cell(first.max_row, 2).value == 0.95
    assert [len(one.series) for one in first._charts] == [2], "the target is a line of its own"
    sheet = book.worksheets[1]
    (row,) = sheet.iter_rows(
        min_row=workbook.TOP + 2, max_row=workbook.TOP + 2, min_col=2, max_col=1 + len(found.periods)
    )
    numbers = [cell.value for cell in row]
    assert numbers == [one.above[0] if one else None for one in found.of("late")]


def test_the_catalogue_lists_every_figure_and_who_reads_it(open_app: Screens, leader: Viewer) -> None:
    text = text_of(open_app(leader, "figures"))
    for figure in (*FIGURES.values(), *NOW.values()):
        assert figure.label in text
    assert "only by\\: Administrator, Community worker\\." in text


def test_what_was_corrected_later_is_told(open_app: Screens, leader: Viewer, folder: Path) -> None:
    app = open_app(leader, "figures", part="corrected")
    assert "Nothing was corrected since" in text_of(app)
    admin = named("admin")
    (here, *_rest) = charts.places(leader)
    before = charts.table(leader, codes=["contacts"], area_id=here.id, last="2026-10", back=1).last(
        "contacts"
    )
    rows = behind.rows(admin, figure="contacts", area_id=here.id, period="2026-10", limit=1).rows
    visits.strike(admin, visit_id=rows[0].id, why="记错了人")
    text = text_of(open_app(leader, "figures", part="corrected"))
    assert before is not None
    was = before.above[0]
    assert f"October 2026 · Times somebody was met**: {was:,} → {was - 1:,}" in text
    now_is = charts.table(leader, codes=["contacts"], area_id=here.id, last="2026-10", back=1).last(
        "contacts"
    )
    assert now_is is not None and now_is.above[0] == was - 1


def test_a_chart_says_what_it_shows(leader: Viewer) -> None:
    (here, *_rest) = charts.places(leader)
    found = charts.table(leader, codes=["late"], area_id=here.id, back=3)
    text = words.aloud(FIGURES["late"], found.periods, found.of("late"), found.small)
    values = [one.above[0] for one in found.of("late") if one]
    assert str(min(values)) in text and str(max(values)) in text and str(clock.today().year) in text


def test_a_chart_begins_where_its_records_begin(open_app: Screens, leader: Viewer) -> None:
    app = open_app(leader, "charts", part="shifts", **{"as": ["filled.table"]})
    begin, today = charts.begins(leader)["shifts"], clock.today()
    assert begin > today.replace(year=today.year - 1), "the sample has shifts of less than a year"
    months = (today.year - begin.year) * 12 + today.month - begin.month + 1
    assert [len(one.value.columns) for one in app.dataframe] == [1 + months]


def test_a_table_puts_areas_in_the_order_of_their_numbers(open_app: Screens, leader: Viewer) -> None:
    (here, *_rest) = charts.places(leader)
    found = charts.table(leader, codes=["late", "in_time"], area_id=here.id, parts=True, last="2026-10")
    app = open_app(leader, "charts", last="2026-10", **{"as": ["late.table", "in_time.table"]})
    shares, numbers = [one.value for one in app.dataframe]
    ordered = numbers.sort_values("October 2026")
    expected = [one.above[0] for place in (here, *found.parts) if (one := found.last("late", place.id))]
    assert [int(one) for one in ordered["October 2026"]] == sorted(expected)
    below = [text.strip() for text in shares["October 2026"] if text.endswith("▼")]
    values = [
        one.value(FIGURES["in_time"])
        for place in (here, *found.parts)
        if (one := found.last("in_time", place.id))
    ]
    assert len(below) == sum(value is not None and value < 0.95 for value in values) > 0


def test_before_the_records_begin_nothing_is_known(open_app: Screens, leader: Viewer) -> None:
    (here, *_rest) = charts.places(leader)
    before = periods.of(charts.begins(leader)["visits"]).back()
    found = charts.table(leader, codes=["contacts", "dates"], area_id=here.id, last=before.key, back=1)
    assert found.last("contacts") is None and found.last("dates") is None
    app = open_app(leader, "charts", last=before.key)
    assert metrics(app)["Times somebody was met"] == "–"
    app = open_app(leader, "charts", last=before.back(-11).key)
    assert "September 2025\\: no records yet" in " ".join(one.value for one in app.caption)


def test_behind_a_share_stands_what_is_missing_and_one_tap_beside_it_the_rest(
    open_app: Screens, leader: Viewer
) -> None:
    (here, *_rest) = charts.places(leader)
    reading = charts.table(leader, codes=["in_time"], area_id=here.id, last="2026-10", back=1).last("in_time")
    assert reading is not None and reading.below is not None
    app = open_app(leader, "charts", show="rows", figure="in_time", area=here.id, period="2026-10", rest="1")
    missing = reading.below[0] - reading.above[0]
    assert f"{missing} people" in text_of(app)
    links = [one.label for one in app.get("page_link")]  # type: ignore[attr-defined]
    assert any("第" in one and "overdue by" in one and "responsible: " in one for one in links)
    app.button_group(key="charts_side").set_value("").run()
    assert f"{reading.above[0]} people" in text_of(app) and "rest" not in app.query_params


def test_a_quarter_and_back_leads_to_the_same_month(open_app: Screens, leader: Viewer) -> None:
    app = open_app(leader, "charts", last="2026-10")
    app.button_group(key="charts_unit").set_value("quarter").run()
    assert "quarter 4 of 2026" in text_of(app)
    app.button_group(key="charts_unit").set_value("month").run()
    assert app.query_params["last"] == "2026-10"


def test_pictures_of_today_stand_apart_from_a_month_that_is_over(open_app: Screens, leader: Viewer) -> None:
    app = open_app(leader, "charts", last="2026-10")
    heads = [one.value for one in app.subheader]
    today = next(at for at, one in enumerate(heads) if one.startswith("Today, "))
    assert heads[today + 1].startswith("Today ") and today == len(heads) - 2
