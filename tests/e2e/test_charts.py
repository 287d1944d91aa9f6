"""Charts under the finger: a point opens its records, a picture can be kept, and nothing is unreadable in the dark."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from db import access
from db.insight import behind, charts
from tests.bench.people import at_database
from tests.bench.rig import Server
from tests.e2e.conftest import Open, settled
from tests.e2e.test_browser import serious

pytestmark = pytest.mark.browser

DRAWN = "() => document.querySelectorAll('.st-key-chart_late .js-plotly-plot .bars .point').length > 3"


def last_bar(page: Page) -> tuple[float, float]:
    """The middle of the bar before the last one."""
    page.wait_for_function(DRAWN, timeout=15_000)
    bar = page.locator(".st-key-chart_late .js-plotly-plot .bars .point").nth(-2)
    bar.scroll_into_view_if_needed()
    box = bar.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


@pytest.mark.parametrize(("width", "language"), [(1440, "zh-CN"), (390, "en-GB")])
def test_a_tap_on_a_bar_opens_the_records_that_it_counts(
    open_page: Open, server: Server, sample: Path, width: int, language: str
) -> None:
    with at_database(sample):
        night = access.system()
        here = charts.places(night)[0]
        late = charts.table(night, codes=["late"], area_id=here.id)
        month = late.periods[-2]
        count = behind.rows(night, figure="late", area_id=here.id, period=month.key).count
        reading = late.of("late")[-2]
        assert reading is not None and reading.above[0] == count
    page = open_page("leader", "/charts", width=width, language=language)
    settled(page)
    page.mouse.click(*last_bar(page))
    expect(page.get_by_text(f"{count}人" if language == "zh-CN" else f"{count} people").first).to_be_visible(
        timeout=15_000
    )
    assert f"period={month.key}" in page.url and "figure=late" in page.url
    page.go_back()
    settled(page)
    assert "figure=" not in page.url, "one tap is one step back"
    page.go_forward()
    settled(page)
    if page.locator(".st-key-wrap_charts a").count():
        page.locator(".st-key-wrap_charts a").first.click()
        page.wait_for_url("**/residents?id=*")
        settled(page)
        page.go_back()
        settled(page)
        assert "/charts?" in page.url and "figure=late" in page.url
    page.reload()
    settled(page)
    expect(page.get_by_text(f"{count}人" if language == "zh-CN" else f"{count} people").first).to_be_visible()
    page.get_by_role("button", name="返回图表" if language == "zh-CN" else "Back to the charts").click()
    expect(
        page.get_by_role("heading", name="图表" if language == "zh-CN" else "Charts", exact=True)
    ).to_be_visible()
    settled(page)
    assert serious(page) == []


def test_a_picture_can_be_kept_and_says_what_it_is(open_page: Open) -> None:
    page = open_page("leader", "/charts")
    settled(page)
    last_bar(page)
    camera = page.locator(".st-key-chart_late .modebar-btn").first
    assert camera.get_attribute("data-title") == "保存图片"
    with page.expect_download(timeout=20_000) as kept:
        camera.dispatch_event("click")
    assert kept.value.suggested_filename.startswith(
        "未按时探访 红星社区"
    ) and kept.value.suggested_filename.endswith(".png")


def test_looking_at_one_chart_in_another_way_draws_no_other_anew(open_page: Open) -> None:
    page = open_page("leader", "/charts")
    settled(page)
    last_bar(page)
    page.evaluate("document.querySelector('.st-key-chart_in_time .js-plotly-plot').marked = true")
    frame = page.locator(".st-key-chart_late")
    frame.get_by_text("表格", exact=True).click()
    expect(frame.locator("[data-testid=stDataFrame]")).to_be_visible(timeout=10_000)
    assert "as=late.table" in page.url
    assert page.evaluate("document.querySelector('.st-key-chart_in_time .js-plotly-plot').marked") is True
    expect(frame.get_by_text("点数字看明细")).to_be_visible()


def test_an_open_page_follows_the_device_into_the_dark(open_page: Open) -> None:
    page = open_page("leader", "/charts")
    settled(page)
    last_bar(page)
    title = page.locator(".st-key-chart_late .gtitle")
    caption = page.locator("[data-testid=stCaptionContainer]").last
    expect(title).to_have_css("fill", "rgb(28, 43, 45)")
    page.emulate_media(color_scheme="dark")
    expect(title).to_have_css("fill", "rgb(228, 235, 234)")
    expect(caption).to_have_css("color", "rgb(169, 183, 185)")
    assert serious(page) == []
