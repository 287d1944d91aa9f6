import asyncio
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import suppress
from email.message import Message
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import uvloop
import websockets.exceptions
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.sync.client import connect

import security
import server
from db.errors import Refused
from tests.bench.rig import served
from tests.bench.server_scenario import TINY

ROOT = Path(__file__).resolve().parents[1]
COOKIE_MANAGER = "/component/extra_streamlit_components.CookieManager.cookie_manager/index.html"

# Every route that Streamlit 1.67 and Linli have, and whether somebody who is not signed in is answered there.
ROUTES = {
    "/healthz": True,
    "/verify": True,
    "/needs-form": True,
    "/activity": True,
    "/calendar/{secret}.ics": True,
    "/_stcore/health": True,
    "/_stcore/host-config": True,
    "/_stcore/stream": True,
    "/_stcore/upload_file/{session_id}/{file_id}": True,
    "/_stcore/bidi-components/{path:path}": True,
    "/component/{path:path}": True,
    "/media/{file_id:path}": True,
    "": True,
    "/_stcore/metrics": False,
    "/_stcore/agent/interact": False,
    "/_stcore/agent/openapi.json": False,
    "/_stcore/agent/mcp": False,
    "/auth/login": False,
    "/auth/logout": False,
    "/oauth2callback": False,
}


@pytest.fixture(scope="module")
def house():
    with served(script=TINY) as running:
        yield running


def ask(base, path, method="GET", data=None, **headers) -> tuple[int, Message, bytes]:
    request = urllib.request.Request(base + path, data=data, method=method)
    for name, value in headers.items():
        request.add_header(name.replace("_", "-"), value)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


def python(code, *arguments, cwd=ROOT, **environment):
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), "LC_ALL": "en_GB.UTF-8", **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_no_route_is_unknown_to_us():
    listed = python(
        "import json, sys, server; from pathlib import Path;"
        "app = server.build(Path(sys.argv[1])).app.app._build_starlette_app();"
        "print(json.dumps([route.path for route in app.routes]))",
        TINY,
    )
    assert set(json.loads(listed.stdout.splitlines()[-1])) == set(ROUTES), listed.stderr


@pytest.mark.parametrize("path", [path for path, open_ in ROUTES.items() if not open_])
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "DELETE"])
def test_a_closed_route_says_nothing(house, path, method):
    for address in (path, path + "/", path + "?families=session_events_total"):
        status, headers, body = ask(house.base, address, method)
        assert (status, body) in ((404, b"Not found"), (405, b"Method Not Allowed"))
        assert "Link" not in headers


@pytest.mark.parametrize(
    "path", ["/_stcore", "/_stcore/", "/_stcore/agent", "/_stcore/script-health-check", "/_stcore/new"]
)
def test_what_a_later_streamlit_may_add_is_closed(house, path):
    assert ask(house.base, path)[0] == 404


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/media/0123456789abcdef.csv", 404),
        ("/component/nobody/index.html", 404),
        (
            "/component/extra_streamlit_components.CookieManager.cookie_manager/../../../../db/settings.py",
            400,
        ),
        ("/component/extra_streamlit_components.CookieManager.cookie_manager/%2e%2e/%2e%2e/__init__.py", 400),
        ("/_stcore/bidi-components/nobody/x.js", 404),
        ("/..%2f..%2fetc/passwd", 400),
    ],
)
def test_a_guessed_file_is_not_given(house, path, status):
    assert ask(house.base, path)[0] == status


def test_project_files_are_not_served(house):
    for path in (
        "/server.py",
        "/data/linli.db",
        "/data/keys.json",
        "/.streamlit/config.toml",
        "/app/static/x",
        "/pages/x.py",
    ):
        status, headers, body = ask(house.base, path)
        assert status == 200
        assert body == security.document("zh-CN")
        assert headers["Content-Type"].startswith("text/html")


def test_nothing_is_uploaded_without_a_window_of_ones_own(house):
    path = "/_stcore/upload_file/somebody/file1"
    assert ask(house.base, path, "PUT", b"x")[0] == 403
    cookie = ask(house.base, "/_stcore/health")[1]["Set-Cookie"].split(";")[0]
    token = cookie.partition("=")[2]
    assert ask(house.base, path, "PUT", b"x", Cookie=cookie, X_Xsrftoken=token)[0] == 400
    assert ask(house.base, path, "DELETE")[0] == 403


