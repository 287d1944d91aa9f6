"""The few rules of appearance that Streamlit's theme does not have. Nothing else writes CSS."""

import streamlit as st

_RULES = """
<style>
  .block-container { padding-top: 3.2rem; padding-bottom: 4rem; max-width: 1500px; }
  .st-key-cookie { position: absolute; height: 0; overflow: hidden; }
  @media (max-width: 640px) {
    .block-container { padding-left: 1rem; padding-right: 1rem; padding-top: 3.4rem; }
    h1 { font-size: 1.6rem !important; }
  }
  @media print { [data-testid="stSidebar"], header { display: none; } }
</style>
"""


def apply() -> None:
    """Once in each run."""
    st.html(_RULES)
