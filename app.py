"""The script that Streamlit runs on each interaction: who is here, which page, go."""

import streamlit as st

from components import first_start, navigation, passwords, session, style, welcome

st.set_page_config(page_title="邻里 Linli", page_icon="🏘️", layout="wide")

viewer = session.current()
style.apply()
session.tend_cookie()
page = navigation.choose(viewer)

if first_start.needed():
    first_start.draw()
elif viewer is None:
    welcome.sign_in()
elif viewer.facts["must_change"]:
    passwords.choose_own(viewer)
else:
    navigation.below_menu(viewer)
    page.run()