def test_the_host_config_trusts_no_other_site(house):
    assert json.loads(ask(house.base, "/_stcore/host-config")[2])["allowedOrigins"] == []


@pytest.mark.parametrize("origin", ["http://evil.example", "https://127.0.0.1", "http://localhost", "null"])
def test_a_page_of_another_site_cannot_open_a_window(house, origin):
    address = house.base.replace("http", "ws") + "/_stcore/stream"
    with pytest.raises(websockets.exceptions.InvalidStatus) as refused:
        connect(address, origin=origin, subprotocols=["streamlit"]).close()
    assert refused.value.response.status_code == 403


def test_a_window_asks_for_nothing_that_serves_developers():
    def sent(**asked):
        return BackMsg(**asked).SerializeToString()

    operation = BackMsg.DESCRIPTOR.fields_by_name["backend_operation_request"].message_type._concrete_class
    assert security.asked(sent(rerun_script={"query_string": "q=1"}))
    assert security.asked(sent(app_heartbeat=True))
    assert security.asked(sent(backend_operation_request=operation(deferred_file={"file_id": "x"})))
    for refused in (
        sent(clear_cache=True),
        sent(set_run_on_save=True),
        sent(load_git_info=True),
        sent(debug_shutdown_runtime=True),
        sent(backend_operation_request=operation(install_skills={})),
        b"",
        b"no message",
    ):
        assert not security.asked(refused)


def test_what_was_not_asked_for_is_passed_over():
    wanted = BackMsg(rerun_script={"query_string": "q=1"}).SerializeToString()
    sent = [
        {"type": "websocket.connect"},
        {"type": "websocket.receive", "bytes": BackMsg(clear_cache=True).SerializeToString()},
        {"type": "websocket.receive", "text": "clear"},
        {"type": "websocket.receive", "bytes": wanted},
        {"type": "websocket.disconnect", "code": 1000},
    ]
    left = iter(sent)

    async def receive():
        return next(left)

    async def all_heard():
        heard = security.listening(receive)
        return [await heard() for _ in range(3)]

    assert asyncio.run(all_heard()) == [sent[0], sent[3], sent[4]]


