"""The brief on paper: a document that an office opens, restyles and passes on, and the page to print."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from io import BytesIO
from typing import Any, Final

from docx import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

from components.brief_pen import reading_text
from components.brief_words import HEADINGS
from components.i18n import _, day_text, language, month_text, number_text, speaking
from db import clock
from db.insight.brief_corrections import Corrected
from db.insight.briefs import SECTIONS, Told, lines
from db.insight.charts import Reading
from db.insight.figures import FIGURES
from db.words import N_

MIME: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
TABLE_HEADING: Final = N_("The figures")
LABELS: Final = {
    "contacts": N_("Times somebody was met or spoken to"), "filled": N_("Share of shifts with enough people"), "hours": N_("Hours served"), "participants": N_("People at activities"),
}  # fmt: skip
LANGUAGE_TAGS: Final = {"zh": "zh-CN", "en": "en-GB"}

SONG, HEI, LATIN, SANS = "宋体", "黑体", "Times New Roman", "Arial"


@dataclass(frozen=True)
class _Style:
    """A style of the document: letters for Latin and for Chinese, size in points, and the room around. `line` is exact, in points, so that Chinese and Latin
    lines are equally high."""

    name: str
    latin: str
    chinese: str
    size: float
    bold: bool = False
    before: float = 0
    after: float = 0
    line: float = 15.5
    centred: bool = False
    heading: bool = False


STYLES: Final = (
    _Style("Linli Title", SANS, HEI, 16, True, 0, 2, 22, True, True),
    _Style("Linli Note", LATIN, SONG, 9, False, 0, 2, 13, True),
    _Style("Linli Heading", SANS, HEI, 11.5, True, 5, 1, 15.5, False, True),
    _Style("Linli Body", LATIN, SONG, 10.5, line=14.5),
    _Style("Linli Table", LATIN, SONG, 10, line=13.5),
    _Style("Linli Small", LATIN, SONG, 9, before=2, line=12),
    _Style("Linli Imprint", LATIN, SONG, 10, before=6, line=15.5),
    _Style("Linli Footer", LATIN, SONG, 9, centred=True, line=12),
)


def docx(told: Told, found: Sequence[Corrected] = ()) -> bytes:
    """The document in the language of the brief, with styles of its own (`STYLES`) and nothing to touch up.

    `found` is what was corrected since it was written.
    """
    with speaking(told.language):
        document = Document()
        _page(document)
        for style in STYLES:
            _add_style(document, style)
        document.styles["Linli Heading"].next_paragraph_style = document.styles["Linli Body"]
        _properties(document, told)
        document.add_paragraph(told.title, "Linli Title")
        document.add_paragraph(state(told), "Linli Note")
        for heading, text in sections(told):
            document.add_paragraph(heading, "Linli Heading")
            for line in lines(text):
                document.add_paragraph(line.strip(), "Linli Body")
        if told.figures:
            document.add_paragraph(_(TABLE_HEADING), "Linli Heading")
            _table(document, told)
        for note in notes(told, found):
            document.add_paragraph(note, "Linli Small")
        document.add_paragraph(imprint(told), "Linli Imprint")
        _footer(document, told)
        filled = BytesIO()
        document.save(filled)
        return filled.getvalue()


def file_name(told: Told) -> str:
    """The title; of a draft it says so. In the language of the brief."""
    with speaking(told.language):
        name = told.title if told.sent else _("{title} (draft)", title=told.title)
    return f"{name.replace('/', '-').replace(':', '')}.docx"


def sections(told: Told) -> Iterator[tuple[str, str]]:
    """The headings and texts of the sections that say something, in their order."""
    return (
        (_(HEADINGS[name]), told.sections[name]) for name in SECTIONS if told.sections.get(name, "").strip()
    )


def as_of(told: Told) -> str:
    """Of which day the figures are."""
    return _("Figures as of {day}", day=day_text(told.as_of))


def state(told: Told) -> str:
    """Whether it is a draft, which version it is and what it replaces, and of which day the figures are."""
    said = [] if told.sent else [_("DRAFT, not sent yet")]
    if told.replaces is not None:
        said.append(
            _("Version {number}, replaces the one sent on {day}", number=told.number, day=_day(told.replaces))
        )
    return " · ".join([*said, as_of(told)])


def notes(told: Told, found: Sequence[Corrected]) -> list[str]:
    """What a reader of the paper must know besides: what the dash means, and what was corrected since."""
    said = []
    if any(cell is None for cells in told.figures.values() for cell in cells):
        said.append(_("“–”: there are no records of that time, or none of the whole month."))
    changed = corrected(told, found)
    if changed:
        until = _day(clock.now())
        said.append(
            _("Corrected between the draft and {day}: {changes}.", day=until, changes=_apart(changed))
        )
    return said


def _apart(said: Sequence[str]) -> str:
    return ("；" if language() == "zh" else "; ").join(said)


def corrected(told: Told, found: Sequence[Corrected]) -> list[str]:
    """The figures that read otherwise now than when the brief was drafted, each in one line.

    Where a share reads the same, what it is made of is said.
    """
    said = []
    for one in found:
        figure = FIGURES[one.figure]
        where = [one.place.name] if one.place.id != told.place.id else []
        title = " · ".join([_(LABELS.get(figure.code, figure.label)), *where, month_text(one.period.first)])
        was, now = reading_text(figure, one.was), reading_text(figure, one.now)
        if was == now and figure.kind == "share":
            was, now = (_parts_text(reading, was) for reading in (one.was, one.now))
        if was != now:
            said.append(_("{title}: {was} when it was drafted, now {now}", title=title, was=was, now=now))
    return said


def _parts_text(reading: Reading | None, otherwise: str) -> str:
    """How many of how many, where both are known."""
    if reading is None or reading.below is None or not reading.exact:
        return otherwise
    return _("{count} of {all}", count=number_text(reading.above[0]), all=number_text(reading.below[0]))


def imprint(told: Told) -> str:
    """Who issues it, who wrote it, when, and where to sign."""
    said = [
        _("Issued by: {office}", office=told.office or told.place.name),
        _("Written by: {name}", name=told.sent_name or told.changed_name),
        _("Date: {day}", day=_day(told.sent_at) if told.sent_at else "＿＿＿＿＿＿"),
        _("Signed: {line}", line="＿＿＿＿＿＿"),
    ]
    return "　".join(said)


def rows(told: Told) -> Iterator[list[str]]:
    """The small table: its head, and a row for each figure."""
    yield [
        "",
        *(month_text(one.first, year=one.first.year != told.period.first.year) for one in told.columns),
    ]
    for code, cells in told.figures.items():
        if code in FIGURES:
            yield [figure_label(code), *(reading_text(FIGURES[code], cell) for cell in cells)]


def figure_label(code: str) -> str:
    """The name of a figure in the small table, with its unit."""
    return _(LABELS.get(code, FIGURES[code].label))


# The document


def _page(document: Any) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.top_margin = section.bottom_margin = Cm(1.7)
    section.left_margin = section.right_margin = Cm(2.3)
    section.footer_distance = Cm(1)
    # Word would open it in the compatibility mode of 2007 otherwise.
    compat = OxmlElement("w:compat")
    mode = OxmlElement("w:compatSetting")
    for name, value in (
        ("name", "compatibilityMode"), ("uri", "http://schemas.microsoft.com/office/word"), ("val", "15"),
    ):  # fmt: skip
        mode.set(qn(f"w:{name}"), value)
    compat.append(mode)
    settings = document.settings.element
    old = settings.find(qn("w:compat"))
    if old is not None:
        settings.replace(old, compat)
    else:
        settings.append(compat)


def _add_style(document: Any, wanted: _Style) -> None:
    style = document.styles.add_style(wanted.name, WD_STYLE_TYPE.PARAGRAPH)
    style.base_style = document.styles["Normal"]
    style.quick_style = True
    style.font.size, style.font.bold, style.font.name = Pt(wanted.size), wanted.bold, wanted.latin
    style.font.element.rPr.rFonts.set(qn("w:eastAsia"), wanted.chinese)
    said = OxmlElement("w:lang")
    said.set(qn("w:val"), "en-GB")
    said.set(qn("w:eastAsia"), "zh-CN")
    style.font.element.rPr.append(said)
    room = style.paragraph_format
    room.space_before, room.space_after, room.line_spacing = (
        Pt(wanted.before),
        Pt(wanted.after),
        Pt(wanted.line),
    )
    room.alignment = WD_ALIGN_PARAGRAPH.CENTER if wanted.centred else WD_ALIGN_PARAGRAPH.LEFT
    if wanted.heading:
        room.keep_with_next = True
        level = OxmlElement("w:outlineLvl")
        level.set(qn("w:val"), "0" if wanted.centred else "1")
        style.element.get_or_add_pPr().append(level)
    if (
        wanted.name == "Linli Body" and language() == "zh"
    ):  # Chinese paragraphs begin two characters further in
        room.first_line_indent = Pt(2 * wanted.size)
        style.element.pPr.find(qn("w:ind")).set(qn("w:firstLineChars"), "200")


def _properties(document: Any, told: Told) -> None:
    about = document.core_properties
    about.title, about.author, about.last_modified_by = told.title, told.made_name, told.changed_name
    about.comments, about.keywords, about.language = "", "", LANGUAGE_TAGS[told.language]
    about.created = about.modified = clock.now().replace(tzinfo=None)
    about.revision = told.version


def _table(document: Any, told: Told) -> None:
    filled = list(rows(told))
    table = document.add_table(len(filled), len(filled[0]), "Table Grid")
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    widths = (Cm(6.4), Cm(3.2), Cm(3.2), Cm(3.2))
    for number, row in enumerate(filled):
        for cell, text, width in zip(table.rows[number].cells, row, widths, strict=True):
            cell.width = width
            paragraph = cell.paragraphs[0]
            paragraph.style = document.styles["Linli Table"]
            paragraph.add_run(text).bold = not number or None
            if cell is not table.rows[number].cells[0] and width != widths[0]:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    head = table.rows[0]._tr.get_or_add_trPr()
    again = OxmlElement("w:tblHeader")
    again.set(qn("w:val"), "true")
    head.append(again)
    for number, row in enumerate(table.rows):
        together = OxmlElement("w:cantSplit")
        row._tr.get_or_add_trPr().append(together)
        if number < len(table.rows) - 1:  # the table goes to the next page as a whole
            for cell in row.cells:
                cell.paragraphs[0].paragraph_format.keep_with_next = True


def _footer(document: Any, told: Told) -> None:
    paragraph = document.sections[0].footer.paragraphs[0]
    paragraph.style = document.styles["Linli Footer"]
    paragraph.add_run(footer(told))


def footer(told: Told) -> str:
    """Area, month, and the day on which it was sent or, of a draft, taken along."""
    day = told.sent_at or clock.now()
    return " · ".join([told.place.name, month_text(told.period.first), _day(day)])


def _day(at: datetime) -> str:
    return day_text(at.astimezone(clock.PLACE).date())


# The page to print


def html(told: Told, found: Sequence[Corrected] = ()) -> list[str]:
    """The same as safe HTML, in the language of the brief."""
    with speaking(told.language):
        parts = [
            f'<div lang="{LANGUAGE_TAGS[told.language]}" class="brief">',
            f"<h2>{escape(told.title)}</h2>",
        ]
        parts.append(f'<p class="note">{escape(state(told))}</p>')
        for heading, text in sections(told):
            parts.append(f"<h3>{escape(heading)}</h3>")
            parts += [f"<p>{escape(line.strip())}</p>" for line in lines(text)]
        if told.figures:
            parts += [f"<h3>{escape(_(TABLE_HEADING))}</h3>", table(list(rows(told)))]
        parts += [f'<p class="small">{escape(note)}</p>' for note in notes(told, found)]
        parts.append(f'<p class="imprint">{escape(imprint(told))}</p>')
        return [*parts, f'<p class="note">{escape(footer(told))}</p></div>']


def table(filled: Sequence[Sequence[str]]) -> str:
    """A table of texts that are safe already, but for its first column and row."""
    head, *body = filled
    heads = "".join(f'<th scope="col">{escape(one)}</th>' for one in head)
    said = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>'
        + "".join(f"<td>{cell}</td>" for cell in row[1:])
        + "</tr>"
        for row in body
    )
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{said}</tbody></table>"
