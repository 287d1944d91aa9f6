"""Ways out: addresses as they are pasted, receivers on this machine, failures, nights, killed processes."""

import email
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from apprise import Apprise
from apprise.plugins.dingtalk import NotifyDingTalk
from apprise.plugins.feishu import NotifyFeishu
from apprise.plugins.wecombot import NotifyWeComBot
from sqlalchemy import select, text

from db import access, clock, engine
from db.access import Viewer
from db.errors import Refused
from db.system import channels, community, delivering, jobs, messages, outside, rotation, trail
from db.system.channels import Channel, Delivery, address_of
from db.system.messages import Addressee, Sent
from db.system.trail import Asked
from db.work import Work, command
from tests.conftest import NOON, Town
from tests.screens import Screens, text_of
from tests.system.receivers import Receiver, mail_server, robot

KEY = "693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa"
TOKEN = "1f" * 32
URLS = {
    "wecom": f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={KEY}",
    "dingtalk": f"https://oapi.dingtalk.com/robot/send?access_token={TOKEN}",
    "feishu": f"https://open.feishu.cn/open-apis/bot/v2/hook/{KEY}",
}
MAIL = {"server": "smtp.example.cn", "port": "465", "user": "office@example.cn", "password": "p&ss?/ 密",
        "sender": "office@example.cn"}  # fmt: skip


