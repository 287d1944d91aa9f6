"""The one place that speaks to the outside: hands a text to apprise and says plainly what came back.

apprise answers yes or no. Here is also heard why not: a robot that refuses says so under status 200, and apprise
takes that for a success with DingTalk and WeCom. Nothing of an address or password gets into what is told.
"""

import json
import logging
import re
import threading
import warnings
from dataclasses import dataclass
from typing import Any

import requests
from apprise.plugins import custom_json, dingtalk, feishu, wecombot

from db.system.channels import SECONDS

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # it asks for a module that Python 3.13 has not
    from apprise.plugins import email

# By name: when apprise is asked to choose, it first loads its hundred and fifty plugins.
_PLUGINS: dict[str, Any] = {
    "wecombot": wecombot.NotifyWeComBot,
    "dingtalk": dingtalk.NotifyDingTalk,
    "feishu": feishu.NotifyFeishu,
    "mailto": email.NotifyEmail,
    "mailtos": email.NotifyEmail,
    "json": custom_json.NotifyJSON,
    "jsons": custom_json.NotifyJSON,
}

_LONGEST = 160
_TROUBLE = "Socket Exception: "


@dataclass(frozen=True)
class Answer:
    """What came back. `problem` is a code for the reader: outside.unusable, .silent, .timeout,
    .certificate, .refused, .failed."""

    ok: bool
    problem: str = ""
    detail: str = ""


class _Heard(threading.local):
    """What this thread heard while it handed over one text."""

    answer: Answer | None = None


_heard = _Heard()


class _Requests:
    """`requests` as the plugins use it, with an ear for what comes back."""

    def __init__(self, reads: bool) -> None:
        self.reads = reads  # whether the receiver is a robot whose answer says if it took the text

    def __getattr__(self, name: str) -> Any:
        return getattr(requests, name)

    def post(self, url: str, **asked: Any) -> requests.Response:
        return self.request("POST", url, **asked)

    def request(self, method: str, url: str, **asked: Any) -> requests.Response:
        """As `requests.request`; RequestException also when a robot refuses."""
        try:
            answer = requests.request(method, url, **{**asked, "timeout": SECONDS})  # noqa: S113
        except requests.RequestException as error:
            _heard.answer = Answer(False, _why(error))
            raise
        if not answer.ok:
            _heard.answer = Answer(False, "outside.refused", f"HTTP {answer.status_code}")
        elif self.reads and (said := _refusal(answer)):
            _heard.answer = Answer(False, "outside.refused", said)
            raise requests.RequestException(said)
        return answer


def _why(error: requests.RequestException) -> str:
    """The kind of trouble. The error's own text holds the address with its token."""
    if isinstance(error, requests.Timeout):
        return "outside.timeout"
    return "outside.certificate" if isinstance(error, requests.exceptions.SSLError) else "outside.silent"


def _refusal(answer: requests.Response) -> str:
    """What a robot says when it did not take the text, "" when it did."""
    try:
        said = json.loads(answer.content)
    except ValueError:
        return "no robot"
    if not isinstance(said, dict):
        return "no robot"
    code = said.get("errcode", said.get("code", said.get("StatusCode", 0)))
    if code in (0, None):
        return ""
    return _short(f"{code} {said.get('errmsg') or said.get('msg') or ''}")


def _short(text: str) -> str:
    """Without mail addresses and long tokens, on one line."""
    text = re.sub(r"[^\s<>'\"(]+@[^\s<>'\",)]+", "…@…", text)
    text = re.sub(r"[A-Za-z0-9_-]{24,}", "…", text)
    return " ".join(text.split())[:_LONGEST]


class _Ear(logging.Handler):
    """apprise tells why a mail was not taken only in its log, which nobody else reads: it holds addresses."""

    def emit(self, record: logging.LogRecord) -> None:
        said = record.getMessage()
        if said.startswith(_TROUBLE) and _heard.answer is None:
            _heard.answer = _of_mail(said.removeprefix(_TROUBLE))


def _of_mail(trouble: str) -> Answer:
    """What went wrong with a mail: the server's own reply, or that there was none."""
    reply = re.search(r"\(?(\d{3}), b?['\"](.*?)['\"]\)", trouble)
    if reply:
        return Answer(False, "outside.refused", _short(f"{reply[1]} {reply[2]}"))
    for sign, problem in (("timed out", "timeout"), ("CERTIFICATE", "certificate"), ("Errno", "silent")):
        if sign in trouble:
            return Answer(False, f"outside.{problem}")
    return Answer(False, "outside.refused", _short(trouble))


def _listen() -> None:
    for module in (dingtalk, feishu, wecombot, custom_json):
        vars(module)["requests"] = _Requests(reads=module is not custom_json)
    told = logging.getLogger("apprise")
    told.handlers, told.propagate = [_Ear()], False
    told.setLevel(logging.DEBUG)
    logging.getLogger("urllib3").setLevel(logging.INFO)  # below, it tells each address with its token


_listen()


def made(address: str) -> Any:
    """The plugin of an address. Raises what the plugin likes when it is of no use."""
    plugin = _PLUGINS[address.split("://", 1)[0]]
    return plugin(**plugin.parse_url(address))


def hand_over(address: str, title: str, body: str) -> Answer:
    """Send a text to a channel's address. Takes SECONDS at most for each step; never call it in a transaction."""
    _heard.answer = None
    try:
        server = made(address)
    except Exception:
        return Answer(False, "outside.unusable")
    try:
        taken = server.notify(body=body, title=title)
    except Exception as error:  # a plugin may raise whatever it likes: other channels go on
        return Answer(False, "outside.failed", type(error).__name__)
    if taken:
        return Answer(True)
    return _heard.answer or Answer(False, "outside.failed")
