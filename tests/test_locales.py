"""Both languages are complete, agree in their placeholders, and nothing on the screens goes round them."""

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from components import i18n
from components.office import DONE, KINDS
from components.register.records import TRAIL_WORDS
from components.words import PROBLEMS, SENTENCES, WARNINGS
from db.access import ACTIONS, ROLES
from db.commands import console
from db.fields import FieldSpec, specs_of
from db.register import REGISTERS, Register
from db.territory.geojson import MESSAGES as SHAPE_MESSAGES
from db.workbook.reading import MESSAGES as FILE_MESSAGES
from locales.__main__ import LOCALES, ROOT, catalogue_file, collected, sources, told

LANGUAGES = ("zh", "en")
PLACEHOLDER = re.compile(r"\{\w*\}")
LATIN = re.compile(r"[A-Za-z]+")
# Names and formats that a Chinese reader meets in Latin letters too, and what the server's own console says.
AS_THEY_ARE = {
    *("Linli", "Excel", "WPS", "GeoJSON", "FeatureCollection", "JSON", "XML", "CSV", "UTF", "OpenDocument", "MB"),
    *("xlsx", "docx", "xlsb", "xls", "csv", "ods", "json", "keys", "km", "EPSG", "CRS", "GPS", "GCJ", "WGS", "CGCS"),
    *("OpenStreetMap", "LINLI_PORT", "LINLI_DATABASE_URL", "LINLI_HOSTS", "linli", "example"),
    *("make", "serve", "uvloop", "Windows", "Ctrl", "P"),
}  # fmt: skip
# What a screen says in Latin letters or Chinese on purpose, whatever the language.
SAME_IN_BOTH = {"邻里 Linli"}


# What is run by a command on the server and from no screen.
FOR_THE_CONSOLE = {
    *("db/sample/build.py", "db/sample/crowd.py", "db/sample/ledgers.py", "db/system/backup.py", "db/system/rotation.py"),
    *("db/commands/check.py", "db/commands/doing.py", "db/commands/crowd.py", "db/importing/commandline.py"),
}  # fmt: skip


def _load_all() -> None:
    """All that screens are made of, so that each room has added its sentences and registers."""
    for file in sorted((ROOT / "components").rglob("*.py")):
        if file.name != "__init__.py":
            importlib.import_module(".".join(file.relative_to(ROOT).with_suffix("").parts))


@pytest.fixture(scope="module", autouse=True)
def _everything_is_loaded() -> None:
    _load_all()


def kept(language: str) -> Catalog:
    with catalogue_file(language).open("rb") as opened:
        return read_po(opened, locale=LOCALES[language])


