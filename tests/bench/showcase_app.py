"""One of each thing that Linli draws, to see in a real browser what the security policy lets through."""

import datetime

import extra_streamlit_components
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

st.set_page_config(page_title="Showcase", page_icon="🏘️", layout="wide")


@st.dialog("Details")
def details() -> None:
    st.text_input("Reason")
    st.write("dialog is open")


cookies = extra_streamlit_components.CookieManager(key="cookies")
st.title("Showcase 陈列 :material/home:")
st.write("cookies seen:", ",".join(sorted(cookies.get_all() or {})))
if st.button("Set a cookie"):
    cookies.set("linli_probe", "42", key="set")

table = pd.DataFrame({"姓名": ["张桂梅", "王小平"], "年龄": [81, 67]})
picked = st.dataframe(table, on_select="rerun", selection_mode="single-row", key="table", hide_index=True)
st.write("rows picked:", len(picked.selection.rows))
edited = st.data_editor(table, key="editor")

figure = go.Figure(go.Bar(x=["一", "二", "三"], y=[1, 3, 2]))
figure.update_layout(height=260)
chosen = st.plotly_chart(figure, on_select="rerun", key="bars", config={"displayModeBar": True})
st.write("bars chosen:", len(chosen.selection.points))
shapes = go.Figure(go.Scatter(x=[0, 1, 1, 0, 0], y=[0, 0, 1, 1, 0], fill="toself", text="12栋"))
st.plotly_chart(shapes, key="shapes")
areas = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "id": "a",
            "properties": {},
            "geometry": {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]},
        }
    ],
}
tiles = go.Figure(go.Choroplethmap(geojson=areas, locations=["a"], z=[1]))
tiles.update_layout(map_style="white-bg", height=260)
st.plotly_chart(tiles, key="map")

file = st.file_uploader("Ledger", type=["csv"])
if file is not None:
    st.write("uploaded bytes:", len(file.getvalue()))
st.download_button("Download", data="a,b\n1,2\n", file_name="台账.csv", mime="text/csv", on_click="ignore")
st.download_button("Download later", data=lambda: b"later", file_name="later.txt", on_click="ignore")
st.image(
    b"<svg xmlns='http://www.w3.org/2000/svg' width='40' height='20'><rect width='40' height='20'/></svg>".decode()
)
st.selectbox("Grid", ["一", "二"])
st.date_input("Day", datetime.date(2026, 1, 1))
st.number_input("Count", 0)
st.segmented_control("Look", ["desk", "phone"])
st.metric("Coverage", "92 %", "+1 %", chart_data=[1, 2, 3])
st.bar_chart(table, x="姓名", y="年龄")
st.html("<p style='color: #0f6b75'>own html</p>")
st.code("SELECT 1", language="sql")
st.progress(0.4)
st.toast("toast")
if st.button("Open dialog"):
    details()
