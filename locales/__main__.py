"""`python -m locales` collects the texts of the code into the catalogues and says what is not translated.

Texts are English in the code. The Chinese catalogue translates them all; the English one holds the same
texts, so that both are seen to be complete.
"""

import ast
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
MARKS = {"_": 1, "N_": 1, "n_": 2}  # how many texts each takes: one, or singular and plural
FOLDERS = ("components", "db", "pages")
LOCALES = {"zh": "zh_Hans_CN", "en": "en_GB"}
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)  # a date of its own in each run would make every run a change

Text = str | tuple[str, ...]


def marked(tree: ast.AST) -> Iterator[Text]:
    """The texts that a module marks, also within f-strings and where it chooses between two."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MARKS:
            count = MARKS[node.func.id]
            found = [list(_texts(argument)) for argument in node.args[:count]]
            if count == 1 and found:
                yield from found[0]
            elif len(found) == count and all(found):
                yield tuple(one[0] for one in found)


def _texts(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)
    elif isinstance(node, ast.BoolOp):
        for value in node.values:
            yield from _texts(value)


def sources() -> Iterator[Path]:
    """The modules whose texts a user can see."""
    for folder in FOLDERS:
        yield from sorted((ROOT / folder).rglob("*.py"))


def collected() -> Catalog:
    """Every text that the code marks."""
    catalogue = Catalog(project="Linli", charset="utf-8")
    for file in sources():
        for text in marked(ast.parse(file.read_text(encoding="utf-8"))):
            catalogue.add(text, None, [(file.relative_to(ROOT).as_posix(), 0)])
    return catalogue


def catalogue_file(language: str) -> Path:
    return HERE / language / "LC_MESSAGES" / "linli.po"


def read(language: str) -> Catalog:
    """The catalogue of a language as it is kept, with a header that says no more than it knows."""
    file = catalogue_file(language)
    if file.exists():
        with file.open("rb") as opened:
            catalogue = read_po(opened, locale=LOCALES[language])
    else:
        catalogue = Catalog(locale=LOCALES[language], charset="utf-8")
    catalogue.project, catalogue.version, catalogue.fuzzy = "Linli", "1", False
    catalogue.msgid_bugs_address = catalogue.last_translator = catalogue.language_team = ""
    catalogue.header_comment = "# The texts of Linli. `python -m locales` collects them anew."
    catalogue.creation_date = catalogue.revision_date = BEGAN
    return catalogue


def write(language: str, catalogue: Catalog) -> None:
    file = catalogue_file(language)
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as opened:
        write_po(opened, catalogue, width=110, sort_output=True, include_lineno=False)


def told(message: Message) -> bool:
    """Whether a text is translated, in each of its forms."""
    return all(message.string) if isinstance(message.string, tuple) else bool(message.string)


def update(language: str) -> list[str]:
    """Write the catalogue anew and return the texts that it does not translate."""
    catalogue = read(language)
    catalogue.update(collected(), no_fuzzy_matching=True, update_creation_date=False)
    catalogue.obsolete.clear()
    missing = []
    for message in catalogue:
        if not message.id or told(message):
            continue
        if language == "en":
            message.string = message.id
        else:
            missing.append(message.id if isinstance(message.id, str) else message.id[0])
    write(language, catalogue)
    return missing


def main() -> int:
    """Update both catalogues; 1 when something is not translated."""
    missing = [(language, text) for language in ("zh", "en") for text in update(language)]
    for language, text in missing:
        sys.stdout.write(f"{language}: {text}\n")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
