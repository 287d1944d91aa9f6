"""The few rules of appearance that Streamlit's theme does not have. Nothing else writes CSS."""

import streamlit as st

_RULES = """
<style>
  .block-container { padding-top: 3.2rem; padding-bottom: 4rem; max-width: 1500px; }
  .st-key-cookie { position: absolute; height: 0; overflow: hidden; }
  [class*="st-key-narrow_"] { display: none; }
  @media (max-width: 640px) {
    .block-container { padding-left: 1rem; padding-right: 1rem; padding-top: 3.4rem; }
    [class*="st-key-narrow_"] { display: flex; }
    [class*="st-key-wide_"] { display: none; }
    [class*="st-key-narrow_"] a { min-height: 3rem; border-bottom: 1px solid #cfdada; border-radius: 0; width: 100%; }
    h1 { font-size: 1.6rem !important; }
  }
  @media print { [data-testid="stSidebar"], header { display: none; } }
</style>
"""


def apply() -> None:
    """Once in each run."""
    st.html(_RULES)
