"""What stands between Streamlit and the network: closed addresses, headers, and the document itself.

A pure ASGI wrapper, outside everything else, so that error pages pass through it too.
"""

import re
from base64 import b64encode
from collections.abc import Callable, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote, urlsplit

import streamlit as st
from google.protobuf.message import DecodeError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg

# The only ones of Streamlit's own routes that a page needs. The others (metrics, the agent interface,
# the script's health, whatever a later version adds) do not exist here, however Streamlit is configured.
OPEN_CORE = (
    "/_stcore/health",
    "/_stcore/host-config",
    "/_stcore/stream",
    "/_stcore/upload_file/",
    "/_stcore/bidi-components/",
)
CLOSED = ("/auth/login", "/auth/logout", "/oauth2callback")

# The pages that Linli itself serves to anybody, without Streamlit: whether a certificate is real, a survey's form,
# an activity.
PUBLIC = ("/verify", "/needs-form", "/activity")

# What a window may ask of Streamlit over its socket. The rest serves developers, and Streamlit takes it from
# anybody: clear_cache empties the caches of all windows.
ASKED = frozenset(
    ("rerun_script", "stop_script", "app_heartbeat", "file_urls_request", "backend_operation_request")
)
OPERATIONS = frozenset(("deferred_file", "dataframe_chunk"))

LANGUAGE_COOKIE = "linli_lang"
LANGUAGES = {"zh": "zh-CN", "en": "en"}
TITLE = "Linli 邻里"
NO_SCRIPT = {
    "zh-CN": "邻里需要浏览器开启 JavaScript。",
    "en": "Linli needs a browser with JavaScript switched on.",
}

PERMISSIONS = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer",
        "autoplay",
        "browsing-topics",
        "camera",
        "display-capture",
        "geolocation",
        "gyroscope",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "usb",
    )
)


def policy(scripts: str = "'self'", ancestors: str = "'none'") -> str:
    """The content security policy: nothing from elsewhere, no inline script.

    Styles are set inline by Streamlit and Plotly; workers and downloads come from blob addresses that
    the page itself has made.
    """
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src {scripts}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "media-src 'self' blob:",
            "connect-src 'self'",
            "worker-src 'self' blob:",
            "frame-src 'self'",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            f"frame-ancestors {ancestors}",
        )
    )


def language(headers: Headers) -> str:
    """The reader's language as HTML writes it: the one chosen, else the browser's first that we speak."""
    chosen = cookie_parser(headers.get("cookie", "")).get(LANGUAGE_COOKIE, "")[:2]
    if chosen in LANGUAGES:
        return LANGUAGES[chosen]
    wishes = []
    for place, part in enumerate(headers.get("accept-language", "")[:500].split(",")):
        name, _, quality = part.partition(";q=")
        try:
            weight = float(quality or 1)
        except ValueError:
            weight = 0.0
        wishes.append((-weight, place, name.strip()[:2].lower()))
    return next((LANGUAGES[name] for _, _, name in sorted(wishes) if name in LANGUAGES), "zh-CN")


