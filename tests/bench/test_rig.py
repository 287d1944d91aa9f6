from tests.bench.rig import served
from tests.bench.server_scenario import TINY


def test_a_click_reaches_the_script_and_its_answer_comes_back():
    with served(script=TINY) as server:
        window = server.open("/?from=rig", cookies={"linli_lang": "en"})
        other = server.open()

        first = window.interact("Count")
        window.interact("Count")
        window.interact("Name", "张桂梅")

        assert "Clicks: 2" in window.texts()
        assert window.find("Name").value in ("", "张桂梅")
        assert "Clicks: 0" in other.texts()
        assert first.runs == 1
        assert first.size > 0
        assert not window.error
        assert server.cpu() > 0
