"""app.py with one page more, `/titled`, against which the others are measured."""

from pathlib import Path

from components import navigation

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]

if not any(page.address == "titled" for page in navigation.PAGES):
    navigation.PAGES += (
        navigation.PageInfo(
            "titled", str(HERE / "titled_page.py"), "Titled", "me.view", navigation.OWN, ":material/title:"
        ),
    )
exec(compile((ROOT / "app.py").read_text(), str(ROOT / "app.py"), "exec"))
