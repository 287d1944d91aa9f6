"""Linli behind one fast server: `python server.py`.

The pages are app.py, an ordinary Streamlit script. Around it stand a health check, security headers,
the reader's language on the document, and a server that answers a click in a few milliseconds:
uvloop (which sends small answers at once) and a frozen heap (Streamlit collects garbage after every
run of the script; what was imported at start need not be looked at again).
"""

import argparse
import asyncio
import gc
import importlib
import importlib.util
import logging
import os
import pkgutil
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import streamlit as st
import uvicorn
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

import security
from components import startup
from db import access, clock, engine, migrations, sealing, settings
from db.commands import doing
from db.errors import Refused
from db.insight import closing, counts
from db.system import jobs, signing
from db.volunteers import feed
from security import Guard

ROOT = Path(__file__).resolve().parent
APP = ROOT / "app.py"
log = logging.getLogger("linli.server")

EVERYWHERE = "0.0.0.0"  # noqa: S104  the colleagues in the office must reach it
HEALTH_SECONDS = 3
FIRST_VISIT_SECONDS = 20
SHUTDOWN_SECONDS = 2
DAY_CHECK_SECONDS = 60

# What the screens use only when they first draw a table, a chart or a form.
HEAVY = (
    "numpy",
    "pandas",
    "pyarrow",
    "pyarrow.compute",
    "plotly.graph_objects",
    "plotly.io",
    "PIL.Image",
    "streamlit.components.v1",
    "streamlit.components.v2",
    "sqlalchemy.orm",
)


def prepare() -> None:
    """What must be true before the first visitor: the keys can be read, the tables are those of this version.

    Refused `settings.keys_unreadable`, `settings.weak_key`.
    """
    try:
        sealing.ring()
    except OSError as error:
        raise Refused("settings.keys_unreadable", path=settings.read().keys_file) from error
    migrations.upgrade()


async def healthz(_request: Request) -> JSONResponse:
    """200 when the database answers within three seconds, 503 otherwise."""
    try:
        healthy = await asyncio.wait_for(run_in_threadpool(engine.healthy), HEALTH_SECONDS)
    except TimeoutError:
        healthy = False
    if healthy:
        return JSONResponse({"status": "ok"})
    return JSONResponse({"status": "database does not answer"}, status_code=503)


async def verify(request: Request) -> HTMLResponse:
    """The public page that says whether a certificate is real: for anybody, without a session."""
    from components.volunteers import verify as page  # Streamlit must be running before screens are imported

    address = request.client.host if request.client else ""
    lang = security.language(request.headers)
    status, text = await run_in_threadpool(page.answer, request.query_params.get("code", ""), address, lang)
    return HTMLResponse(text, status, {"Content-Language": lang})


async def activity(request: Request) -> HTMLResponse:
    """The public page of an activity, as its poster leads there: for anybody, without a session."""
    from components.activities import announcement as page

    lang = security.language(request.headers)
    status, text = await run_in_threadpool(page.answer, request.query_params.get("code", ""), lang)
    return HTMLResponse(text, status, {"Content-Language": lang})


async def needs_form(request: Request) -> HTMLResponse:
    """The public page on which people fill in a survey by themselves: for anybody who has its code."""
    from components.activities import needs_form as page

    address = request.client.host if request.client else ""
    lang = security.language(request.headers)
    if request.method == "POST":
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > page.MOST_BYTES:
                return HTMLResponse("Too long", 413)
        try:
            given = parse_qs(body.decode("utf-8", "replace"), max_num_fields=page.MOST_FIELDS)
        except ValueError:
            return HTMLResponse("Too long", 413)
        status, text = await run_in_threadpool(page.take, given, address, lang)
    else:
        status, text = await run_in_threadpool(page.show, request.query_params.get("c", ""), address, lang)
    return HTMLResponse(text, status, {"Content-Language": lang})


async def calendar(request: Request) -> Response:
    """The calendar of one volunteer at its secret address; an unknown or revoked one is not found, no more is said."""
    address = request.client.host if request.client else ""
    try:
        found = await run_in_threadpool(
            feed.answer, request.path_params["secret"], str(request.base_url), address
        )
    except Refused as refused:
        wait = str(refused.facts.get("seconds", FIRST_VISIT_SECONDS))
        return PlainTextResponse("Try again later", 429, headers={"Retry-After": wait})
    if found is None:
        return PlainTextResponse("Not found", 404)
    headers = {"ETag": f'"{found.tag}"', "Content-Disposition": 'inline; filename="linli.ics"'}
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(found.body, media_type="text/calendar", headers=headers)


