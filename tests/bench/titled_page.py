"""A signed-in page that only shows a title: the least that any page costs."""

import streamlit as st

from components.page import begin

begin("me.view")
st.title("A title")
