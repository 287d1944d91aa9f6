"""Light and dark: whatever has a colour on the one ground has one on the other, and both can be read."""

import tomllib

import pytest

from components import style
from components.charts import pictures
from tests.bench.rig import ROOT

THEME = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]
GROUNDS = ("light", "dark")
COLOURS = ("red", "orange", "yellow", "green", "blue", "violet")
LETTERS = ("text", "primary", "link", "codeText", "gray", *COLOURS)
BADGE = {"light": 0.1, "dark": 0.2}
"""How much of a colour Streamlit lays below letters of that colour."""


def light(colour: str) -> float:
    """How light a colour is, as readers of contrast count it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = [one / 12.92 if one <= 0.03928 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


def mixed(colour: str, ground: str, share: float) -> str:
    both = ([int(one[at : at + 2], 16) for at in (1, 3, 5)] for one in (colour, ground))
    return "#" + "".join(f"{round(share * c + (1 - share) * g):02x}" for c, g in zip(*both, strict=True))


def test_both_grounds_name_the_same_colours() -> None:
    assert set(THEME["light"]) == set(THEME["dark"])
    assert not {key for key in THEME if key.endswith("Color")}, (
        "a colour for both grounds fits one of them at most"
    )


@pytest.mark.parametrize("ground", GROUNDS)
def test_letters_stand_out(ground: str) -> None:
    theme = THEME[ground]
    assert style.INK[ground] == theme["textColor"]
    own = {name: both[GROUNDS.index(ground)] for name, both in style._COLOURS.items()}
    assert own["paper"] == theme["backgroundColor"] and own["ground"] == theme["secondaryBackgroundColor"]
    letters = [theme[f"{name}Color"] for name in LETTERS] + [
        own[name] for name in ("quiet", "brand", "link", "warn")
    ]
    for paper in (theme["backgroundColor"], theme["secondaryBackgroundColor"]):
        for letter in letters:
            assert contrast(letter, paper) >= 4.5, (letter, paper)
        for name in COLOURS:
            badge = mixed(theme[f"{name}Color"], paper, BADGE[ground])
            assert min(contrast(theme[f"{name}TextColor"], one) for one in (paper, badge)) >= 4.5, name
        assert contrast(theme["borderColor"], paper) >= 3
    assert contrast(theme["dataframeHeaderTextColor"], theme["dataframeHeaderBackgroundColor"]) >= 4.5
    assert contrast("#ffffff", own["fill"]) >= 4.5


@pytest.mark.parametrize("ground", GROUNDS)
def test_the_colours_of_charts_stand_out(ground: str) -> None:
    theme = THEME[ground]
    for colour in (*pictures.COLOURS, pictures.GREY, *theme["chartCategoricalColors"]):
        assert contrast(colour, theme["backgroundColor"]) >= 3, colour


def test_what_was_chosen_can_be_read_on_the_dark_ground() -> None:
    """The chips of a multiselect: white letters, which the light brand colour of the dark ground does not carry."""
    rule = style._DARK.partition("[data-tag] {")[2].partition("}")[0]
    assert "var(--linli-fill)" in rule
