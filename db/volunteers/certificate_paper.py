"""A certificate as a PDF of one page. The Chinese type is one that every reader of PDF has: no font travels with it."""

import io
from typing import Any

import segno
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen import canvas

from db.volunteers.certificates import Paper, code_text, hours_text

FONT = "STSong-Light"
INK, ACCENT, QUIET = HexColor("#1c2b2e"), HexColor("#0f6b75"), HexColor("#4a5b60")
WIDTH, HEIGHT = A4
LEFT, RIGHT = 30 * mm, WIDTH - 30 * mm
MOST_LINES = 14


def labels(address: str) -> dict[str, str]:
    """The words of the paper, on PDF and screen alike."""
    return {
        "title": "志愿服务记录证明", "serial": "编号：", "issuer": "记录证明单位（盖章）：", "date": "出具日期：", "code": "验证码：",
        "where": f"验证网址：{address}/verify", "what": "验证页面只显示编号、时长和是否有效，不显示姓名。", "void": "作 废",
        "scan": "扫码验证",
    }  # fmt: skip


def code_picture(paper: Paper, address: str) -> segno.QRCode:
    """The address of the public page with the code in it, for cameras."""
    return segno.make_qr(f"{address}/verify?code={paper.code}", error="m")


def pdf(paper: Paper, address: str) -> bytes:
    """The page. `address`: where the public page is reached, such as "https://linli.example.cn"."""
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    kept, said = io.BytesIO(), labels(address)
    page = canvas.Canvas(kept, pagesize=A4, invariant=True)
    page.setTitle(f"{said['title']} {paper.serial}")
    page.setAuthor(paper.issuer)
    _frame(page)
    _centred(page, HEIGHT - 52 * mm, 26, said["title"], ACCENT)
    _centred(page, HEIGHT - 62 * mm, 11, said["serial"] + paper.serial, QUIET)
    below = _facts(page, paper, HEIGHT - 82 * mm)
    _signature(page, paper, max(below - 20 * mm, 74 * mm))
    _verification(page, paper, address)
    if paper.voided_at is not None:
        _void(page, said["void"])
    page.showPage()
    page.save()
    return kept.getvalue()


def _frame(page: Any) -> None:
    page.setStrokeColor(ACCENT)
    page.setLineWidth(1.6)
    page.rect(14 * mm, 14 * mm, WIDTH - 28 * mm, HEIGHT - 28 * mm)
    page.setLineWidth(0.5)
    page.rect(16 * mm, 16 * mm, WIDTH - 32 * mm, HEIGHT - 32 * mm)


def _text(page: Any, x: float, y: float, size: float, text: str, colour: Any = INK) -> None:
    page.setFont(FONT, size)
    page.setFillColor(colour)
    page.drawString(x, y, text)


def _centred(page: Any, y: float, size: float, text: str, colour: Any) -> None:
    page.setFont(FONT, size)
    page.setFillColor(colour)
    page.drawCentredString(WIDTH / 2, y, text)


def facts(paper: Paper) -> list[tuple[str, list[str]]]:
    """What stands on the paper, by label: the same on PDF and screen. In Chinese, as offices want it."""
    lines = list(paper.content)
    if len(lines) > MOST_LINES:
        lines = [*lines[: MOST_LINES - 1], f"等共 {len(lines)} 项"]
    found = [
        ("姓名", [paper.name]),
        ("志愿者编号", [paper.number]),
        ("服务时间", [f"{day_words(paper.since)}至{day_words(paper.until)}"]),
        ("服务内容", lines),
        ("服务时长", [f"{hours_text(paper.minutes)} 小时（现场签到、点名或签到表记录，经他人审核）"]),
    ]
    if paper.minutes_by_hand:
        found.append(
            ("另有手工补录", [f"{hours_text(paper.minutes_by_hand)} 小时（经审核，不计入上列时长）"])
        )
    return found


def day_words(day: Any) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _facts(page: Any, paper: Paper, y: float) -> float:
    for label, values in facts(paper):
        _text(page, LEFT, y, 12, label, QUIET)
        for value in values:
            for line in simpleSplit(value, FONT, 13, RIGHT - LEFT - 34 * mm) or [""]:
                _text(page, LEFT + 34 * mm, y, 13, line)
                y -= 7.5 * mm
        y -= 2.5 * mm
    return y


def _signature(page: Any, paper: Paper, y: float) -> None:
    said = labels("")
    page.setFont(FONT, 12)
    page.setFillColor(INK)
    page.drawRightString(RIGHT, y, said["issuer"] + paper.issuer)
    page.drawRightString(RIGHT, y - 8 * mm, said["date"] + day_words(paper.issued_on))


def _verification(page: Any, paper: Paper, address: str) -> None:
    """The code to verify with, for people and for cameras."""
    side, x, y = 26 * mm, LEFT, 24 * mm
    said = labels(address)
    matrix = [list(row) for row in code_picture(paper, address).matrix]
    dot = side / len(matrix)
    page.setFillColor(INK)
    for row, line in enumerate(matrix):
        for column, dark in enumerate(line):
            if dark:
                page.rect(x + column * dot, y + side - (row + 1) * dot, dot, dot, stroke=0, fill=1)
    _text(page, x + 32 * mm, y + 18 * mm, 11, said["code"] + code_text(paper.code))
    _text(page, x + 32 * mm, y + 11 * mm, 10, said["where"], QUIET)
    _text(page, x + 32 * mm, y + 4 * mm, 10, said["what"], QUIET)


def _void(page: Any, word: str) -> None:
    page.saveState()
    page.translate(WIDTH / 2, HEIGHT / 2)
    page.rotate(30)
    page.setFillColor(HexColor("#b3261e"), alpha=0.28)
    page.setFont(FONT, 150)
    page.drawCentredString(0, -50, word)
    page.restoreState()
