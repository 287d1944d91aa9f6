"""The few rules of appearance that Streamlit's theme does not have. Nothing else writes CSS."""

import json

import streamlit as st

from components.i18n import _, language

INK = {"light": "#1c2b2d", "dark": "#e4ebea"}
"""Letters on the page, as `textColor` in `.streamlit/config.toml`."""

_COLOURS = {
    "paper": ("#ffffff", "#151d1f"), "ground": ("#f0f5f5", "#212b2d"), "quiet": ("#4a5b60", "#a9b7b9"),
    "line": ("#cfdada", "#3a4749"), "brand": ("#0f6b75", "#5fb9c3"), "fill": ("#0f6b75", "#1f7f89"),
    "link": ("#0b5a63", "#7cc4e8"), "warn": ("#9a5200", "#f0a860"),
}  # fmt: skip
"""The colours of our own rules, on light and on dark ground: `var(--linli-…)`."""

_RULES = """
<style>
  .block-container { padding-top: 3.2rem; padding-bottom: 4rem; max-width: 1500px; }
  [data-testid="stSidebarNav"]::before { content: "邻里 Linli"; display: block; font-size: 1.2rem; font-weight: 600; padding: 0 0 .6rem .5rem; }
  [data-testid="stSidebarNavLink"] { min-height: 2.4rem; }
  .st-key-cookie { position: absolute; height: 0; overflow: hidden; }
  [data-testid="stCaptionContainer"] { color: var(--linli-quiet) !important; opacity: 1 !important; }
  [class*="st-key-narrow_"] { display: none; }
  [data-testid="stLayoutWrapper"]:has(> [class*="st-key-save_bar"]) {
    position: sticky; bottom: 0; z-index: 50; background: var(--linli-paper); padding: .5rem 0; border-top: 1px solid var(--linli-line);
  }
  [class*="st-key-save_bar"] { background: var(--linli-paper); }
  [data-testid="stMain"]:has([class*="st-key-save_bar"]) { scroll-padding-bottom: 6rem; }
  [class*="st-key-big_"] button { min-height: 3.4rem; justify-content: flex-start; padding-left: 1.2rem; }
  [class*="st-key-big_"] button p { font-size: 1.15rem; }
  [class*="st-key-digits_"] input { font-size: 1.9rem; letter-spacing: .25em; text-align: center; padding: .7rem; }
  [class*="st-key-faces_"] button { min-height: 5.2rem; padding: .3rem; }
  [class*="st-key-faces_"] button > div, [class*="st-key-faces_"] button > div > span { flex-direction: column; gap: .1rem; }
  [class*="st-key-faces_"] button span:has(> [data-testid="stIconMaterial"]) { height: auto; line-height: 1; }
  [class*="st-key-faces_"] button [data-testid="stIconMaterial"] { font-size: 2.4rem; width: auto; height: auto; }
  [class*="st-key-attend_"] button { min-height: 3rem; }
  [class*="st-key-row_"] a { padding-left: 0; }
  [class*="st-key-row_"] [class*="st-key-tap_"] a {
    min-height: 2.9rem; padding: .4rem .8rem; border: 1px solid var(--linli-brand); border-radius: .3rem; justify-content: center;
  }
  [class*="st-key-row_"] { flex-wrap: nowrap !important; padding: .5rem .7rem !important; }
  [class*="st-key-card_"] p, .st-key-card_one p { font-size: 1.08rem; line-height: 1.55; }
  [class*="st-key-tap_"] button { min-height: 3.2rem; }
  [class*="st-key-tap_go_"] a, [class*="st-key-tap_see_"] a {
    min-height: 3.2rem; width: 100%; justify-content: center; border: 1px solid var(--linli-brand); border-radius: .4rem;
  }
  [class*="st-key-tap_go_"] div, [class*="st-key-tap_see_"] div { width: 100%; }
  [class*="st-key-tap_go_"] a { background: var(--linli-fill) !important; }
  [class*="st-key-tap_go_"] a * { color: #fff !important; }
  [class*="st-key-pasted_"] [role="radiogroup"] label, [class*="st-key-pasted_"] summary { min-height: 2.75rem; align-items: center; }
  .st-key-days button { min-height: 2.9rem; padding: .1rem; }
  [class*="st-key-dial_"] a { min-height: 3.2rem; }
  [class*="st-key-dial_"] a p { font-size: 1.15rem; }
  [class*="st-key-below_"] { margin: -.6rem 0 .5rem 1rem; }
  [class*="st-key-wrap_"] a { min-height: 2.4rem; height: auto; }
  .linli-brief { max-width: 46rem; font-size: 1.05rem; line-height: 1.75; }
  .linli-brief h2 { font-size: 1.45rem; line-height: 1.35; margin: 0; padding: 0; }
  .linli-brief h3 { font-size: 1.12rem; margin: 1.3rem 0 .25rem; padding: 0; }
  .linli-brief p { margin: 0 0 .45rem; overflow-wrap: anywhere; } .linli-brief .note { opacity: .8; font-size: .9rem; }
  .linli-brief a { color: inherit; font-weight: 600; text-decoration: underline; text-decoration-thickness: 1px; text-underline-offset: .2em; }
  .linli-brief a.since::after { content: "*"; } .linli-brief td { white-space: nowrap; }
  .linli-brief table { width: 100%; border-collapse: collapse; font-size: .95rem; }
  .linli-brief th, .linli-brief td { padding: .3rem .4rem; border-bottom: 1px solid var(--linli-line); text-align: right; }
  .linli-brief th:first-child { text-align: left; font-weight: 400; } .linli-brief thead th { font-weight: 600; }
  [class*="st-key-figure_"] a p { white-space: normal; line-height: 1.3; }
  [class*="st-key-figure_"] a { height: auto; }
  [class*="st-key-figure_"] [data-testid="stMetricValue"] { font-size: 1.6rem; }
  [class*="st-key-figure_"] [data-testid="stMetricLabel"] p { white-space: normal; }
  [class*="st-key-wrap_"] a p { white-space: normal; line-height: 1.35; }
  [class*="st-key-chart_"] :is(.annotation-text, [class$="tick"] text, .legendtext) { fill: var(--linli-quiet) !important; }
  [class*="st-key-chart_"] h3 { word-break: keep-all; overflow-wrap: anywhere; }
  .st-key-charts_unit [role="radiogroup"] button { min-height: 2.5rem; }
  @media (max-width: 640px) {
    .block-container { padding-left: 1rem; padding-right: 1rem; padding-top: 4rem; }
    [class*="st-key-narrow_"] { display: flex; }
    [class*="st-key-wide_"] { display: none; }
    [class*="st-key-narrow_"] a {
      min-height: 3rem; width: 100%; border-bottom: 1px solid var(--linli-line); border-radius: 0;
      background: transparent !important; padding: 0.4rem 0;
    }
    [class*="st-key-narrow_"] a p { font-weight: 400; white-space: normal; line-height: 1.4; }
    h1 { font-size: 1.6rem !important; }
    .linli-brief td { white-space: normal; } .linli-brief table { font-size: .85rem; }
    .linli-brief th, .linli-brief td { padding: .3rem .2rem; }
    [class*="st-key-"][class*="_part"] [role="radiogroup"] button { padding-left: .6rem; padding-right: .6rem; }
    [class*="st-key-coming_guest_"] [role="radiogroup"] button { padding-left: .25rem; padding-right: .25rem; }
    [class*="st-key-faces_"] button p { font-size: .95rem; }
    [class*="st-key-grid_"] { margin-top: 2.75rem; } /* room for the table's own buttons, beside which nothing else fits */
    [data-testid="stMetricValue"] { font-size: 1.5rem; }
  }
  @media print { [data-testid="stSidebar"], header { display: none; } }
</style>
"""

