"""The least an application can do, with everything loaded that Linli loads: what a click costs at the very least."""

import altair  # noqa: F401
import extra_streamlit_components  # noqa: F401
import pandas  # noqa: F401
import plotly.express
import plotly.graph_objects  # noqa: F401
import pyarrow  # noqa: F401
import sqlmodel  # noqa: F401
import streamlit as st
import streamlit_authenticator  # noqa: F401

st.title("Tiny")
st.text_input("Name", key="name")
if st.button("Count", key="count"):
    st.session_state.clicks = st.session_state.get("clicks", 0) + 1
st.write(f"Clicks: {st.session_state.get('clicks', 0)}")