@pytest.fixture(autouse=True)
def kinds(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A kind that the office's group hears of, and one that only concerns a person."""
    monkeypatch.setattr(messages, "_kinds", dict(messages._kinds))
    messages.declare("shift.open", title="{name} at {place}", body="", outside="Who can come?", group=True)
    messages.declare("shift.yours", title="{name} at {place}", body="", outside="Something for you.")
    yield
    jobs.stop()
    jobs._stopping.clear()


@pytest.fixture
def gateway() -> Iterator[Receiver]:
    with robot() as receiver:
        yield receiver


@pytest.fixture
def post_office() -> Iterator[Receiver]:
    with mail_server() as receiver:
        yield receiver


@command("me.view")
def tell(work: Work, *to: Viewer, kind: str = "shift.open", **said: Any) -> Sent:
    people = [Addressee(f"v{one.account_id}", one.name, one.account_id) for one in to]
    facts = {"name": "张桂梅", "place": "12栋3单元402"}
    return messages.send(work, to=people, kind=kind, subject="shift:7", facts=facts, link="/map", **said)


def add_gateway(town: Town, port: int, name: str = "网关") -> int:
    typed = {"url": f"http://127.0.0.1:{port}/hook?token=very-secret-1"}
    return channels.add_channel(town.anna, name=name, sort="other", whom="office", typed=typed)


def add_mail(town: Town, port: int, whom: str = "person") -> int:
    typed = {"server": "127.0.0.1", "port": str(port), "secure": "insecure", "sender": "office@example.cn",
             "to": "all@example.cn"}  # fmt: skip
    return channels.add_channel(town.anna, name="邮件", sort="mail", whom=whom, typed=typed)


def deliveries() -> list[Delivery]:
    with engine.reading() as session:
        found = list(session.execute(select(Delivery).order_by(Delivery.id)).scalars())  # type: ignore[arg-type]
        session.expunge_all()
        return found


def at(minutes: float) -> Any:
    return clock.at(NOON + timedelta(minutes=minutes))


# Addresses


@pytest.mark.filterwarnings("ignore:'imghdr':DeprecationWarning")
@pytest.mark.parametrize(
    ("sort", "whom", "typed", "plugin"),
    [
        ("wecom", "office", {"url": URLS["wecom"]}, {"key": KEY}),
        ("dingtalk", "office", {"url": URLS["dingtalk"]}, {"token": TOKEN, "secret": None}),
        ("dingtalk", "office", {"url": URLS["dingtalk"], "secret": "SECabC123"}, {"token": TOKEN, "secret": "SECabC123"}),
        ("feishu", "office", {"url": URLS["feishu"]}, {"token": KEY}),
        ("mail", "office", {**MAIL, "to": "all@example.cn"},
         {"smtp_host": "smtp.example.cn", "port": 465, "user": "office@example.cn", "password": "p&ss?/ 密",
          "from_addr": (False, "office@example.cn"), "targets": [(False, "all@example.cn")], "secure_mode": "ssl"}),
        ("mail", "office", {**MAIL, "to": "all@example.cn", "secure": "starttls", "user": "", "port": "587"},
         {"smtp_host": "smtp.example.cn", "port": 587, "user": None, "secure_mode": "starttls"}),
        ("other", "office", {"url": "https://li:pw@gw.example.cn:8443/x/y?token=a+b"},
         {"host": "gw.example.cn", "port": 8443, "fullpath": "/x/y", "user": "li", "password": "pw",
          "params": {"token": "a b"}, "secure": True}),
    ],
)  # fmt: skip
def test_what_is_pasted_is_what_apprise_uses(
    sort: str, whom: str, typed: dict[str, str], plugin: dict[str, Any]
) -> None:
    address, hint = address_of(sort, whom, typed)
    assert Apprise().add(address)
    made = outside.made(address)
    assert {name: getattr(made, name) for name in plugin} == plugin
    for secret in (KEY, TOKEN, "SECabC123", "p&ss", "pw@", "a b", "a+b"):
        assert secret not in hint


def test_mail_to_a_person_is_addressed_when_it_is_sent() -> None:
    address, _hint = address_of("mail", "person", MAIL)
    made = outside.made(channels.addressed(address, "li+x@example.cn"))
    assert made.targets == [(False, "li+x@example.cn")]


@pytest.mark.parametrize(
    ("sort", "typed", "code"),
    [
        ("wecom", {"url": URLS["dingtalk"]}, "channel.robot"),
        ("wecom", {"url": URLS["wecom"].replace("https", "http")}, "channel.robot"),
        ("wecom", {"url": URLS["wecom"].replace("qq.com", "qq.com.evil.example")}, "channel.robot"),
        ("wecom", {"url": "https://qyapi.weixin.qq.com@evil.example/cgi-bin/webhook/send?key=" + KEY}, "channel.robot"),
        ("wecom", {"url": "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=a/b&c"}, "channel.robot"),
        ("dingtalk", {"url": "https://oapi.dingtalk.com/robot/send"}, "channel.robot"),
        ("dingtalk", {"url": "https://[oapi.dingtalk.com/robot/send"}, "channel.robot"),
        ("dingtalk", {"url": URLS["dingtalk"], "secret": "no secret!"}, "channel.secret"),
        ("feishu", {"url": "https://open.feishu.cn/open-apis/bot/v2/hook/"}, "channel.robot"),
        ("other", {"url": "ftp://gw.example.cn/"}, "channel.gateway"),
        ("other", {"url": "http://gw.example.cn:99999/"}, "channel.gateway"),
        ("other", {"url": ""}, "channel.gateway"),
        ("mail", {**MAIL, "server": "smtp example"}, "channel.server"),
        ("mail", {**MAIL, "port": "0"}, "channel.port"),
        ("mail", {**MAIL, "port": "４６５"}, "channel.port"),
        ("mail", {**MAIL, "sender": "office"}, "mail.address"),
        ("mail", {**MAIL, "to": "a@b.cn\nBcc: c@d.cn"}, "mail.address"),
        ("mail", {**MAIL, "secure": "perhaps", "to": "a@b.cn"}, "channel.server"),
        ("pigeon", {}, "channel.sort"),
    ],
)  # fmt: skip
def test_what_is_no_such_address_is_refused(sort: str, typed: dict[str, str], code: str) -> None:
    with pytest.raises(Refused) as refusal:
        address_of(sort, "office", typed)
    assert refusal.value.code == code


def test_only_administrators_set_up_ways_out(town: Town) -> None:
    channel = add_gateway(town, 9)
    for viewer in (town.shen, town.lei, town.vera, None):
        for call in (
            lambda who: channels.channels(who),
            lambda who: channels.add_channel(who, name="x", sort="other", whom="office", typed={}),
            lambda who: channels.change_channel(who, channel_id=channel, version=1, name="x", active=False),
            lambda who: channels.try_again(who, channel_id=channel),
            lambda who: delivering.try_out(who, channel_id=channel),
        ):
            with pytest.raises(Refused, match=r"access\.denied|signin\.needed"):
                call(viewer)


def test_an_address_is_sealed_and_seen_nowhere_again(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    channel = add_gateway(town, 9)
    channels.change_channel(
        town.anna, channel_id=channel, version=1, name="新网关", active=True,
        typed={"url": "http://127.0.0.1:9/other?token=very-secret-2"},
    )  # fmt: skip
    answer = delivering.try_out(town.anna, channel_id=channel)
    with engine.reading() as session:
        raw = session.execute(text("SELECT address FROM channel")).scalar_one()
    assert b"secret" not in bytes(raw)
    logged = [one.getMessage() for one in caplog.records if one.name != "apprise"]
    assert not logging.getLogger("apprise").propagate, (
        "its log reaches nobody but us; pytest listens all the same"
    )
    seen = [str(channels.channels(town.anna)), str(answer), *logged]
    seen += [str(one) for one in trail.search(town.anna, asked=Asked()).entries]
    assert not any("very-secret" in one for one in seen)
    assert (answer.ok, answer.problem, answer.detail) == (False, "outside.silent", "")
    rotation.rotate(wait=0)
    with engine.reading() as session:
        assert "very-secret-2" in str(session.get_one(Channel, channel).address)


def test_two_who_change_a_channel_at_once(town: Town) -> None:
    channel = add_gateway(town, 9)
    channels.change_channel(town.anna, channel_id=channel, version=1, name="甲", active=True)
    with pytest.raises(Refused, match=r"record\.changed"):
        channels.change_channel(town.anna, channel_id=channel, version=1, name="乙", active=True)
    with pytest.raises(Refused, match=r"channel\.name"):
        channels.change_channel(town.anna, channel_id=channel, version=2, name=" ", active=True)
    with pytest.raises(Refused, match=r"channel\.whom"):
        channels.add_channel(town.anna, name="x", sort="wecom", whom="person", typed={"url": URLS["wecom"]})


# What goes out


def test_the_groups_gateway_hears_once_and_nothing_about_anybody(town: Town, gateway: Receiver) -> None:
    add_gateway(town, gateway.port)
    community.change_setting(town.anna, name="community_name", value="红星社区")
    community.change_setting(town.anna, name="public_address", value="https://linli.example/")
    tell(town.shen, town.vera, town.lei)
    assert delivering.deliver() == 1
    assert delivering.deliver() == 0
    (came,) = gateway.came
    assert came["path"] == "/hook?token=very-secret-1"
    assert (came["title"], came["message"]) == ("邻里 · 红星社区", "Who can come?\nhttps://linli.example/map")
    assert [one.state for one in deliveries()] == ["sent"]
    one = channels.channels(town.anna)[0]
    assert (one.last_ok_at, one.failing, one.waiting) == (NOON, False, 0)


def test_what_concerns_one_person_is_not_told_to_the_group(town: Town, gateway: Receiver) -> None:
    add_gateway(town, gateway.port)
    tell(town.shen, town.vera, kind="shift.yours")
    assert delivering.deliver() == 0
    assert gateway.came == []


def test_mail_goes_to_whoever_wants_it(town: Town, post_office: Receiver) -> None:
    assert channels.own_mail(town.vera) is None
    add_mail(town, post_office.port)
    channels.keep_own_mail(town.vera, address="vera@example.cn")
    assert (channels.own_mail(town.vera), channels.own_mail(town.shen)) == ("vera@example.cn", "")
    sent = tell(town.shen, town.vera, town.lei, kind="shift.yours")
    assert (sent.inbox, sent.mail) == (2, 1)
    assert delivering.deliver() == 1
    ((to, letter),) = post_office.came
    assert "vera@example.cn" in to
    content = email.message_from_string(letter).get_payload(decode=True)
    assert content.decode().strip() == "Something for you.", "no name, no address, no reason"
    channels.keep_own_mail(town.vera, address="")
    assert tell(town.shen, town.vera, kind="shift.yours").mail == 0
    with pytest.raises(Refused, match=r"mail\.address"):
        channels.keep_own_mail(town.vera, address="vera")


def test_who_has_mail_and_no_account_is_not_called(town: Town, post_office: Receiver) -> None:
    add_mail(town, post_office.port)

    @command("me.view")
    def tell_uncle(work: Work) -> Sent:
        channels.keep_mail(work, "v99", "uncle@example.cn")
        uncle = Addressee("v99", "李建国", phone_known=True)
        return messages.send(work, to=[uncle], kind="shift.yours", subject="x", facts={})

    assert tell_uncle(town.shen) == Sent(inbox=0, mail=1, phone=0)
    assert delivering.deliver() == 1
    assert "uncle@example.cn" in post_office.came[0][0]


@pytest.mark.parametrize(
    ("sort", "plugin", "refusal", "path"),
    [
        ("wecom", NotifyWeComBot, {"errcode": 93000, "errmsg": "invalid webhook url"}, "/?key={key}"),
        (
            "dingtalk",
            NotifyDingTalk,
            {"errcode": 310000, "errmsg": "keywords not in content"},
            "/?key={token}",
        ),
        ("feishu", NotifyFeishu, {"code": 19024, "msg": "Key Words Not Found"}, "/{token}"),
    ],
)
def test_a_robot_takes_it_or_says_why_not(
    town: Town, gateway: Receiver, monkeypatch: pytest.MonkeyPatch, sort: str, plugin: Any, refusal: dict[str, Any],
    path: str,
) -> None:  # fmt: skip
    """A robot refuses with status 200: apprise alone would call that sent with two of the three."""
    monkeypatch.setattr(plugin, "notify_url", f"http://127.0.0.1:{gateway.port}{path}")
    channel = channels.add_channel(town.anna, name="群", sort=sort, whom="office", typed={"url": URLS[sort]})
    assert delivering.try_out(town.anna, channel_id=channel).ok
    assert "邻里" in str(gateway.came[0]), "the key word that robots are set up with"
    gateway.answer = refusal
    answer = delivering.try_out(town.anna, channel_id=channel)
    assert (answer.ok, answer.problem) == (False, "outside.refused")
    assert answer.detail == " ".join(str(one) for one in refusal.values())
    gateway.status = 500
    assert delivering.try_out(town.anna, channel_id=channel).detail == "HTTP 500"


def test_a_mail_server_that_refuses_is_quoted_without_addresses(town: Town, post_office: Receiver) -> None:
    channel = add_mail(town, post_office.port)
    post_office.refuses = "550 no such user li@example.cn here"
    answer = delivering.try_out(town.anna, channel_id=channel, to="li@example.cn")
    assert (answer.ok, answer.problem, answer.detail) == (
        False,
        "outside.refused",
        "550 no such user …@… here",
    )
    with pytest.raises(Refused, match=r"mail\.address"):
        delivering.try_out(town.anna, channel_id=channel, to="li")


def test_a_mail_server_that_is_not_there(town: Town) -> None:
    answer = delivering.try_out(town.anna, channel_id=add_mail(town, 9), to="li@example.cn")
    assert (answer.ok, answer.problem, answer.detail) == (False, "outside.silent", "")


def test_a_receiver_that_does_not_answer_is_left_after_a_while(
    town: Town, gateway: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outside, "SECONDS", 0.3)
    gateway.rings = lambda: time.sleep(1.5)
    began = time.monotonic()
    answer = delivering.try_out(town.anna, channel_id=add_gateway(town, gateway.port))
    assert (answer.problem, time.monotonic() - began < 1.3) == ("outside.timeout", True)


# When it does not go out


def test_a_failing_channel_is_tried_again_and_others_are_not_kept_waiting(
    town: Town, gateway: Receiver
) -> None:
    dead = add_gateway(town, 9, "死网关")
    add_gateway(town, gateway.port)
    tell(town.shen, town.vera)
    tried = []
    for minutes in (0, 0.5, 1, 3, 6, 30, 36, 100, 156, 500):
        with at(minutes):
            delivering.deliver()
            tried.append(deliveries()[0].attempts)
    assert tried == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert len(gateway.came) == 1
    assert [one.state for one in deliveries()] == ["gave_up", "sent"]
    assert messages.unread(town.vera) == 1, "the inbox had it at once"
    broken = next(one for one in channels.channels(town.anna) if one.id == dead)
    assert (broken.failing, broken.last_problem, broken.last_detail, broken.gave_up) == (
        True, "outside.silent", "", 1,
    )  # fmt: skip
    (told,) = messages.inbox(town.anna).entries
    assert (told.kind.title, told.facts) == ("Messages do not go out by “{channel}”", {"channel": "死网关"})
    assert messages.unread(town.shen) == 0
    assert channels.try_again(town.anna, channel_id=dead) == 1
    assert delivering.deliver() == 0
    assert deliveries()[0].attempts == 1


def test_administrators_hear_of_a_dead_channel_once_a_day(town: Town) -> None:
    add_gateway(town, 9)
    for _number in range(3):
        tell(town.shen, town.vera)
    for minutes in (0, 1, 2, 3, 6, 8, 36, 40, 156, 160, 170, 200):
        with at(minutes):
            delivering.deliver()
    assert {one.state for one in deliveries()} == {"gave_up"}
    assert messages.unread(town.anna) == 1


def test_what_could_not_go_out_for_a_day_stays_here(town: Town, gateway: Receiver) -> None:
    """Also after an old backup was restored: what had been sent since is not sent again."""
    add_gateway(town, gateway.port)
    tell(town.shen, town.vera)
    with at(24 * 60 + 1):
        assert delivering.deliver() == 0
    assert gateway.came == []
    assert [(one.state, one.problem) for one in deliveries()] == [("gave_up", "outside.late")]


def test_a_channel_that_was_switched_off_sends_nothing_more(town: Town, gateway: Receiver) -> None:
    channel = add_gateway(town, gateway.port)
    tell(town.shen, town.vera)
    channels.change_channel(town.anna, channel_id=channel, version=1, name="网关", active=False)
    assert delivering.deliver() == 0
    tell(town.shen, town.vera)
    assert [one.state for one in deliveries()] == ["dropped"]


def test_at_night_it_waits_for_the_morning_unless_it_is_urgent(town: Town, gateway: Receiver) -> None:
    add_gateway(town, gateway.port)
    night = datetime(2026, 11, 23, 22, 15, tzinfo=clock.PLACE)
    with clock.at(night):
        tell(access.system(), town.vera)
        tell(access.system(), town.lei, urgent=True)
        assert delivering.deliver() == 1
        assert len(gateway.came) == 1
    with engine.reading() as session:
        assert session.execute(text("SELECT count(*) FROM message")).scalar() == 2
    with clock.at(night.replace(day=24, hour=7, minute=59)):
        assert delivering.deliver() == 0
    with clock.at(night.replace(day=24, hour=8, minute=0)):
        assert delivering.deliver() == 1


def test_two_processes_never_send_the_same(town: Town, gateway: Receiver) -> None:
    add_gateway(town, gateway.port)
    for _number in range(12):
        tell(town.shen, town.vera)
    gateway.rings = lambda: time.sleep(0.01)
    sent: list[int] = []
    threads = [threading.Thread(target=lambda: sent.append(delivering.deliver())) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (sum(sent), len(gateway.came)) == (12, 12)


KILLED = """
import os
import db.models
from db.system import delivering
from db.system.outside import Answer
before = {before}
def stop(*_args):
    os._exit(9)
if before:
    delivering.hand_over = stop
else:
    settle = delivering._settle
    delivering._settle = lambda taken, answer: (settle(taken, answer), stop())
delivering.deliver()
"""


@pytest.mark.parametrize("before", [True, False], ids=["before it is sent", "after it is noted"])
def test_a_killed_process_loses_nothing_and_doubles_nothing(
    town: Town, gateway: Receiver, before: bool
) -> None:
    add_gateway(town, gateway.port)
    with clock.at(datetime.now(tz=clock.PLACE)):
        tell(access.system(), town.vera, urgent=True)
        tell(access.system(), town.lei, urgent=True)
    killed = subprocess.run(
        [sys.executable, "-c", KILLED.format(before=before)], cwd=Path(__file__).parents[2], env=dict(os.environ),
        timeout=60, check=False,
    )  # fmt: skip
    assert killed.returncode == 9
    assert len(gateway.came) == (0 if before else 1)
    later = datetime.now(tz=clock.PLACE)
    with clock.at(later):
        assert delivering.deliver() == 1, "what the killed process had not begun"
    with clock.at(later + timedelta(minutes=3)):
        delivering.deliver()
    with clock.at(later + timedelta(minutes=10)):
        assert delivering.deliver() == 0
    assert len(gateway.came) == 2
    assert [one.state for one in deliveries()] == ["sent", "sent"]


def test_nobody_waits_for_a_receiver_and_no_transaction_is_open_meanwhile(
    town: Town, gateway: Receiver
) -> None:
    add_gateway(town, gateway.port)
    wrote, reached = threading.Event(), threading.Event()

    def write_meanwhile() -> None:
        reached.set()
        community.change_setting(town.anna, name="community_name", value="新名")
        wrote.set()

    gateway.rings = write_meanwhile
    jobs.start()
    began = time.monotonic()
    tell(town.shen, town.vera)
    assert time.monotonic() - began < 2
    assert reached.wait(10), "it goes out right after the commit, without waiting for the minute"
    assert wrote.wait(5)
    for _number in range(100):
        if deliveries()[0].state == "sent":
            break
        time.sleep(0.05)
    assert deliveries()[0].state == "sent"


# The screen


def test_an_administrator_adds_a_robot_and_tests_it(town: Town, open_app: Screens, gateway: Receiver) -> None:
    app = open_app(town.anna, "settings", part="channels")
    assert "Nothing goes out yet." in text_of(app)
    app.selectbox(key="channel_sort").set_value("other").run()
    app.text_input(key="channel_name").set_value("短信网关")
    app.text_input(key="channel_new_url").set_value("nonsense")
    next(one for one in app.button if one.label == "Add").click().run()
    assert "This is no address of a gateway" in text_of(app)
    app.text_input(key="channel_new_url").set_value(f"http://127.0.0.1:{gateway.port}/x?token=very-secret")
    next(one for one in app.button if one.label == "Add").click().run()
    (channel,) = channels.channels(town.anna)
    assert "**短信网关**" in text_of(app)
    app = open_app(town.anna, "settings", part="channels")
    assert "very-secret" not in text_of(app) + str([one.value for one in app.text_input])
    app.button(key=f"channel_test_{channel.id}").click().run()
    assert "The receiver took the test message." in text_of(app)
    gateway.status = 403
    app.button(key=f"channel_test_{channel.id}").click().run()
    assert "It says: HTTP 403" in text_of(app)


def test_a_person_says_where_mail_goes(town: Town, open_app: Screens, post_office: Receiver) -> None:
    assert not [one for one in open_app(town.vera, "inbox").text_input if one.key == "own_mail_address"]
    add_mail(town, post_office.port)
    app = open_app(town.vera, "inbox")
    app.text_input(key="own_mail_address").set_value("vera")
    next(one for one in app.button if one.label == "Save").click().run()
    assert "“vera” is no mail address" in text_of(app)
    app.text_input(key="own_mail_address").set_value("vera@example.cn")
    next(one for one in app.button if one.label == "Save").click().run()
    assert channels.own_mail(town.vera) == "vera@example.cn"