# Streamlit's uploader speaks English alone. Its words give way to ours; the name of the button stays for screen
# readers beside ours. Where a later version builds it otherwise, the English words are seen again.
_UPLOADER = """
<style>
  [data-testid="stFileUploaderDropzone"] > span [data-testid="stMarkdownContainer"] p {
    position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%%);
  }
  [data-testid="stFileUploaderDropzoneInstructions"] span,
  [data-testid="stFileUploaderDropzoneInput"] + div:not([data-testid]) > span:only-child { display: none; }
  [data-testid="stFileUploaderDropzone"] > span [data-testid="stMarkdownContainer"]::after { content: %s; }
  [data-testid="stFileUploaderDropzoneInstructions"]::after { content: %s; color: var(--linli-quiet); font-size: .875rem; }
  [data-testid="stFileUploaderDropzoneInput"] + div:not([data-testid]):has(> span:only-child)::after { content: %s; }
</style>
"""

_WALL = """
<style>
  [data-testid="stSidebar"], [data-testid="stSidebarCollapsedControl"], [data-testid="stExpandSidebarButton"],
  header { display: none !important; }
  .block-container { padding: 1.2rem 2rem 0 2rem !important; max-width: none !important; }
  .block-container h1 { font-size: 2.6rem !important; }
  .block-container h3 { font-size: 1.7rem !important; }
  .block-container p { font-size: 1.4rem; }
</style>
"""


# Maps, plans and what is printed are drawn in colours of their own: in the dark they lie on a sheet of paper.
_DARK = """
  [class*="st-key-map_"]:has(> [data-testid="stFullScreenFrame"]), [class*="st-key-areas_plan_"], .st-key-shapes_picture, .st-key-paper {
    background: #dbe4e4; border-radius: .5rem; padding: .6rem;
  }
  .st-key-paper, .st-key-paper * { color: #1c2b2d !important; }
  [data-testid^="stBaseButton-primary"], [data-testid^="stBaseButton-primary"]:hover {
    background: var(--linli-fill); border-color: var(--linli-fill); color: #fff;
  }
  [data-testid="stMultiSelectTagsContainer"] [data-tag] { background: var(--linli-fill); color: #fff; }
"""