def import_everything() -> dict[str, Exception]:
    """Import what a page may need, so that no visitor waits for it and the freeze covers it.

    Returns why which modules of our own cannot be imported. A library spoils only the pages that use it.
    """
    broken: dict[str, Exception] = {}
    names = list(HEAVY)
    for package in ("db", "components"):
        for module in pkgutil.walk_packages([str(ROOT / package)], f"{package}.", onerror=lambda _name: None):
            if not module.name.startswith("db.migrations") and not module.name.endswith("__main__"):
                names.append(module.name)
    for name in names:
        try:
            importlib.import_module(name)
        except Exception as error:
            if name in HEAVY:
                log.warning("Could not import %s: %s", name, error)
            else:
                broken[name] = error
    return broken


async def first_visit(app: ASGIApp) -> bool:
    """Let somebody who is not signed in open the app once, over the same socket protocol as a browser.

    Returns whether the script ran to its end.
    """
    finished = asyncio.Event()
    ask = BackMsg()
    ask.rerun_script.query_string = ""
    to_app: asyncio.Queue[Message] = asyncio.Queue()
    to_app.put_nowait({"type": "websocket.connect"})
    to_app.put_nowait({"type": "websocket.receive", "bytes": ask.SerializeToString()})

    async def from_app(message: Message) -> None:
        if message["type"] == "websocket.send":
            answer = ForwardMsg.FromString(message["bytes"])
            if answer.WhichOneof("type") == "script_finished":
                finished.set()
        elif message["type"] == "websocket.close":
            finished.set()

    scope = {
        "type": "websocket",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "scheme": "ws",
        "path": "/_stcore/stream",
        "raw_path": b"/_stcore/stream",
        "root_path": "",
        "query_string": b"",
        "headers": [(b"host", b"localhost")],
        "client": ("127.0.0.1", 0),
        "server": ("localhost", 0),
        "subprotocols": ["streamlit"],
        "state": {},
    }
    visit = asyncio.ensure_future(app(scope, to_app.get, from_app))
    try:
        await asyncio.wait_for(finished.wait(), FIRST_VISIT_SECONDS)
    except TimeoutError:
        return False
    finally:
        to_app.put_nowait({"type": "websocket.disconnect", "code": 1000})
        await asyncio.wait({visit}, timeout=HEALTH_SECONDS)
    return True


def build(script: Path = APP, ready: Callable[[], None] = lambda: None) -> ASGIApp:
    """The whole server as one ASGI application; `ready` is called once it can take visitors."""

    @asynccontextmanager
    async def lifespan(app: st.App) -> AsyncIterator[dict[str, Any]]:
        gc.disable()  # what is imported stays: looking through it again and again finds nothing
        # The visit comes first: a module that declares a component wants to be imported by a script.
        if not await first_visit(app):
            log.warning("The first run of %s did not finish", script.name)
        broken = await run_in_threadpool(import_everything)
        if broken:
            for name, error in broken.items():
                complain(Refused("server.broken", part=name, error=error))
            logging.getLogger("uvicorn.error").disabled = True  # the traceback would say it again
            raise ImportError(", ".join(broken))
        gc.collect()
        gc.freeze()
        gc.enable()
        ready()
        daily = asyncio.ensure_future(every_day())
        jobs.start()
        try:
            yield {}
        finally:
            jobs.stop()
            daily.cancel()

    return Guard(
        st.App(
            script.resolve(),
            lifespan=lifespan,
            routes=[
                Route("/healthz", healthz),
                Route("/verify", verify),
                Route("/activity", activity),
                Route("/needs-form", needs_form, methods=["GET", "POST"]),
                Route("/calendar/{secret}.ics", calendar),
            ],
            on_script_error=say_sorry,
        ),
        known=signed_in if script == APP else lambda _headers: True,  # other scripts know no accounts
        hosts=hosts(),
    )


def signed_in(headers: Headers) -> bool:
    """Whether the cookie of a request belongs to a sign-in that is open: nobody else fills the memory with files."""
    from components import session  # declares the cookie component, which needs Streamlit to be running

    cookie = SimpleCookie(headers.get("cookie", "")).get(session.COOKIE)
    token = session.token_in(cookie.value) if cookie else ""
    try:
        return bool(token) and signing.resume(token, in_use=False) is not None
    except Refused:
        return False


async def every_day() -> None:
    """Soon after midnight in the community, count anew what changes with the day: ages, posts that begin or end."""
    counted = None
    while True:
        if counted != clock.today():
            try:
                await run_in_threadpool(counts.refresh_day, access.system())
                await run_in_threadpool(closing.settle, access.system())
                counted = clock.today()
            except Exception:
                log.exception("The figures of the day could not be counted")
        await asyncio.sleep(DAY_CHECK_SECONDS)