def forms(text: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


def messages(language: str) -> Iterator[Message]:
    return (one for one in kept(language) if one.id)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_of_the_code_is_translated(language: str) -> None:
    known = {forms(one.id): told(one) for one in messages(language)}
    missing = [forms(one.id) for one in collected() if one.id and not known.get(forms(one.id))]
    assert not missing, "run `make words` and translate these"


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_left_over_or_uncertain(language: str) -> None:
    wanted = {forms(one.id) for one in collected() if one.id}
    catalogue = kept(language)
    assert not catalogue.obsolete
    assert not [one.id for one in messages(language) if one.fuzzy]
    assert not {forms(one.id) for one in messages(language)} - wanted


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_placeholders_are_the_same(language: str) -> None:
    wrong = []
    for one in messages(language):
        wanted = set(PLACEHOLDER.findall(forms(one.id)[-1]))
        wrong += [
            text
            for text in forms(one.string)
            if set(PLACEHOLDER.findall(text)) - {"{count}"} != wanted - {"{count}"}
        ]
        if language == "zh" and "{count}" in wanted:  # one form for one and for many
            wrong += [text for text in forms(one.string) if "{count}" not in text]
    assert not wrong


def test_chinese_texts_are_chinese() -> None:
    wrong = {}
    for one in messages("zh"):
        for text in forms(one.string):
            foreign = set(re.findall(r"[A-Za-z][A-Za-z_]*", _plain(text))) - AS_THEY_ARE - {"python", "X"}
            if foreign:
                wrong[text] = foreign
    assert not wrong


# Beside Chinese these belong to a format or to numbers.
HALF_WIDTH = re.compile(r"[\u4e00-\u9fff”’》][,;:!?()]|[,;:!?()][\u4e00-\u9fff“‘《]")
FORMATS = ("{x}, {y}", "{address}:{port}", "时:分")


def test_chinese_texts_have_chinese_punctuation() -> None:
    wrong = []
    for one in messages("zh"):
        for text in forms(one.string):
            said = re.sub(r":material/\w+:|:[a-z]+(?:-badge)?\[|\S+://\S+|[*`]", "", text)
            for form in FORMATS:
                said = said.replace(form, "")
            if HALF_WIDTH.search(PLACEHOLDER.sub("某", said)):
                wrong.append(text)
    assert not wrong


def _plain(text: str) -> str:
    """Without placeholders and addresses."""
    return re.sub(r"\S+://\S+", "", PLACEHOLDER.sub("", text))


def test_english_texts_are_free_of_chinese_but_for_examples() -> None:
    """A Chinese word in an English text is something to type or a name of a map, never the text itself."""
    wrong = [
        one.id
        for one in messages("en")
        for text in forms(one.string)
        if text and not LATIN.search(_plain(text))
    ]
    assert [text for text in wrong if re.search(r"[\u4e00-\u9fff]", str(text))] == []


def refused_codes() -> Iterator[tuple[str, str]]:
    """Every code that some code raises, with where."""
    for folder in ("db", "components"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Refused" and node.args:
                    for one in ast.walk(node.args[0]):
                        if isinstance(one, ast.Constant) and isinstance(one.value, str) and "." in one.value:
                            yield one.value, f"{file.relative_to(ROOT)}:{node.lineno}"


def test_every_refusal_has_a_sentence() -> None:
    said = {*SENTENCES, *console.SENTENCES}  # on a screen, or to whoever typed a command on the server
    assert {code: where for code, where in refused_codes() if code not in said} == {}


def test_only_commands_are_refused_in_the_words_of_the_console() -> None:
    elsewhere = {where for code, where in refused_codes() if code not in SENTENCES}
    assert {where.split(":")[0] for where in elsewhere} <= FOR_THE_CONSOLE


def trail_entries() -> Iterator[tuple[str, str]]:
    """Kind and action of each entry that some code writes, where it writes them out."""
    for file in sorted((ROOT / "db").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "log" and node.args:
                kinds = [node.args[0]] if isinstance(node.args[0], ast.Constant) else []
                yield from (("kind", str(one.value)) for one in kinds)
                for keyword in node.keywords:
                    if keyword.arg == "action" and isinstance(keyword.value, ast.Constant):
                        yield "action", str(keyword.value.value)


def test_the_audit_trail_is_told_in_words() -> None:
    known = {"kind": set(KINDS), "action": {*DONE, *TRAIL_WORDS, *ACTIONS}}
    assert [f"{what} {name}" for what, name in trail_entries() if name not in known[what]] == []


def test_what_is_said_of_files_and_shapes_can_be_said_on_the_screen() -> None:
    refusals = {code for code in FILE_MESSAGES if code.startswith("file.")}
    refusals |= {code for code in SHAPE_MESSAGES if code.startswith("geojson.")}
    assert refusals - set(SENTENCES) == set()


def data_labels() -> Iterator[str]:
    """The texts that are data: what may be done, who does it, fields, choices, filters, orders, columns."""
    yield from (one.label for one in ACTIONS.values())
    yield from (one.label for one in ROLES.values())
    yield from (*SENTENCES.values(), *WARNINGS.values(), *PROBLEMS.values())
    for register in REGISTERS.values():
        if register.table.__module__.startswith("db."):  # those that tests declare are in no catalogue
            yield from _labels_of(register)


def _labels_of(register: Register) -> Iterator[str]:
    yield from (register.title, register.one, register.search_help)
    yield from (
        one.label for one in (*register.sections, *register.filters, *register.sorts, *register.computed)
    )
    for spec in specs_of(register.table).values():
        yield from _of_field(spec)


def _of_field(spec: FieldSpec) -> Iterator[str]:
    yield spec.label
    yield spec.help
    yield from (one.label for one in spec.options)


def test_labels_that_are_data_are_translated() -> None:
    chinese = i18n.catalogue("zh")
    assert [text for text in data_labels() if text and text not in chinese] == []


def option_labels(tree: ast.AST) -> Iterator[ast.expr]:
    """The label of each Option, Sort, Filter, Section, Action and Role that a module makes."""
    places = {
        "Option": 1,
        "option": 1,
        "Sort": 1,
        "Filter": 1,
        "Section": 0,
        "Action": 1,
        "Role": 1,
        "Computed": 1,
    }
    for node in ast.walk(tree):
        name = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
        if isinstance(node, ast.Call) and name in places and len(node.args) > places[name]:
            yield node.args[places[name]]


@pytest.mark.parametrize("file", [one for one in sources() if "db" in one.parts], ids=lambda one: one.stem)
def test_labels_are_marked_where_they_stand(file: Path) -> None:
    bare = [one for one in option_labels(ast.parse(file.read_text(encoding="utf-8"))) if _has_letters(one)]
    assert [f"{one.lineno}: {ast.unparse(one)}" for one in bare] == []


# The widgets whose first argument is read by people, and the arguments that are.
WIDGETS = {
    *("title", "header", "subheader", "markdown", "write", "caption", "text", "info", "warning", "error", "success"),
    *("button", "download_button", "form_submit_button", "link_button", "checkbox", "toggle", "radio", "selectbox"),
    *("multiselect", "text_input", "text_area", "number_input", "date_input", "time_input", "file_uploader", "badge"),
    *("expander", "popover", "metric", "toast", "segmented_control", "pills", "status", "spinner", "dialog", "page_link"),
}  # fmt: skip
READ = {"label", "help", "placeholder", "alt", "body", "text"}
LETTERS = re.compile(r"[A-Za-z\u4e00-\u9fff]")
MARKUP = re.compile(r"^#+ |:\w+/\w+:|:(gray|red|green|orange|blue|small)\[|:material|<[^>]+>|&\w+;")


def _has_letters(node: ast.expr) -> bool:
    """Whether an expression puts letters on the screen that no catalogue has seen."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str) and _says(node.value)
    if isinstance(node, ast.JoinedStr):
        return any(_has_letters(one) for one in node.values if isinstance(one, ast.Constant)) or any(
            _has_letters(one.value) for one in node.values if isinstance(one, ast.FormattedValue)
        )
    if isinstance(node, ast.BinOp):
        return _has_letters(node.left) or _has_letters(node.right)
    if isinstance(node, ast.IfExp):
        return _has_letters(node.body) or _has_letters(node.orelse)
    if isinstance(node, ast.BoolOp):
        return any(_has_letters(one) for one in node.values)
    return False


def _says(text: str) -> bool:
    plain = MARKUP.sub("", text)
    return plain not in SAME_IN_BOTH and bool(LETTERS.search(plain))


# What one may type is shown as it is typed: a name of a place here, a number, the form of a code.
EXAMPLE = re.compile(r"[\u4e00-\u9fff]|\d|abcd-")


def bare_texts(tree: ast.AST) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name not in WIDGETS or (isinstance(node.func, ast.Name) and name != "page_link"):
            continue
        yield from (one for one in node.args[:1] if _has_letters(one))
        for keyword in node.keywords:
            if keyword.arg in READ and _has_letters(keyword.value):
                example = keyword.arg == "placeholder" and EXAMPLE.search(ast.unparse(keyword.value))
                if not example:
                    yield keyword.value


@pytest.mark.parametrize(
    "file", [one for one in sources() if "db" not in one.relative_to(ROOT).parts], ids=lambda one: one.stem
)
def test_nothing_on_a_screen_goes_round_the_catalogues(file: Path) -> None:
    bare = bare_texts(ast.parse(file.read_text(encoding="utf-8")))
    assert [f"{one.lineno}: {ast.unparse(one)}" for one in bare] == []


def test_a_text_written_past_the_catalogues_is_found() -> None:
    tree = ast.parse(
        'st.title("Residents")\nst.button(_("Save"))\nst.caption(f"{n} 人")\nst.markdown(f":material/home: {x}")'
    )
    assert [ast.unparse(one) for one in bare_texts(tree)] == ["'Residents'", "f'{n} 人'"]


@pytest.mark.parametrize(
    ("language", "count", "said"),
    [
        ("en", 1, "1 area without a holder"),
        ("en", 3, "3 areas without a holder"),
        ("zh", 3, "3个区域无责任人"),
    ],
)
def test_counts_take_their_form_even_when_marked_one_by_one(
    monkeypatch: pytest.MonkeyPatch, language: str, count: int, said: str
) -> None:
    monkeypatch.setattr(i18n, "language", lambda: language)
    assert i18n.n_("{count} area without a holder", "{count} areas without a holder", count) == said