def _colours(ground: int) -> str:
    return ":root { " + " ".join(f"--linli-{name}: {both[ground]};" for name, both in _COLOURS.items()) + " }"


_GROUNDS = (
    f"<style>{_colours(0)}\n@media (prefers-color-scheme: dark) {{ {_colours(1)} }}\n"
    f"@media screen and (prefers-color-scheme: dark) {{ {_DARK} }}</style>"
)
"""As Streamlit does it: the ground follows the device, also while the page is open."""


def ink() -> str:
    """The colour of letters on the page, for pictures that Streamlit's theme does not reach."""
    return INK["dark" if st.context.theme.type == "dark" else "light"]


def apply() -> None:
    """Once in each run, when it is known which language the reader speaks."""
    st.html(_GROUNDS + _RULES + ("" if language() == "en" else _uploader()))


def _uploader() -> str:
    size = st.get_option("server.maxUploadSize")
    words = (_("Choose a file"), _("Up to {size} MB", size=size), _("Drop the file here"))
    return _UPLOADER % tuple(json.dumps(one, ensure_ascii=False) for one in words)


_PAPER = """
<style>
  .st-key-paper table { width: 100%; border-collapse: collapse; font-size: .85rem; }
  .st-key-paper th, .st-key-paper td { border: 1px solid #7c9193; padding: .3rem .4rem; text-align: left; vertical-align: top; }
  .st-key-paper th { background: #e6eeee; }
  .st-key-paper .who { min-width: 5rem; overflow-wrap: anywhere; }
  .st-key-paper .box { white-space: nowrap; margin-right: .6rem; }
  .st-key-paper .line { border-bottom: 1px dotted #7c9193; min-height: 1.6rem; margin-top: .2rem; }
  .st-key-paper h2 { font-size: 1.3rem; margin: 0; padding: 0; }
  .st-key-paper .brief { line-height: 1.6; } .st-key-paper .brief p { margin: 0 0 .3rem; }
  .st-key-paper .brief h2, .st-key-paper .brief .note { text-align: center; } .st-key-paper .brief .note { font-size: .85rem; }
  .st-key-paper .brief .small { font-size: .85rem; } .st-key-paper .brief .imprint { margin: .8rem 0; }
  .st-key-paper .brief td, .st-key-paper .brief thead th + th { text-align: right; width: 19%; }
  .st-key-paper .poster { text-align: center; font-size: 1.25rem; }
  .st-key-paper .poster h2 { font-size: 2.6rem; line-height: 1.3; margin: 1rem 0; }
  .st-key-paper .poster .how { font-weight: 700; margin-top: 1.6rem; }
  .st-key-paper h3 { font-size: 1.05rem; margin: 1rem 0 .3rem 0; padding: 0; }
  @media screen { .st-key-paper { overflow-x: auto; } }
  @media print {
    @page { size: A4; margin: 12mm 10mm; }
    html, body, #root, .stApp, .stApp > *, [data-testid="stAppViewContainer"], [data-testid="stMain"] {
      position: static !important; overflow: visible !important; height: auto !important; display: block !important;
    }
    .block-container { padding: 0 !important; max-width: none !important; }
    [class*="st-key-screen_"], [data-testid="stHeader"], [data-testid="stToolbar"], [data-testid="stStatusWidget"] {
      display: none !important;
    }
    .st-key-paper { border: 0 !important; padding: 0 !important; }
    .st-key-paper, .st-key-paper * { color: #000 !important; }
    .st-key-paper table { font-size: 9.5pt; width: calc(100% - 1px); }
    .st-key-paper .brief p { font-size: 10pt; line-height: 1.35; margin: 0 0 .6mm; } .st-key-paper .brief h3 { margin: 2mm 0 .8mm; font-size: 12pt; }
    .st-key-paper .brief .imprint { margin: 3mm 0 1mm; } .st-key-paper .brief .small { font-size: 9pt; }
    .st-key-paper .brief table { break-inside: avoid; }
    .st-key-paper .brief th, .st-key-paper .brief td { padding: .3mm 1.5mm; line-height: 1.3; }
    .st-key-paper thead { display: table-header-group; }
    .st-key-paper tr, .st-key-paper .keep { break-inside: avoid; }
    .st-key-paper .poster { font-size: 18pt; } .st-key-paper .poster h2 { font-size: 40pt !important; }
    .st-key-paper h2, .st-key-paper h3 { break-after: avoid; margin: 0 0 2mm 0; font-size: 13pt; }
  }
</style>
"""


def paper() -> None:
    """For what is printed on A4: only the container `paper` goes on paper, what is in `screen_…` stays on the screen."""
    st.html(_PAPER)


def wall() -> None:
    """For a screen on the wall: large type, nothing to press."""
    st.html(_WALL)