def say_sorry(error: Exception) -> bool:
    """What the reader sees when a page fails: a sentence in their language; the rest is in the log."""
    from components import words

    if isinstance(error, Refused):
        words.say(error)
    else:
        log.error("A page failed", exc_info=error)
        words.say(Refused("error.unexpected"))
    return True


def reserve(address: str, port: int) -> socket.socket:
    """A socket bound to `address` and `port`. OSError when the port is taken."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    # The protocol is named because asyncio sets TCP_NODELAY only on sockets that name it.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "nt":
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)  # type: ignore[attr-defined]
        else:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        bound.bind((address, port))
    except BaseException:
        bound.close()
        raise
    return bound


def hosts() -> list[str]:
    """The names by which Linli may be reached: those in LINLI_HOSTS (with commas) and this machine's own, or any.

    Refused `settings.hosts` for what is no name.
    """
    named = [part.strip() for part in os.environ.get("LINLI_HOSTS", "").split(",") if part.strip()]
    for name in named:
        if not re.fullmatch(r"\*|(\*\.)?[\w.-]+|\[[\da-fA-F:]+\]", name):
            raise Refused("settings.hosts", value=name)
    return [*named, "localhost", "127.0.0.1", "[::1]"] if named else ["*"]


def event_loop() -> str:
    """The name of the event loop to use, as uvicorn calls it."""
    return "uvloop" if importlib.util.find_spec("uvloop") else "asyncio"


def configuration(app: ASGIApp) -> uvicorn.Config:
    """How uvicorn serves `app`.

    Who sends a forwarded address is believed only when LINLI_TRUSTED_PROXIES names them (addresses,
    with commas): otherwise anybody could choose the address that sign-in is throttled by.
    """
    proxies = os.environ.get("LINLI_TRUSTED_PROXIES", "")
    return uvicorn.Config(
        app,
        loop=event_loop(),
        ws="websockets-sansio",
        ws_max_size=int(st.get_option("server.maxWidgetStateSize")) * 1024 * 1024,
        ws_per_message_deflate=bool(st.get_option("server.enableWebsocketCompression")),
        ws_ping_interval=30,
        ws_ping_timeout=30,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=proxies or None,
        server_header=False,
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )


def addresses(address: str, port: int) -> list[str]:
    """The addresses to type into a browser: this machine, and the network when it listens there."""
    if address not in (EVERYWHERE, "::"):
        return [f"http://{f'[{address}]' if ':' in address else address}:{port}"]
    found = [f"http://localhost:{port}"]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("10.255.255.255", 1))  # chooses a route; sends nothing
            own = probe.getsockname()[0]
        except OSError:
            return found
    return found if own.startswith("127.") else [*found, f"http://{own}:{port}"]


def complain(refused: Refused) -> int:
    """Say on the console why the server does not start; the process's exit code."""
    print(startup.cannot_start(refused), file=sys.stderr)
    return 1


def main(script: Path = APP, *, sample: bool = False) -> int:
    """Serve until told to stop; the process's exit code. With `sample`, make the sample community first."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    address = os.environ.get("LINLI_ADDRESS") or EVERYWHERE
    try:
        port = settings.read().port
        hosts()
    except Refused as refused:
        return complain(refused)
    try:
        bound = reserve(address, port)
    except OSError:
        return complain(Refused("server.port_taken", address=address, port=port))
    # uvicorn raises the signal again after it has closed everything: then this ends the process.
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(0))

    def ready() -> None:
        if event_loop() == "asyncio":
            print(*startup.slower(), sep="\n")
        print("Linli 邻里:", "  ".join(addresses(address, port)))
        for line in startup.startup_lines():
            print(line)
        sys.stdout.flush()

    with bound:
        if not engine.healthy():
            return complain(Refused("server.no_database"))
        try:
            prepare()
            if sample:
                doing.demo(argparse.Namespace(live=False))
        except Refused as refused:
            return complain(refused)
        except KeyboardInterrupt:
            return 1
        server = uvicorn.Server(configuration(build(script, ready)))
        try:
            server.run(sockets=[bound])
        except KeyboardInterrupt:
            return 0
        except SystemExit as ended:  # uvicorn has a code of its own for a start that failed
            return 1 if ended.code else 0
        return 0 if server.started else 1


if __name__ == "__main__":
    typed = argparse.ArgumentParser(
        prog="python server.py", description="Serve Linli. See docs/operating.md."
    )
    typed.add_argument(
        "--sample", action="store_true", help="make the sample community first, if it is not there"
    )
    sys.exit(main(sample=typed.parse_args().sample))
