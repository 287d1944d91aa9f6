"""The calendar at a secret address, as calendars read it."""

import asyncio
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar, Event
from sqlalchemy import select
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.routing import Route
from starlette.types import Message

import server
from db import clock, engine
from db.access import Viewer
from db.identity import Account
from db.system import throttle
from db.volunteers import feed, shifts, signing_up
from db.volunteers.tables import Volunteer
from security import Guard
from tests.conftest import NOON, Town
from tests.volunteers import making

BASE = "https://linli.example/"
LATER = NOON + timedelta(minutes=5)


@pytest.fixture
def mei(town: Town) -> Viewer:
    making.nobody_is_signed_out()
    return making.volunteer(town, "梅兰")[1]


def events(secret: str) -> list[Event]:
    found = feed.calendar(secret, BASE)
    assert found is not None
    return list(Calendar.from_ical(found.body).walk("VEVENT"))


def read_by_hand(body: bytes) -> list[dict[str, str]]:
    """The events by the letter of RFC 5545, without a library."""
    text = body.replace(b"\r\n ", b"").decode()
    found: list[dict[str, str]] = []
    inside = ""
    for line in text.split("\r\n"):
        name, _colon, value = line.partition(":")
        if name == "BEGIN":
            inside = value
            if value == "VEVENT":
                found.append({})
        elif name == "END" and value == "VALARM":
            inside = "VEVENT"
        elif inside == "VEVENT":
            found[-1][name] = value
    return found


def test_a_booked_shift_is_an_event_with_its_time_place_and_way_back(town: Town, mei: Viewer) -> None:
    kind = making.kind(task="陪老人聊天", bring="志愿者证", elder_visited=True)
    shift = making.shift(town, kind, resident_id=making.elder(town), note="耳背")
    booking = signing_up.sign_up(mei, shift_id=shift).booking_id
    (event,) = events(feed.renew(mei))
    assert event["SUMMARY"] == "上门探访"
    assert event["LOCATION"] == "第一网格"
    assert event.decoded("DTSTART") == making.slot(shift).starts_at
    assert event["DTSTART"].params["TZID"] == "Asia/Shanghai"
    assert event.decoded("DTEND") - event.decoded("DTSTART") == timedelta(hours=2)
    assert event["STATUS"] == "CONFIRMED"
    assert event["URL"] == f"{BASE}my-shifts?booking={booking}"
    body = feed.one(mei, booking_id=booking, base=BASE).decode()
    for secret in ("张桂梅", "601", "13851740001", "耳背"):
        assert secret not in body.replace("\r\n ", "")


def test_only_places_are_in_it_and_who_waited_never_was(town: Town, mei: Viewer) -> None:
    shift = making.shift(town, making.kind(maximum=1))
    du = making.volunteer(town, "杜鹃")[1]
    signing_up.sign_up(du, shift_id=shift)
    waits = signing_up.sign_up(mei, shift_id=shift, or_wait=True)
    secret = feed.renew(mei)
    assert events(secret) == []
    signing_up.leave(mei, booking_id=waits.booking_id)
    assert events(secret) == []


def test_what_changes_keeps_its_uid_and_counts_up(town: Town, mei: Viewer) -> None:
    shift = making.shift(town, making.kind())
    booking = signing_up.sign_up(mei, shift_id=shift).booking_id
    secret = feed.renew(mei)
    seen = [events(secret)[0]]
    with clock.at(LATER):
        slot = making.slot(shift)
        shifts.change(
            town.anna, shift_id=shift, version=slot.version, starts_at=slot.starts_at + timedelta(hours=1)
        )
        seen += events(secret)
    with clock.at(LATER + timedelta(hours=1)):
        signing_up.leave(mei, booking_id=booking)
        seen += events(secret)
    with clock.at(LATER + timedelta(hours=2)):
        signing_up.sign_up(mei, shift_id=shift)
        seen += events(secret)
    with clock.at(LATER + timedelta(hours=3)):
        shifts.cancel(town.anna, shift_id=shift, why="下雨")
        seen += events(secret)
    assert len({str(one["UID"]) for one in seen}) == 1
    assert [str(one["STATUS"]) for one in seen] == [
        "CONFIRMED", "CONFIRMED", "CANCELLED", "CONFIRMED", "CANCELLED",
    ]  # fmt: skip
    counts = [int(one["SEQUENCE"]) for one in seen]
    assert counts == sorted(set(counts)), counts
    changes = [one.decoded("LAST-MODIFIED") for one in seen]
    assert changes == sorted(set(changes))
    assert seen[1].decoded("DTSTART") == seen[0].decoded("DTSTART") + timedelta(hours=1)


def test_what_was_given_back_leaves_the_calendar_after_sixty_days(town: Town, mei: Viewer) -> None:
    shift = making.shift(town, making.kind(), days=100)
    signing_up.leave(mei, booking_id=signing_up.sign_up(mei, shift_id=shift).booking_id)
    secret = feed.renew(mei)
    with clock.at(NOON + timedelta(days=59)):
        assert [str(one["STATUS"]) for one in events(secret)] == ["CANCELLED"]
    with clock.at(NOON + timedelta(days=61)):
        assert events(secret) == []


def test_another_person_with_a_place_in_the_same_shift_has_another_uid(town: Town, mei: Viewer) -> None:
    shift = making.shift(town, making.kind())
    du = making.volunteer(town, "杜鹃")[1]
    for one in (mei, du):
        signing_up.sign_up(one, shift_id=shift)
    assert events(feed.renew(mei))[0]["UID"] != events(feed.renew(du))[0]["UID"]