@pytest.mark.parametrize(
    ("named", "host", "status"),
    [
        ("", "evil.example", 200),
        ("linli.example, *.office.example", "linli.example:8501", 200),
        ("linli.example, *.office.example", "one.office.example", 200),
        ("linli.example", "127.0.0.1:8501", 200),
        ("linli.example", "[::1]:8501", 200),
        ("linli.example", "evil.example", 400),
        ("linli.example", "www.linli.example", 400),
    ],
)
def test_it_answers_to_its_own_names_only(monkeypatch, named, host, status):
    monkeypatch.setenv("LINLI_HOSTS", named)
    guarded = security.Guard(PlainTextResponse("here"), hosts=server.hosts())
    answers = []

    async def send(message):
        answers.append(message)

    scope = {"type": "http", "method": "GET", "path": "/healthz", "headers": [(b"host", host.encode())]}
    asyncio.run(guarded(scope, None, send))
    assert answers[0]["status"] == status
    assert Headers(raw=answers[0]["headers"])["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize("name", ["linli.example:8501", "https://linli.example", "*linli.example", "a b"])
def test_a_name_that_is_none_is_refused(monkeypatch, name):
    monkeypatch.setenv("LINLI_HOSTS", f"linli.example,{name}")
    with pytest.raises(Refused, match=r"settings\.hosts"):
        server.hosts()


def test_other_sites_are_not_told_that_they_may_read(house):
    for path in ("/", "/_stcore/health", "/_stcore/host-config", "/healthz"):
        assert "Access-Control-Allow-Origin" not in ask(house.base, path, Origin="http://evil.example")[1]


@pytest.mark.parametrize(
    "path",
    ["/", "/residents?q=1", "/healthz", "/verify", "/_stcore/metrics", "/media/x", COOKIE_MANAGER, "/..%2f"],
)
def test_every_answer_carries_the_headers(house, path):
    headers = ask(house.base, path)[1]
    component = path == COOKIE_MANAGER
    csp = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert csp["default-src"] == csp["connect-src"] == "'self'"
    assert "unsafe" not in csp["script-src"]
    assert not any("http" in sources or "*" in sources for sources in csp.values())
    assert csp["object-src"] == "'none'"
    assert csp["frame-ancestors"] == ("'self'" if component else "'none'")
    assert headers["X-Frame-Options"] == ("SAMEORIGIN" if component else "DENY")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert headers.get("Server") is None
    assert component or headers["Cache-Control"] == "no-store"


def test_streamlits_own_files_may_be_kept(house):
    script = security.document("en").decode().partition('src="./')[2].partition('"')[0]
    status, headers, _body = ask(house.base, f"/{script}")
    assert status == 200
    assert "immutable" in headers["Cache-Control"]


def test_only_the_components_own_inline_script_may_run(house):
    _status, headers, body = ask(house.base, COOKIE_MANAGER, Accept_Encoding="gzip")
    assert body.startswith(b"<!doctype html>")
    assert headers["Content-Security-Policy"].count("'sha256-") == 1


@pytest.mark.parametrize(
    ("cookie", "accepted", "lang"),
    [
        ("", "", "zh-CN"),
        ("", "en-GB,en;q=0.9,zh;q=0.8", "en"),
        ("", "zh-CN,zh;q=0.9,en;q=0.8", "zh-CN"),
        ("", "de,en;q=0.5,zh;q=0.7", "zh-CN"),
        ("", "fr;q=x,*", "zh-CN"),
        ("linli_lang=en", "zh-CN", "en"),
        ("a=b; linli_lang=zh_CN", "en", "zh-CN"),
        ("linli_lang=xx", "en", "en"),
        ('linli_lang="><script>', "en", "en"),
    ],
)
def test_the_document_is_in_the_readers_language(cookie, accepted, lang):
    assert security.language(Headers({"cookie": cookie, "accept-language": accepted})) == lang


def test_the_page_speaks_the_readers_language(house):
    _status, headers, body = ask(
        house.base, "/", Cookie="linli_lang=en", Accept_Language="zh", Accept_Encoding="gzip"
    )
    assert b'<html lang="en">' in body
    assert "<title>Linli 邻里</title>" in body.decode()
    assert headers["Content-Language"] == "en"
    _status, _headers, body = ask(house.base, "/", Range="bytes=0-9")
    assert b'<html lang="zh-CN">' in body
    status, headers, body = ask(house.base, "/", "HEAD")
    assert (status, body, int(headers["Content-Length"])) == (200, b"", len(security.document("zh-CN")))


@pytest.mark.parametrize(("path", "page"), [("/shifts/new", "/shifts"), ("/areas/4/5", "/areas")])
def test_an_address_below_a_page_leads_to_the_page(house, path, page):
    connection = http.client.HTTPConnection(urlsplit(house.base).netloc, timeout=10)
    connection.request("GET", path, headers={"Accept": "text/html"})
    answer = connection.getresponse()
    assert (answer.status, answer.headers["Location"], answer.read()) == (303, page, b"")
    connection.close()
    assert security.above("/") is None and security.above("/shifts") is None


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_the_document_has_nothing_that_the_policy_forbids(lang):
    text = security.document(lang).decode()
    assert "<script>" not in text
    assert "http" not in text
    assert "agent" not in text
    assert text.count("<script ") == 1
    assert '<div id="root">' in text


def test_the_health_check_asks_the_database(house, monkeypatch):
    assert ask(house.base, "/healthz")[::2] == (200, b'{"status":"ok"}')
    monkeypatch.setattr("db.engine.healthy", lambda: False)
    assert asyncio.run(server.healthz(None)).status_code == 503


def test_a_port_in_use_is_said_in_one_line(house, tmp_path):
    port = house.base.rpartition(":")[2]
    told = python("import sys, server; sys.exit(server.main())", LINLI_PORT=port, LINLI_ADDRESS="127.0.0.1")
    assert told.returncode == 1
    assert told.stderr.count("\n") == 1
    assert f"127.0.0.1:{port} is not free" in told.stderr


def test_a_database_that_does_not_answer_is_said_in_one_line():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        told = python(
            "import sys, server; sys.exit(server.main())",
            LINLI_PORT="18500",
            LINLI_ADDRESS="127.0.0.1",
            LINLI_DATABASE_URL=f"postgresql://x@127.0.0.1:{taken.getsockname()[1]}/x",
        )
    assert told.returncode == 1
    assert told.stderr == "Linli cannot start: the database does not answer (LINLI_DATABASE_URL).\n"


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("zh_CN.UTF-8", ["邻里无法启动：LINLI_PORT 应为1到65535的数字，不能是“http”。"]),
        ("en_GB.UTF-8", ["Linli cannot start: LINLI_PORT must be a number from 1 to 65535, not “http”."]),
        ("C.UTF-8", ["邻里无法启动", "Linli cannot start"]),
    ],
)
def test_a_refusal_is_said_in_the_language_of_the_console(language, said):
    told = python("import sys, server; sys.exit(server.main())", LINLI_PORT="http", LC_ALL=language)
    assert told.returncode == 1
    lines = told.stderr.splitlines()
    assert len(lines) == len(said)
    assert all(line.startswith(start) for line, start in zip(lines, said, strict=True))


