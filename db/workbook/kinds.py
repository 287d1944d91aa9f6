"""What a file really is, whatever its name says, and whether it is safe to unpack."""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator

from db.errors import Refused

MOST_UNPACKED = 256 * 2**20  # 50,000 rows of 60 columns unpack to about 150 MB
MOST_PARTS = 5_000
HIGHEST_RATIO = 250  # sheets pack 8 to 40 times; only padding packs more
SMALL_PART = 2**20  # below this a part may pack as it likes

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OTHER_KINDS = (
    (b"%PDF", "PDF"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"\x1f\x8b", "gzip"),
    (b"{\\rtf", "RTF"),
)


def kind_of(data: bytes) -> str:
    """Return "zip" (an .xlsx to be checked), "xls" or "text", told by the content alone.

    Raises Refused: file.empty, file.encrypted, file.web_page, file.xml, file.other_kind.
    """
    if not data.strip():
        raise Refused("file.empty")
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    if data.startswith(_OLE):
        return _inside_ole(data)
    if re.match(rb"\x09[\x00\x02\x04\x08]", data) and b"\x00" in data[:8]:
        raise Refused("file.too_old")
    for magic, kind in _OTHER_KINDS:
        if data.startswith(magic):
            raise Refused("file.other_kind", kind=kind)
    head = data[:4096].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe\r\n\t ").lower()
    if (
        head.startswith((b"<html", b"<!doctype html", b"<table", b"<head", b"<meta", b"<style"))
        or b"<html" in head
    ):
        raise Refused("file.web_page")
    if head.startswith(b"<"):
        raise Refused("file.xml")
    return "text"


def _inside_ole(data: bytes) -> str:
    def has(stream: str) -> bool:
        return stream.encode("utf-16-le") in data

    if has("EncryptedPackage") or has("EncryptionInfo"):
        raise Refused("file.encrypted")
    if has("WordDocument"):
        raise Refused("file.other_kind", kind="Word")
    if has("PowerPoint Document"):
        raise Refused("file.other_kind", kind="PowerPoint")
    if has("Workbook") or has("Book"):
        return "xls"
    raise Refused("file.damaged")


def check_zip(data: bytes) -> None:
    """Make sure that `data` is an .xlsx that unpacks to what its directory says, and to little enough.

    Sizes and ratios in the directory are judged first, before a byte is unpacked; then each part is
    unpacked piece by piece into nothing, because a directory can lie.

    Raises Refused: file.damaged, file.bomb, file.encrypted, file.binary_workbook, file.open_document, file.other_kind.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
    except (
        zipfile.BadZipFile,
        ValueError,
        OverflowError,
        OSError,
        RuntimeError,
        EOFError,
    ):
        raise Refused("file.damaged") from None
    names = [part.filename.replace("\\", "/").lower() for part in parts]
    if any(part.flag_bits & 1 for part in parts):
        raise Refused("file.encrypted")
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise Refused("file.bomb")
    for part in parts:
        if part.file_size > SMALL_PART and part.file_size > HIGHEST_RATIO * max(part.compress_size, 1):
            raise Refused("file.bomb")
    _must_be_workbook(set(names))
    if len(set(names)) < len(names):
        raise Refused("file.damaged")
    for part in parts:
        _check_part(data, part)


def _must_be_workbook(names: set[str]) -> None:
    if "xl/workbook.bin" in names:
        raise Refused("file.binary_workbook")
    if "content.xml" in names and "mimetype" in names:
        raise Refused("file.open_document")
    if "word/document.xml" in names:
        raise Refused("file.other_kind", kind="Word")
    if "ppt/presentation.xml" in names:
        raise Refused("file.other_kind", kind="PowerPoint")
    if "[content_types].xml" not in names and "xl/workbook.xml" not in names:
        raise Refused("file.other_kind", kind="ZIP")


def _check_part(data: bytes, part: zipfile.ZipInfo) -> None:
    head = data[part.header_offset : part.header_offset + 30]
    if len(head) < 30 or not head.startswith(b"PK\x03\x04"):
        raise Refused("file.damaged")
    start = (
        part.header_offset
        + 30
        + int.from_bytes(head[26:28], "little")
        + int.from_bytes(head[28:30], "little")
    )
    packed = memoryview(data)[start : start + part.compress_size]
    if len(packed) < part.compress_size or part.compress_type not in (
        zipfile.ZIP_STORED,
        zipfile.ZIP_DEFLATED,
    ):
        raise Refused("file.damaged")
    is_xml = part.filename.lower().endswith((".xml", ".rels", ".vml"))
    size = checksum = 0
    try:
        for piece in _unpacked(packed, part.compress_type):
            size += len(piece)
            checksum = zlib.crc32(piece, checksum)
            if size > part.file_size:
                raise Refused("file.bomb")
            # No office program writes these; they are how a few bytes are made to expand without end.
            if is_xml and (b"<!DOCTYPE" in piece or b"<!ENTITY" in piece):
                raise Refused("file.bomb")
    except zlib.error:
        raise Refused("file.damaged") from None
    if size != part.file_size or checksum != part.CRC:
        raise Refused("file.damaged")


def _unpacked(packed: memoryview, method: int) -> Iterator[bytes | memoryview]:
    if method == zipfile.ZIP_STORED:
        yield bytes(packed)
        return
    unpack = zlib.decompressobj(-15)
    for begin in range(0, len(packed), 65_536):
        piece = unpack.decompress(packed[begin : begin + 65_536], 2**20)
        yield piece
        while unpack.unconsumed_tail:
            yield unpack.decompress(unpack.unconsumed_tail, 2**20)
    yield unpack.flush()
