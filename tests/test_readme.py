"""What the README says is so."""

import re
from pathlib import Path

from db.access import ACTIONS, ROLES

README = Path(__file__).parents[1] / "README.md"
MARK = {"all": "everywhere", "areas": "own areas", "own": "own"}


def table() -> str:
    """The table of roles, as the code has it."""
    head = "| | " + " | ".join(role.label for role in ROLES.values()) + " |\n|---|" + "---|" * len(ROLES)
    lines = [
        f"| {action.label} | "
        + " | ".join(MARK[role.actions[name]] if name in role.actions else "" for role in ROLES.values())
        + " |"
        for name, action in ACTIONS.items()
    ]
    return "\n".join([head, *lines])


def test_the_table_of_roles_is_that_of_the_code() -> None:
    text = README.read_text(encoding="utf-8")
    found = re.search(r"<!-- roles -->\n(.*?)\n<!-- /roles -->", text, re.S)
    assert found is not None
    assert found.group(1).strip() == table()


def test_every_setting_is_explained() -> None:
    text = README.read_text(encoding="utf-8")
    root = README.parent
    files = [root / "server.py", *(root / "db").rglob("*.py"), *(root / "components").rglob("*.py")]
    code = "\n".join(file.read_text(encoding="utf-8") for file in files)
    used = set(re.findall(r"LINLI_[A-Z_]+", code)) | {
        f"LINLI_{name}" for name in ("PORT", "DATABASE_URL", "DATA_DIR", "DEMO")
    }
    missing = sorted(name for name in used if name.rstrip("_") != "LINLI" and f"`{name}`" not in text)
    assert missing == []


def test_links_and_pictures_exist() -> None:
    text = README.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (README.parent / target).exists(), target