def test_it_keeps_to_the_letter_of_the_standard(town: Town, mei: Viewer) -> None:
    kind = making.kind(
        "送餐，上门；" + "很长的名字" * 12, task="第一行\n第二行，带逗号; 和分号\\" + "字" * 200
    )
    for day in (1, 2):
        signing_up.sign_up(mei, shift_id=making.shift(town, kind, days=day, where="社区食堂，一楼"))
    found = feed.calendar(feed.renew(mei), BASE)
    assert found is not None
    body = found.body
    assert body.endswith(b"END:VCALENDAR\r\n")
    assert b"\n" not in body.replace(b"\r\n", b"")
    lines = body.split(b"\r\n")
    assert max(len(line) for line in lines) <= 75
    for line in lines:
        line.decode()  # no character is cut in two
    head = body.split(b"BEGIN:VEVENT")[0].replace(b"\r\n ", b"").decode()
    for wanted in ("VERSION:2.0", "PRODID:", "METHOD:PUBLISH", "TZID:Asia/Shanghai", "TZOFFSETTO:+0800"):
        assert wanted in head, wanted
    by_hand = read_by_hand(body)
    assert len(by_hand) == 2
    for event in by_hand:
        assert {"UID", "DTSTAMP", "SEQUENCE", "LAST-MODIFIED", "STATUS", "URL"} <= set(event)
        assert event["DTSTART;TZID=Asia/Shanghai"].endswith("T090000")
        assert event["LOCATION"] == "社区食堂\\,一楼".replace("\\,", "，")
        assert event["DESCRIPTION"].startswith("第一行\\n第二行，带逗号\\; 和分号\\\\")
    parsed = Calendar.from_ical(body)
    assert [one.decoded("DTSTART").tzinfo for one in parsed.walk("VEVENT")] == [ZoneInfo("Asia/Shanghai")] * 2
    assert parsed.to_ical() == body


def test_the_address_is_not_in_the_database_and_ends(town: Town, mei: Viewer) -> None:
    signing_up.sign_up(mei, shift_id=making.shift(town, making.kind()))
    assert not feed.shared(mei)
    first = feed.renew(mei)
    with engine.reading() as session:
        kept = list(session.execute(select(Volunteer.feed_hash)).scalars())
    assert first not in kept
    assert feed.shared(mei)
    second = feed.renew(mei)
    assert feed.calendar(first, BASE) is None
    assert len(events(second)) == 1
    feed.revoke(mei)
    assert feed.calendar(second, BASE) is None
    assert not feed.shared(mei)


def test_who_may_no_longer_sign_in_has_no_calendar(town: Town, mei: Viewer) -> None:
    secret = feed.renew(mei)
    with engine.writing() as session:
        account = session.get_one(Account, mei.account_id)
        account.active = False
        session.add(account)
    assert feed.calendar(secret, BASE) is None


@dataclass
class Answer:
    status: int
    headers: Headers
    body: bytes


def get(path: str, **headers: str) -> Answer:
    """What the server answers to a calendar."""
    app = Guard(Starlette(routes=[Route("/calendar/{secret}.ics", server.calendar)]))
    sent: list[Message] = []
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "https",
        "path": path, "raw_path": path.encode(), "root_path": "", "query_string": b"", "client": ("192.0.2.7", 0),
        "server": ("linli.example", 443),
        "headers": [(b"host", b"linli.example"),
                    *((name.replace("_", "-").encode(), value.encode()) for name, value in headers.items())],
    }  # fmt: skip

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    return Answer(
        sent[0]["status"], Headers(raw=sent[0]["headers"]), b"".join(one.get("body", b"") for one in sent[1:])
    )


def test_the_server_sends_it_and_says_when_nothing_changed(town: Town, mei: Viewer) -> None:
    signing_up.sign_up(mei, shift_id=making.shift(town, making.kind()))
    path = f"/calendar/{feed.renew(mei)}.ics"
    first = get(path)
    assert (first.status, first.headers["content-type"]) == (200, "text/calendar; charset=utf-8")
    assert first.headers["cache-control"] == "private, no-cache"
    assert b"URL:https://linli.example/my-shifts" in first.body.replace(b"\r\n ", b"")
    again = get(path, if_none_match=first.headers["etag"])
    assert (again.status, again.body) == (304, b"")
    with clock.at(LATER):
        signing_up.sign_up(mei, shift_id=making.shift(town, making.kind(), days=5))
    changed = get(path, if_none_match=first.headers["etag"])
    assert changed.status == 200
    assert len(Calendar.from_ical(changed.body).walk("VEVENT")) == 2


def test_an_unknown_and_a_revoked_address_are_the_same_nothing(town: Town, mei: Viewer) -> None:
    secret = feed.renew(mei)
    feed.revoke(mei)
    answers = [get(f"/calendar/{one}.ics") for one in (secret, "nobody", "x" * 5000)]
    assert {(one.status, one.body) for one in answers} == {(404, b"Not found")}


def test_who_asks_without_end_has_to_wait(town: Town, mei: Viewer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(throttle.LIMITS, "calendar", (2, 60.0))
    path = f"/calendar/{feed.renew(mei)}.ics"
    assert [get(path).status for _ in range(3)] == [200, 200, 429]
    with clock.at(NOON + timedelta(minutes=2)):
        assert get(path).status == 200


def test_the_day_is_the_one_in_the_community(town: Town, mei: Viewer) -> None:
    shift = making.shift(town, making.kind(), start="00:30")
    signing_up.sign_up(mei, shift_id=shift)
    event = events(feed.renew(mei))[0]
    assert event.decoded("DTSTART").date() == date(2026, 11, 26)
