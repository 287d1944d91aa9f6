"""Small workbooks for the tests, built without Excel."""

import base64
import io
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence

import xlsxwriter

from db.workbook.reading import Cell

HEADINGS = ("姓名", "身份证号", "性别", "联系电话")
PEOPLE: tuple[tuple[Cell, ...], ...] = (
    ("沈桂兰", "320113195003070021", "女", 13812340001),
    ("顾长河", "320113194811120033", "男", 13812340002),
)
CONTENT_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def xlsx(
    rows: Sequence[Sequence[object]] = ((*HEADINGS,), *PEOPLE),
    *,
    hidden: Mapping[str, Sequence[Sequence[object]]] | None = None,
    touch: Callable[[xlsxwriter.Workbook, xlsxwriter.worksheet.Worksheet], object] | None = None,
) -> bytes:
    """Return a workbook with the sheet 台账, then the hidden ones; `touch` may add to it."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(
        buffer, {"strings_to_urls": False, "default_date_format": "yyyy-mm-dd"}
    ) as workbook:
        sheet = workbook.add_worksheet("台账")
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
        for name, more in (hidden or {}).items():
            other = workbook.add_worksheet(name)
            other.hide()
            for number, row in enumerate(more):
                other.write_row(number, 0, row)
        if touch is not None:
            touch(workbook, sheet)
    return buffer.getvalue()


def parts_of(data: bytes) -> dict[str, bytes]:
    """Return what a workbook's ZIP holds."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(parts: Mapping[str, bytes], *twice: str) -> bytes:
    """Return a ZIP of these parts, those named in `twice` two times."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
        for name in twice:
            del archive.NameToInfo[name]
            archive.writestr(name, parts[name])
    return buffer.getvalue()


def with_sheet(xml: str) -> bytes:
    """Return a workbook whose only sheet is this XML (what stands between <worksheet> and its end)."""
    parts = parts_of(xlsx())
    parts["xl/worksheets/sheet1.xml"] = f'<worksheet xmlns="{MAIN}">{xml}</worksheet>'.encode()
    return packed(parts)


def xls() -> bytes:
    """Return an .xls as Excel 97 wrote it: a title, headings in two rows, three people, a total, a hidden sheet."""
    return zlib.decompress(base64.b85decode("".join(_XLS)))


_XLS = (
    "c-rk)Z%9-@5TAYb-g&3z{V@$RP?54U1^*z3q-TOkM3O0(DVgSF;rRzi$OyGeC_*TrsOXDeAB3<X$gGI^)(64R4?!SkAq0IXD2P(8",
    "nR$DcUKc3Tf$`?Cv%51pzn$CJ*|+yzPr2rXA0*5}5EX$5mVH(*uaF5WR)5C{sQ3A(>8~wVd<JbOvRW{ZW(}T3PexD-Dc<v-z<u>4",
    "a)5VO>Y)=VI@&$SVWblFp;3?zg+j%>r@(D2c8F)cVwfLgzKQug9{Y@WF-wM+7vk7CaR{c|73ukMA0JdwSZ7BrV4Q8<vLqYg;1%uT",
    "zRN-%tHJKB6OG;trbtw6Faj9Ta!<Rbi~0_@1CandNSSSIna#~}5R2g+fv>(~fG_^Mevxd*!z&kn@^7o<5r2?dFo?nOtBMNH556OU",
    "HuE5!%%du4R8d;*@_wpH9U251L|JHeD59qBROKSvrSqGM6~x85@xzl>ih2sF{00a#QyX24Y4^P{se8eb)Pl|G{vT&1JdOrbM$~@r",
    "VwKlDdkL$(O$99`5Er~9$2%)+09iSCnfbZ7*;z;^@4eA??V)$IJR9X@*B$lq?W^TE2xqAtCRCSq%7fJ&tRl%zKB%0l4ytHQUmNmf",
    "aB$njN$kXRS{(g6y{~D%yMZPB{BqJ?VcTfEzz1i^0*&pgVNlE-fONLl$^0CnZsB$U^H>~%b?W{&*(e*}G3QyEiu2?$&A7L(Xz#%G",
    ";K$0xiG%OmY1kespFbTt_QpL7DHwrfw5MkPGDL>Bb(3hq?XQJA>}HwA|90?M6sPpvC*RW!SfW%%axs4ncK+=y`KW9oLf8nlA+GoQ",
    "E2{St?3ozPf;|)WbdAcWx-Uu)E{#^CFM3<>9Av35rY2`l7}FdWrv`kbS=At4O^iu#>s6>n>vSwpNFCu)%uN_y6XPO{?s{S^Av`q%",
    "p2~PuiKjAN!d4-5gcm9CREcK^;AtW7G{%dPcpBqPrwOSeJe$PRB%U*XXAXg9X1r*LXJ#9U>jLgrjiaNo*Miqk@H*?gU!+2j5(AG|",
    "RJ=kSjto-*`i+`lB4mcy<p>dCgq}|hx=_=)L#TB($RL9ZGRUB?laMcF{eq=mfX(tcOy6~uuq+#&N&Z_p03G<8#J`lK(2jK%^sH<D",
    "Yz9sEvBVl}{ND?SYH;>0XoV*BqjlZ;7cXvN<?mUuq4V#h(0b=zUXP#uc>bR)DMu6",
)
