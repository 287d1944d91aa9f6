"""The coverage map under the pointer, and while somebody else works."""

import re
from pathlib import Path

import pytest
import shapely
from playwright.sync_api import Page, expect
from sqlalchemy import select

from db import access, clock, engine, keeping
from db.insight import coverage, map_holes
from db.system import community
from db.territory import plan
from db.territory.areas import Area
from db.territory.plan import PlacedArea
from db.territory.posts import POSTS
from tests.bench.people import at_database, cookie
from tests.bench.rig import Server
from tests.e2e.conftest import Open, settled

pytestmark = pytest.mark.browser

A = Area.__table__.c  # type: ignore[attr-defined]
PHONE = (
    "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Mobile Safari/537.36"
)
DRAWN = "() => document.querySelector('.js-plotly-plot')?._fullData?.length"
PIXEL = """([x, y]) => {
    const plot = document.querySelector('.js-plotly-plot'), at = plot.getBoundingClientRect();
    const {xaxis, yaxis} = plot._fullLayout;
    return [at.left + xaxis._offset + xaxis.l2p(x), at.top + yaxis._offset + yaxis.l2p(y)];
}"""
PICTURE = """() => document.querySelector('.js-plotly-plot')?._fullData?.map(
    one => [one.name, one.fillcolor, one.x?.length, Array.from(one.text || [])].join()).join()"""


def points(area: PlacedArea) -> list[tuple[float, float]]:
    """Three places in the shape of an area: where its name is, and two near its edge."""
    rings: list[list[tuple[float, float]]] = [[]]
    for x, y in zip(area.xs, area.ys, strict=True):
        if x is None or y is None:
            rings.append([])
        else:
            rings[-1].append((x, y))
    shape = max((shapely.Polygon(ring) for ring in rings if len(ring) > 3), key=lambda one: one.area)
    edge = shape.buffer(-0.12 * shape.area**0.5).boundary
    near = [edge.interpolate(part, normalized=True) for part in (0.1, 0.6)]
    return [(area.label_x, area.label_y), *((point.x, point.y) for point in near)]


def click(page: Page, point: tuple[float, float], area_id: int) -> None:
    """Click at a place of the plan; the address then names the area."""
    settled(page)
    page.wait_for_function(DRAWN)
    page.locator(".js-plotly-plot").first.evaluate("plot => plot.scrollIntoView({block: 'center'})")
    page.mouse.click(*page.evaluate(PIXEL, point))
    expect(page).to_have_url(re.compile(rf"[?&]area={area_id}(&|$)"), timeout=10_000)


@pytest.mark.parametrize(("width", "height", "agent"), [(1440, 900, None), (390, 844, PHONE)])
def test_a_click_anywhere_in_a_shape_selects_that_area(
    open_page: Open, server: Server, sample: Path, width: int, height: int, agent: str | None
) -> None:
    with at_database(sample):
        night = access.system()
        here = coverage.coverage(night).here
        assert here is not None
        grids = [one for one in plan.plan(night, here.area_id).areas if one.parent_id == here.area_id]
        grid = grids[4]
        buildings = [one for one in plan.plan(night, grid.id).areas if one.parent_id == grid.id]
    page = open_page("leader", "/map", width=width, height=height, agent=agent)
    for one, point in ((grids[9], points(grids[9])[1]), (grid, points(grid)[2])):
        page.goto(f"{server.base}/map")
        click(page, point, one.id)
    # The picture stays while one goes from building to building.
    for place, one in enumerate(buildings[:: len(buildings) // 3][:3]):
        click(page, points(one)[place], one.id)
        expect(page.get_by_role("heading", name=one.name, exact=True).first).to_be_visible(timeout=10_000)


def test_an_open_map_redraws_by_itself_when_somebody_changes_a_post(open_page: Open, sample: Path) -> None:
    with at_database(sample):
        night = access.system()
        hole = next(one for one in map_holes.holes(night).rows if one.kind == "nobody")
        with engine.reading() as session:
            above = session.execute(select(A.parent_id).where(A.id == hole.area_id)).scalar_one()
    page = open_page("leader", f"/map?area={above}")
    page.wait_for_function(DRAWN)
    expect(page.locator("body")).to_contain_text(hole.name)
    before = page.evaluate(PICTURE)
    page.evaluate("window.neverReloaded = true")
    with at_database(sample):
        keeping.create(
            night, POSTS,
            {"area_id": hole.area_id, "role": hole.role, "holder": "沈亦安", "deputy": "裘慧", "since": clock.today()},
        )  # fmt: skip
    page.wait_for_function(f"before => ({PICTURE})() && ({PICTURE})() !== before", arg=before, timeout=10_000)
    assert page.evaluate("window.neverReloaded") is True


def test_an_idle_window_is_told_without_asking(server: Server, sample: Path) -> None:
    with at_database(sample):
        who = cookie("admin")
        window = server.open("/map", who)
        assert not window.error, window.error
        assert window.by_itself, "the map does not follow"
        quiet = window.wait(window.told(2))
        community.change_setting(access.system(), name="visit_load", value=41)
        told = window.wait(window.told(10))
        community.change_setting(access.system(), name="visit_load", value=40)
    assert (quiet, told > 0) == (0, True)
