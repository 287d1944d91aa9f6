"""`python -m locales` collects the texts of the code into the catalogues and says what is not translated.

Texts are English in the code. The Chinese catalogue translates them all; the English one holds the same
texts, so that both are seen to be complete.
"""

import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
KEYWORDS = {"_": None, "N_": None, "n_": (1, 2)}
FOLDERS = ("components", "db", "pages")


def collected() -> Catalog:
    """Every text that the code marks."""
    catalogue = Catalog(project="Linli", charset="utf-8")
    for folder in FOLDERS:
        found = extract_from_dir(
            str(ROOT / folder), [("**.py", "python")], keywords=KEYWORDS, comment_tags=("Translators:",)
        )
        for name, _line, message, comments, context in found:
            catalogue.add(message, None, [(f"{folder}/{name}", 0)], auto_comments=comments, context=context)
    return catalogue


def catalogue_file(language: str) -> Path:
    return HERE / language / "LC_MESSAGES" / "linli.po"


def read(language: str) -> Catalog:
    file = catalogue_file(language)
    if not file.exists():
        return Catalog(locale={"zh": "zh_Hans_CN", "en": "en_GB"}[language], charset="utf-8")
    with file.open("rb") as opened:
        return read_po(opened, locale={"zh": "zh_Hans_CN", "en": "en_GB"}[language])


def update(language: str) -> list[str]:
    """Write the catalogue anew and return the texts that it does not translate."""
    catalogue = read(language)
    catalogue.update(collected(), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    missing = []
    for message in catalogue:
        if not message.id:
            continue
        done = all(message.string) if isinstance(message.string, (tuple, list)) else bool(message.string)
        if language == "en" and not done:
            message.string = tuple(message.id) if isinstance(message.id, (tuple, list)) else message.id
        elif not done:
            missing.append(message.id if isinstance(message.id, str) else message.id[0])
    file = catalogue_file(language)
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as opened:
        write_po(opened, catalogue, width=110, omit_header=False, sort_output=True, include_lineno=False)
    return missing


def main() -> int:
    """Update both catalogues; 1 when something is not translated."""
    missing = [(language, text) for language in ("zh", "en") for text in update(language)]
    for language, text in missing:
        sys.stdout.write(f"{language}: {text}\n")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
