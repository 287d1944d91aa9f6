"""The brief as a document: it opens, has styles that an office can restyle, and says what the screen says."""

from dataclasses import replace
from io import BytesIO

import pytest
from docx import Document
from docx.oxml.ns import qn
from docx.shared import Cm

from components import brief_paper
from components.brief_words import HEADINGS
from components.i18n import speaking, translate
from db import clock
from db.insight import briefs
from db.insight.brief_corrections import Corrected
from db.insight.briefs import SECTIONS, Told
from db.insight.charts import Reading
from tests.built import built_once
from tests.conftest import Town
from tests.insight.briefing import MONTH, small_town


@pytest.fixture
@built_once
def people(town: Town) -> list[int]:
    return small_town(town)


@pytest.fixture
def told(town: Town, people: list[int]) -> Told:
    number = briefs.draft(town.lei, area_id=town.community, month=MONTH)
    return briefs.brief(town.lei, brief_id=number)


@pytest.mark.sqlite_only
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_document_says_what_the_brief_says_in_styles_of_its_own(told: Told, language: str) -> None:
    document = Document(BytesIO(brief_paper.docx(replace(told, language=language))))
    said = [(one.style.name, one.text) for one in document.paragraphs]  # type: ignore[union-attr]
    assert said[0] == ("Linli Title", told.title)
    body = [text for style, text in said if style == "Linli Body"]
    assert body == [line for name in SECTIONS for line in told.sections[name].splitlines()]
    headings = [text for style, text in said if style == "Linli Heading"]
    assert headings == [translate(one, language) for one in (*HEADINGS.values(), brief_paper.TABLE_HEADING)]
    assert {style for style, _text in said} <= {one.name for one in brief_paper.STYLES}


@pytest.mark.sqlite_only
def test_it_is_a4_with_chinese_letters_a_table_and_a_footer(told: Told) -> None:
    document = Document(BytesIO(brief_paper.docx(told)))
    (section,) = document.sections
    assert (round(section.page_width / Cm(1), 1), round(section.page_height / Cm(1), 1)) == (21.0, 29.7)  # type: ignore[operator]
    for wanted in brief_paper.STYLES:
        fonts = document.styles[wanted.name].element.rPr.rFonts
        assert (fonts.get(qn("w:eastAsia")), fonts.get(qn("w:ascii"))) == (wanted.chinese, wanted.latin)
    (table,) = document.tables
    assert [cell.text for cell in table.rows[0].cells] == ["", "10月", "9月", "2025年10月"]
    assert [cell.text for cell in table.rows[2].cells][:3] == ["见到或联系上（次）", "95", "115"]
    assert section.footer.paragraphs[0].text == "红星社区 · 2026年10月 · 2026年11月23日"
    assert document.core_properties.title == told.title and document.core_properties.author == "雷振东"


@pytest.mark.sqlite_only
def test_paper_says_who_issues_it_and_whether_it_is_a_draft_or_replaces_another(told: Told) -> None:
    def said(one: Told) -> list[str]:
        printed = "".join(brief_paper.html(one))
        lines = [each.text for each in Document(BytesIO(brief_paper.docx(one))).paragraphs]
        assert all(line in printed for line in lines)  # both say the same
        return lines

    draft = said(told)
    assert draft[1] == "草稿，尚未发出 · 数据截至2026年11月23日"
    assert draft[-1].startswith("编发单位：红星社区　编写：雷振东　日期：＿") and "签发：" in draft[-1]
    assert any(line.startswith("注：“–”") for line in draft)  # a year before there were no records
    sent = replace(
        told,
        sent=True,
        sent_at=clock.now(),
        sent_name="雷振东",
        number=2,
        replaces=clock.now(),
        office="红星街道",
    )
    lines = said(sent)
    assert lines[1] == "第2版，代替2026年11月23日发出的一版 · 数据截至2026年11月23日"
    assert lines[-1].startswith("编发单位：红星街道　编写：雷振东　日期：2026年11月23日")
    whole = replace(told, figures={"contacts": (told.figures["contacts"][0],) * 3})
    assert not any(line.startswith("注：") for line in said(whole))


@pytest.mark.sqlite_only
def test_paper_says_what_was_corrected_and_only_what_reads_otherwise(told: Told) -> None:
    def one(code: str, was: Reading, now: Reading) -> Corrected:
        return Corrected(code, told.place, told.period, was, now)

    found = (
        one("contacts", Reading((95, 95)), Reading((94, 94))),
        one("in_time", Reading((824, 824), (889, 889)), Reading((823, 823), (889, 889))),
        one("unseen", Reading((150_001,) * 2, (10_000,) * 2), Reading((150_002,) * 2, (10_000,) * 2)),
    )
    with speaking("zh"):
        (note,) = brief_paper.notes(replace(told, figures={}), found)
        assert brief_paper.notes(replace(told, figures={}), found[2:]) == []
    assert "起草时是 95，现在是 94" in note and "起草时是 889 中 824，现在是 889 中 823" in note
    assert "15" not in note.replace("2026", "")
    assert note in "".join(brief_paper.html(replace(told, figures={}), found))


@pytest.mark.sqlite_only
def test_the_table_goes_to_the_next_page_as_a_whole(told: Told) -> None:
    (table,) = Document(BytesIO(brief_paper.docx(told))).tables
    kept = [bool(row.cells[0].paragraphs[0].paragraph_format.keep_with_next) for row in table.rows]
    assert kept == [True] * (len(kept) - 1) + [False]


@pytest.mark.sqlite_only
def test_what_is_printed_is_safe_and_says_the_same(told: Told) -> None:
    typed = replace(told, sections={**told.sections, "asked": "<script>alert(1)</script>\n请增派一人。"})
    html = "".join(brief_paper.html(typed))
    assert "<script>" not in html and "<p>请增派一人。</p>" in html
    for line in told.sections["tore"].splitlines():
        assert line in html
    assert brief_paper.file_name(replace(told, title="红星/社区: x")) == "红星-社区 x（草稿）.docx"
    assert brief_paper.file_name(replace(told, title="红星/社区: x", sent=True)) == "红星-社区 x.docx"