def test_keys_that_cannot_be_read_are_said_in_one_line(tmp_path):
    (tmp_path / "keys.json").write_text('{"cookie": "k')
    told = python(
        "import sys, server; sys.exit(server.main())",
        LINLI_PORT="18503",
        LINLI_ADDRESS="127.0.0.1",
        LINLI_DATA_DIR=str(tmp_path),
        LINLI_DATABASE_URL=f"sqlite:///{tmp_path / 'linli.db'}",
    )
    assert told.returncode == 1
    assert told.stderr.startswith(f"Linli cannot start: {tmp_path}/keys.json cannot be read")
    assert told.stderr.count("\n") == 1


def test_a_part_that_cannot_be_imported_is_said_in_one_line(tmp_path):
    told = python(
        "import sys, server; from pathlib import Path;"
        "server.import_everything = lambda: {'db.people.residents': ImportError('no module x')};"
        "sys.exit(server.main(Path(sys.argv[1])))",
        TINY,
        LINLI_PORT="18502",
        LINLI_ADDRESS="127.0.0.1",
        LINLI_DATA_DIR=str(tmp_path),
        LINLI_DATABASE_URL=f"sqlite:///{tmp_path / 'linli.db'}",
    )
    assert told.returncode == 1
    assert told.stderr.endswith("cannot be loaded: db.people.residents: no module x\n")
    assert "Traceback" not in told.stderr


@pytest.mark.skipif(os.name == "nt", reason="no SIGTERM")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_server_stops_in_the_middle_of_a_run(tmp_path, number):
    script = tmp_path / "slow.py"
    script.write_text(
        "import gc, threading\n"
        "import streamlit as st\n"
        "st.write(f'frozen: {gc.get_freeze_count() > 100_000}')\n"
        "if st.button('Wait'):\n"
        "    threading.Event().wait()\n",
        encoding="utf-8",
    )
    with served(script=script) as running:
        window = running.open()
        assert "frozen: True" in window.texts()
        asyncio.run_coroutine_threadsafe(window.interacted("Wait"), running.loop)
        running.open()
        running.process.send_signal(number)
        assert running.process.wait(timeout=10) in (0, None)


