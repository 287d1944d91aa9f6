"""The few rules of appearance that Streamlit's theme does not have. Nothing else writes CSS."""

import json

import streamlit as st

from components.i18n import _, language

_RULES = """
<style>
  .block-container { padding-top: 3.2rem; padding-bottom: 4rem; max-width: 1500px; }
  .st-key-cookie { position: absolute; height: 0; overflow: hidden; }
  [data-testid="stCaptionContainer"] { color: #4a5b60 !important; opacity: 1 !important; }
  [class*="st-key-narrow_"] { display: none; }
  [data-testid="stLayoutWrapper"]:has(> [class*="st-key-save_bar"]) {
    position: sticky; bottom: 0; z-index: 50; background: rgba(255, 255, 255, .94); padding: .5rem 0;
  }
  @media (max-width: 640px) {
    .block-container { padding-left: 1rem; padding-right: 1rem; padding-top: 3.4rem; }
    [class*="st-key-narrow_"] { display: flex; }
    [class*="st-key-wide_"] { display: none; }
    [class*="st-key-narrow_"] a {
      min-height: 3rem; width: 100%; border-bottom: 1px solid #cfdada; border-radius: 0;
      background: transparent !important; padding: 0.4rem 0;
    }
    [class*="st-key-narrow_"] a p { font-weight: 400; white-space: normal; line-height: 1.4; }
    h1 { font-size: 1.6rem !important; }
  }
  @media print { [data-testid="stSidebar"], header { display: none; } }
</style>
"""

# Streamlit's uploader speaks English alone. What is hidden here is hidden from screen readers too, and they
# read what stands in its place; where a later version builds it otherwise, the English words are seen again.
_UPLOADER = """
<style>
  [data-testid="stFileUploaderDropzone"] > span [data-testid="stMarkdownContainer"] p,
  [data-testid="stFileUploaderDropzoneInstructions"] span,
  [data-testid="stFileUploaderDropzoneInput"] + div:not([data-testid]) > span:only-child { display: none; }
  [data-testid="stFileUploaderDropzone"] > span [data-testid="stMarkdownContainer"]::after { content: %s; }
  [data-testid="stFileUploaderDropzoneInstructions"]::after { content: %s; color: #4a5b60; font-size: .875rem; }
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


def apply() -> None:
    """Once in each run, when it is known which language the reader speaks."""
    st.html(_RULES + ("" if language() == "en" else _uploader()))


def _uploader() -> str:
    size = st.get_option("server.maxUploadSize")
    words = (_("Choose a file"), _("Up to {size} MB", size=size), _("Drop the file here"))
    return _UPLOADER % tuple(json.dumps(one, ensure_ascii=False) for one in words)


def wall() -> None:
    """For a screen on the wall: large type, nothing to press."""
    st.html(_WALL)
