"""The brief as a document: it opens, has styles that an office can restyle, and says what the screen says."""

from dataclasses import replace
from io import BytesIO

import pytest
from docx import Document
from docx.oxml.ns import qn
from docx.shared import Cm

from components import brief_paper
from components.brief_words import HEADINGS
from components.i18n import translate
from db.insight import briefs
from db.insight.briefs import SECTIONS, Told
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
def test_what_is_printed_is_safe_and_says_the_same(told: Told) -> None:
    typed = replace(told, sections={**told.sections, "asked": "<script>alert(1)</script>\n请增派一人。"})
    html = "".join(brief_paper.html(typed))
    assert "<script>" not in html and "<p>请增派一人。</p>" in html
    for line in told.sections["tore"].splitlines():
        assert line in html
    assert brief_paper.file_name(replace(told, title="红星/社区: x")) == "红星-社区 x.docx"