@pytest.mark.parametrize("loop_factory", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_small_answers_leave_at_once(loop_factory):
    async def accepted():
        seen = asyncio.get_running_loop().create_future()

        class Asked(asyncio.Protocol):
            def connection_made(self, transport):
                there = transport.get_extra_info("socket")
                seen.set_result(there.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
                transport.close()

        with server.reserve("127.0.0.1", 0) as bound:
            listening = await asyncio.get_running_loop().create_server(Asked, sock=bound)
            _reader, writer = await asyncio.open_connection(*bound.getsockname())
            try:
                return await seen
            finally:
                writer.close()
                await writer.wait_closed()
                listening.close()

    with asyncio.Runner(loop_factory=loop_factory) as runner:
        assert runner.run(accepted()) != 0


def test_a_forwarded_address_is_believed_only_from_a_named_proxy(monkeypatch):
    monkeypatch.delenv("LINLI_TRUSTED_PROXIES", raising=False)
    assert not server.configuration(security.Guard(None)).proxy_headers
    monkeypatch.setenv("LINLI_TRUSTED_PROXIES", "10.0.0.5")
    told = server.configuration(security.Guard(None))
    assert told.proxy_headers
    assert told.forwarded_allow_ips == "10.0.0.5"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("127.0.0.1", "http://127.0.0.1:8501"),
        ("::1", "http://[::1]:8501"),
        ("0.0.0.0", "http://localhost:8501"),
    ],
)
def test_the_addresses_to_type(address, expected):
    assert server.addresses(address, 8501)[0] == expected


def test_the_settings_hold_in_whatever_folder_it_is_started(tmp_path):
    told = python(
        "import json, server, streamlit as st; server.build();"
        "print(json.dumps([st.get_option(name) for name in ("
        "'browser.gatherUsageStats', 'server.enableAgentApi', 'server.maxUploadSize', 'client.disableDataExport',"
        "'client.showErrorDetails', 'server.fileWatcherType', 'server.enableXsrfProtection', 'theme.dark.primaryColor')]))",
        cwd=tmp_path,
    )
    assert json.loads(told.stdout.splitlines()[-1]) == [
        False,
        False,
        20,
        True,
        "none",
        "none",
        True,
        "#5fb9c3",
    ]


def _until_shown(wanted, act, tries: int = 6) -> None:
    """Do `act` until `wanted` is on the page: a chart takes no clicks before it has drawn itself to the end."""
    for _attempt in range(tries):
        act()
        with suppress(Exception):
            wanted.wait_for(timeout=5000)
            return
    wanted.wait_for(timeout=5000)


@pytest.mark.browser
def test_everything_that_linli_draws_works_under_the_policy():
    from playwright.sync_api import sync_playwright

    said, asked = [], []
    with served(script=TINY.with_name("showcase_app.py")) as running, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-background-networking"]
        )
        context = browser.new_context(locale="zh-CN", viewport={"width": 1200, "height": 1600})
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(running.base)
        page.get_by_text("own html").wait_for()
        assert page.evaluate("document.documentElement.lang") == "zh-CN"

        page.get_by_role("button", name="Set a cookie").click()
        page.wait_for_function("() => document.cookie.includes('linli_probe=42')")
        page.locator("[data-test-script-state=notRunning]").wait_for()
        page.locator(".stPlotlyChart g.point path").nth(1).wait_for(state="attached")
        _until_shown(
            page.get_by_text("bars chosen: 1"),
            lambda: page.locator(".stPlotlyChart g.point path").nth(1).click(force=True),
        )
        page.locator("canvas.maplibregl-canvas").wait_for()
        page.locator("input[type=file]").set_input_files(
            {"name": "台账.csv", "mimeType": "text/csv", "buffer": b"a,b\n1,2\n"}
        )
        page.get_by_text("uploaded bytes: 8").wait_for()
        for name, content in (("Download", b"a,b\n1,2\n"), ("Download later", b"later")):
            page.locator("[data-test-script-state=notRunning]").wait_for()
            with page.expect_download() as download:
                page.get_by_role("button", name=name, exact=True).click()
            assert Path(download.value.path()).read_bytes() == content
        table = page.locator(".stDataFrame").first
        table.click(position={"x": 15, "y": 52})
        page.get_by_text("rows picked: 1").wait_for()
        page.get_by_role("button", name="Open dialog").click()
        page.get_by_text("dialog is open").wait_for()
        wrong = [text for text in said if "Content Security Policy" in text or "Error" in text]
        outside = [url for url in asked if not url.startswith((running.base, "data:", "blob:"))]
        with page.expect_console_message(lambda message: "Content Security Policy" in message.text):
            page.evaluate("() => { new Image().src = 'http://192.0.2.1/x.png' }")
        browser.close()
    assert not wrong
    assert not outside