@cache
def document(lang: str) -> bytes:
    """Streamlit's page in the reader's language, without inline script and without references we do not serve."""
    text = (Path(st.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    text = re.sub(r"<!--.*?-->\s*", "", text, flags=re.DOTALL)
    text = re.sub(r"<script>.*?</script>\s*", "", text, flags=re.DOTALL)
    text = re.sub(r"<link\s[^>]*rel=\"(?:service-desc|preload)\"[^>]*>\s*", "", text)
    text = re.sub(r"<html[^>]*>", f'<html lang="{lang}">', text)
    text = re.sub(r"<title>.*?</title>", f"<title>{TITLE}</title>", text)
    return re.sub(
        r"<noscript>.*?</noscript>", f"<noscript>{NO_SCRIPT[lang]}</noscript>", text, flags=re.DOTALL
    ).encode()


def inline_scripts(page: bytes) -> str:
    """The sources for `script-src` that let the inline scripts of a component's own page run, and no other."""
    found = re.findall(rb"<script>(.*?)</script>", page, flags=re.DOTALL)
    return " ".join(
        ["'self'", *(f"'sha256-{b64encode(sha256(script).digest()).decode()}'" for script in found)]
    )


UPLOADS = "/_stcore/upload_file"


def closed(path: str) -> bool:
    """Whether an address of Streamlit's is not served at all."""
    if path.startswith("/_stcore"):
        return not path.startswith(OPEN_CORE)
    return path.rstrip("/") in CLOSED


def above(path: str) -> str | None:
    """Where an address leads that lies below a page, such as /shifts/new: to the page. Streamlit would stay blank there."""
    first, _slash, rest = path.strip("/").partition("/")
    return f"/{quote(first)}" if rest else None


def foreign(headers: Headers) -> bool:
    """Whether a page of another site opens the connection.

    Streamlit would ask an outside service for this machine's address before it says no.
    """
    origin = headers.get("origin")
    if origin is None or origin in st.get_option("server.corsAllowedOrigins"):
        return False
    return urlsplit(origin).netloc != headers.get("host")


def asked(message: bytes) -> bool:
    """Whether what a window sends is something that windows need."""
    try:
        said = BackMsg.FromString(message)
    except DecodeError:
        return False
    kind = said.WhichOneof("type")
    if kind == "backend_operation_request":
        return said.backend_operation_request.WhichOneof("payload") in OPERATIONS
    return kind in ASKED


def listening(receive: Receive) -> Receive:
    """A socket from which nothing comes that is not `asked`."""

    async def heard() -> Message:
        while True:
            message = await receive()
            if message["type"] != "websocket.receive" or asked(message.get("bytes") or b""):
                return message

    return heard


class Guard:
    """Wraps an ASGI application: see the module. `hosts` are the names by which it may be reached."""

    def __init__(
        self,
        app: ASGIApp,
        known: Callable[[Headers], bool] = lambda _headers: True,
        hosts: Sequence[str] = ("*",),
    ) -> None:
        self.app = TrustedHostMiddleware(app, hosts, www_redirect=False)
        self.known = known  # whether a request comes from somebody who is signed in

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self.answer(scope, receive, send)
        elif scope["type"] == "websocket" and (closed(scope["path"]) or foreign(Headers(scope=scope))):
            await send({"type": "websocket.close", "code": 1008})
        elif scope["type"] == "websocket":
            await self.app(scope, listening(receive), send)
        else:
            await self.app(scope, receive, send)

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One HTTP request."""
        path = scope["path"]
        component = path.startswith("/component/")
        if component and not path.endswith((".js", ".css", ".map", ".woff2")):
            # Its inline scripts are hashed below, which needs the page as it is.
            scope = {**scope, "headers": [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]}
        start: Message = {}
        page: bytes | None = None
        parts: list[bytes] = []

        async def guarded(message: Message) -> None:
            nonlocal start, page
            if message["type"] == "http.response.start":
                start = message
                headers = MutableHeaders(raw=list(message["headers"]))
                protect(headers, path)
                start["headers"] = headers.raw
                html = headers.get("content-type", "").startswith("text/html")
                if html and not component and path not in PUBLIC and message["status"] in (200, 206):
                    page = document(language(Headers(scope=scope)))
                elif path in PUBLIC or not (html and component):
                    await send(start)
                    start = {}
                return
            if not start:
                await send(message)
                return
            parts.append(message.get("body", b""))
            if message.get("more_body", False):
                return
            headers = MutableHeaders(raw=start["headers"])
            if page is None:
                body = b"".join(parts)
                headers["Content-Security-Policy"] = policy(inline_scripts(body), "'self'")
            else:
                for name in ("etag", "last-modified", "content-encoding", "content-range", "accept-ranges"):
                    del headers[name]
                start["status"] = 200
                if (instead := above(path)) is not None:
                    start["status"], page = 303, b""
                    headers["Location"] = instead
                headers["Content-Length"] = str(len(page))
                headers["Content-Language"] = language(Headers(scope=scope))
                headers["Vary"] = "Cookie, Accept-Language"
                body = b"" if scope["method"] == "HEAD" else page
            await send(start)
            await send({"type": "http.response.body", "body": body})

        if closed(path):
            await PlainTextResponse("Not found", 404)(scope, receive, guarded)
        elif path.startswith(UPLOADS) and not await run_in_threadpool(self.known, Headers(scope=scope)):
            await PlainTextResponse("Sign in first", 403)(scope, receive, guarded)
        else:
            await self.app(scope, receive, guarded)


def protect(headers: MutableHeaders, path: str) -> None:
    """Set what every answer carries."""
    component = path.startswith("/component/")
    headers["Content-Security-Policy"] = policy(ancestors="'self'" if component else "'none'")
    headers["X-Frame-Options"] = "SAMEORIGIN" if component else "DENY"
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin"
    headers["Permissions-Policy"] = PERMISSIONS
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["X-Robots-Tag"] = "noindex"
    if path in PUBLIC:
        headers["Vary"] = "Cookie, Accept-Language"
    if "link" in headers:
        del headers["link"]
    # Only Streamlit's own files stay in a browser that the next person will use too. A calendar asks again each time.
    if path.startswith("/calendar/"):
        headers["Cache-Control"] = "private, no-cache"
    elif not path.startswith(("/static/", "/component/")):
        headers["Cache-Control"] = "no-store"
