"""Messages to people: an inbox each, a list of those whom somebody must call, a cap, and quiet nights."""

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from components import unread
from db import clock, engine, keeping
from db.access import Viewer
from db.errors import Refused
from db.identity import Account
from db.people.residents import RESIDENTS
from db.system import channels, community, messages, telephoning, trail
from db.system.channels import Delivery
from db.system.messages import Addressee, Message, Sent
from db.system.trail import Asked
from db.work import Work, command
from tests.conftest import NOON, Town
from tests.screens import Screens, buttons, text_of

ANSWERED: list[tuple[str, str, str]] = []


@pytest.fixture(autouse=True)
def kinds(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The kinds of a room that asks who can come. What a test declares is forgotten after it."""
    monkeypatch.setattr(messages, "_kinds", dict(messages._kinds))
    ANSWERED.clear()
    messages.declare(
        "class.open", title="Who comes on {day}?", body="{title}: {free} places.", group=True,
        when_called=lambda _work, key, subject, result: ANSWERED.append((key, subject, result)),
    )  # fmt: skip
    messages.declare("class.done", title="{title} is over", body="", outside="")
    yield


@command("me.view")
def tell(work: Work, to: list[Addressee], **said: Any) -> Sent:
    facts = {"day": date(2026, 11, 24), "title": "太极拳", "free": 3}
    return messages.send(
        work, **{"to": to, "kind": "class.open", "subject": "class:7", "facts": facts, **said}
    )


def as_addressee(viewer: Viewer) -> Addressee:
    return Addressee(f"v{viewer.account_id}", viewer.name, viewer.account_id)


GRANDMA = Addressee("r17", "张桂梅", phone_known=True)
UNCLE = Addressee("r18", "李建国")


def count(table: Any, *where: Any) -> int:
    with engine.reading() as session:
        return int(session.execute(select(func.count()).select_from(table).where(*where)).scalar_one())


def test_a_message_is_in_the_inbox_of_its_reader_and_of_nobody_else(town: Town) -> None:
    sent = tell(town.shen, [as_addressee(town.vera)], link="/map")
    assert (sent.inbox, sent.mail, sent.phone) == (1, 0, 0)
    (entry,) = messages.inbox(town.vera).entries
    assert (entry.kind.title, entry.facts["day"], entry.link, entry.made_name, entry.read) == (
        "Who comes on {day}?", "2026-11-24", "/map", "沈亦安", False,
    )  # fmt: skip
    for other in (town.anna, town.shen, town.lei):
        assert messages.inbox(other).entries == ()
    assert (messages.unread(town.vera), messages.unread(town.anna)) == (1, 0)


def test_nobody_marks_the_messages_of_somebody_else(town: Town) -> None:
    tell(town.shen, [as_addressee(town.vera)])
    entry = messages.inbox(town.vera).entries[0]
    messages.read(town.anna, upto=entry.id)
    assert messages.unread(town.vera) == 1
    messages.read(town.vera, upto=entry.id, only=True)
    assert messages.unread(town.vera) == 0


def test_what_came_meanwhile_is_not_marked_as_read(town: Town) -> None:
    tell(town.shen, [as_addressee(town.vera)])
    tell(town.shen, [as_addressee(town.vera)])
    seen = messages.inbox(town.vera).entries[0].id
    tell(town.shen, [as_addressee(town.vera)])
    messages.read(town.vera, upto=seen)
    assert [one.read for one in messages.inbox(town.vera).entries] == [False, True, True]


def test_an_inbox_has_pages(town: Town) -> None:
    for _number in range(messages.PAGE + 2):
        tell(town.shen, [as_addressee(town.vera)])
    first = messages.inbox(town.vera)
    assert len(first.entries) == messages.PAGE
    rest = messages.inbox(town.vera, before=first.older)
    assert (len(rest.entries), rest.older) == (2, None)
    assert rest.entries[0].id < first.entries[-1].id


def test_what_was_rolled_back_was_never_said(town: Town) -> None:
    @command("me.view")
    def tell_and_fail(work: Work) -> None:
        messages.send(work, to=[as_addressee(town.vera)], kind="class.open", subject="x", facts={})
        raise Refused("visit.nobody")

    with pytest.raises(Refused):
        tell_and_fail(town.shen)
    assert messages.unread(town.vera) == 0


def test_who_has_neither_account_nor_mail_is_to_be_called_by_the_staff_of_the_area(town: Town) -> None:
    sent = tell(town.anna, [GRANDMA, UNCLE, as_addressee(town.vera)], area_path=town.path(town.building_1))
    assert (sent.inbox, sent.phone) == (1, 2)
    for viewer in (town.shen, town.anna):
        assert [one.name for one in telephoning.calls(viewer).waiting] == ["张桂梅", "李建国"]
    assert telephoning.calls(town.qiu).waiting == ()
    for viewer in (town.lei, town.vera):
        with pytest.raises(Refused, match=r"access\.denied"):
            telephoning.calls(viewer)
    one = telephoning.calls(town.shen).waiting[0]
    with pytest.raises(Refused, match=r"record\.not_found"):
        telephoning.called(town.qiu, message_id=one.id, result="yes")


def test_an_account_that_may_not_sign_in_any_more_is_called(town: Town) -> None:
    with engine.writing() as session:
        account = session.get_one(Account, town.vera.account_id)
        account.active = False
        session.add(account)
    assert tell(town.shen, [as_addressee(town.vera)]).phone == 1


def test_what_came_of_a_call_reaches_the_room_and_the_trail(town: Town) -> None:
    tell(town.anna, [GRANDMA], area_path=town.path(town.building_1))
    call = telephoning.calls(town.shen).waiting[0]
    telephoning.called(town.shen, message_id=call.id, result="not_reached")
    (waiting,) = telephoning.calls(town.shen).waiting
    assert (waiting.result, waiting.called_name) == ("not_reached", "沈亦安")
    telephoning.called(town.shen, message_id=call.id, result="yes")
    found = telephoning.calls(town.shen)
    assert (found.waiting, [one.result for one in found.done]) == ((), ["yes"])
    assert ANSWERED == [("r17", "class:7", "not_reached"), ("r17", "class:7", "yes")]
    with pytest.raises(Refused, match=r"call\.done") as refusal:
        telephoning.called(town.anna, message_id=call.id, result="no")
    assert refusal.value.facts["name"] == "沈亦安"
    with pytest.raises(Refused, match=r"call\.kept"):
        telephoning.call_again(town.shen, message_id=call.id)
    entries = trail.search(town.anna, asked=Asked(action="message.called")).entries
    assert [one.changes["call"] for one in entries] == [["not_reached", "yes"], [None, "not_reached"]]


def test_a_wrong_tap_can_be_taken_back(town: Town) -> None:
    tell(town.anna, [GRANDMA], area_path=town.path(town.building_1))
    call = telephoning.calls(town.shen).waiting[0]
    telephoning.called(town.shen, message_id=call.id, result="reached")
    telephoning.call_again(town.shen, message_id=call.id)
    assert [one.id for one in telephoning.calls(town.shen).waiting] == [call.id]


def test_what_a_room_refuses_undoes_the_tick(town: Town) -> None:
    def full(_work: Work, _key: str, _subject: str, _result: str) -> None:
        raise Refused("visit.nobody")

    messages.declare("class.open", title="?", body="", when_called=full)
    tell(town.anna, [GRANDMA], area_path=town.path(town.building_1))
    call = telephoning.calls(town.shen).waiting[0]
    with pytest.raises(Refused, match=r"visit\.nobody"):
        telephoning.called(town.shen, message_id=call.id, result="yes")
    assert telephoning.calls(town.shen).waiting[0].result == ""


def test_the_number_to_call_is_shown_for_a_reason_that_is_recorded(town: Town) -> None:
    resident = keeping.create(
        town.shen, RESIDENTS, {"name": "张桂梅", "phone": "13800001111", "area_id": town.building_1}
    )
    area = town.path(town.building_1)
    tell(town.anna, [Addressee(f"r{resident}", "张桂梅", phone_known=True)], area_path=area)
    call = telephoning.calls(town.shen).waiting[0]
    with pytest.raises(Refused, match=r"reveal\.reason"):
        telephoning.number_to_call(town.shen, message_id=call.id, reason=" ")
    with pytest.raises(Refused, match=r"record\.not_found"):
        telephoning.number_to_call(town.qiu, message_id=call.id, reason="to call")
    assert telephoning.number_to_call(town.shen, message_id=call.id, reason="to call") == "13800001111"
    entry = trail.search(town.anna, asked=Asked(action="resident.reveal")).entries[0]
    assert (entry.record_id, entry.reason, entry.actor) == (resident, "to call", "沈亦安")


def test_nobody_knows_the_number(town: Town) -> None:
    tell(town.anna, [Addressee("x1", "无名")], area_path=town.path(town.building_1))
    call = telephoning.calls(town.shen).waiting[0]
    with pytest.raises(Refused, match=r"call\.no_number"):
        telephoning.number_to_call(town.shen, message_id=call.id, reason="to call")


def test_nobody_is_asked_more_often_in_a_week_than_the_cap_says(town: Town) -> None:
    vera, lei = as_addressee(town.vera), as_addressee(town.lei)
    for _number in range(3):
        assert tell(town.shen, [vera], capped=True).inbox == 1
    sent = tell(town.shen, [vera, lei], capped=True)
    assert (sent.inbox, sent.held_back) == (1, (vera.key,))
    assert tell(town.shen, [vera]).inbox == 1, "what she waits for comes all the same"
    entry = trail.search(town.anna, asked=Asked(action="message.send")).entries[1]
    assert entry.changes == {"people": [None, 1], "held_back": [None, 1]}
    with clock.at(NOON + timedelta(days=7, minutes=1)):
        assert tell_later(vera) == (1, ())
    community.change_setting(town.anna, name="message_cap", value=0)
    assert tell(town.shen, [lei], capped=True).held_back == (lei.key,)


def test_the_cap_holds_when_many_ask_at_once(town: Town) -> None:
    vera = as_addressee(town.vera)
    threads = [
        threading.Thread(target=tell, args=(town.shen, [vera]), kwargs={"capped": True}) for _one in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert messages.unread(town.vera) == 3


def tell_later(one: Addressee) -> tuple[int, tuple[str, ...]]:
    """As the application itself does it: nobody's window is open for a week."""
    from db import access

    sent = tell(access.system(), [one], capped=True)
    return sent.inbox, sent.held_back


def test_a_person_who_is_named_twice_is_told_once(town: Town) -> None:
    vera = as_addressee(town.vera)
    assert tell(town.shen, [vera, vera]).inbox == 1
    assert messages.unread(town.vera) == 1


@pytest.mark.parametrize("link", ["https://elsewhere.example", "//elsewhere.example", "map"])
def test_a_link_stays_within_the_application(town: Town, link: str) -> None:
    with pytest.raises(ValueError, match="no page"):
        tell(town.shen, [as_addressee(town.vera)], link=link)


def test_what_goes_outside_cannot_carry_facts() -> None:
    with pytest.raises(ValueError, match="no facts"):
        messages.declare("x", title="", body="", outside="{name} needs you")


@pytest.mark.parametrize(
    ("hour", "minute", "goes"),
    [
        (20, 59, (23, 20, 59)),
        (21, 0, (24, 8, 0)),
        (23, 30, (24, 8, 0)),
        (0, 10, (23, 8, 0)),
        (8, 0, (23, 8, 0)),
    ],
)
def test_at_night_nothing_goes_out(town: Town, hour: int, minute: int, goes: tuple[int, int, int]) -> None:
    at = datetime(2026, 11, 23, hour, minute, tzinfo=clock.PLACE)
    with engine.reading() as session:
        out = messages.after_the_night(session, at.astimezone(UTC)).astimezone(clock.PLACE)
    assert (out.day, out.hour, out.minute) == goes


def test_quiet_time_by_day_and_none_at_all(town: Town) -> None:
    noon = NOON
    community.change_setting(town.anna, name="quiet_from", value=12)
    community.change_setting(town.anna, name="quiet_until", value=14)
    with engine.reading() as session:
        assert messages.after_the_night(session, noon) == noon + timedelta(hours=2)
    community.change_setting(town.anna, name="quiet_until", value=12)
    with engine.reading() as session:
        assert messages.after_the_night(session, noon) == noon


def test_what_is_settled_is_neither_called_about_nor_sent(town: Town) -> None:
    channels.add_channel(
        town.anna, name="群", sort="other", whom="office", typed={"url": "http://127.0.0.1:9/x"}
    )
    tell(town.anna, [GRANDMA, as_addressee(town.vera)], area_path=town.path(town.building_1))

    @command("me.view")
    def settle(work: Work) -> int:
        return messages.moot(work, "class:7")

    assert settle(town.shen) == 2
    assert telephoning.calls(town.shen).waiting == ()
    assert count(Delivery, Delivery.state == "waiting") == 0
    assert messages.unread(town.vera) == 1


def test_old_messages_are_removed_with_what_was_sent_of_them(town: Town) -> None:
    channels.add_channel(
        town.anna, name="群", sort="other", whom="office", typed={"url": "http://127.0.0.1:9/x"}
    )
    tell(town.anna, [GRANDMA, as_addressee(town.vera)])
    with clock.at(NOON + timedelta(days=179)):
        messages.forget_old()
        assert count(Message) == 2
    with clock.at(NOON + timedelta(days=181)):
        messages.forget_old()
    assert (count(Message), count(Delivery)) == (0, 0)


# Screens


def test_the_inbox_shows_marks_and_leads_on(town: Town, open_app: Screens) -> None:
    tell(town.shen, [as_addressee(town.vera)], link="/me")
    tell(town.shen, [as_addressee(town.vera)], kind="class.done", link="/no-such-page")
    app = open_app(town.vera, "inbox")
    first, second = messages.inbox(town.vera).entries
    assert app.button(key=f"inbox_{second.id}").label == "**Who comes on 24 Nov 2026?**"
    assert "太极拳: 3 places." in text_of(app)
    assert unread.mark(town.vera) == " (2)", "the menu says how many wait"
    app.button(key=f"inbox_{first.id}").click().run()
    assert messages.unread(town.vera) == 1
    assert [one.value for one in app.title] == ["Messages"], "there is nowhere to go"
    app.button(key=f"inbox_{second.id}").click().run()
    assert messages.unread(town.vera) == 0
    assert [one.value for one in app.title] == ["My account"]


def test_all_is_marked_as_read_at_once(town: Town, open_app: Screens) -> None:
    tell(town.shen, [as_addressee(town.vera)])
    tell(town.shen, [as_addressee(town.vera)])
    app = open_app(town.vera, "inbox")
    app.button(key="inbox_all").click().run()
    assert messages.unread(town.vera) == 0
    assert "inbox_all" not in buttons(app)
    assert unread.mark(town.vera) == ""


def test_an_empty_inbox_says_so_and_a_volunteer_has_no_list_of_calls(town: Town, open_app: Screens) -> None:
    app = open_app(town.vera, "inbox", part="calls")
    assert "There is nothing to read" in text_of(app)
    assert "Nobody is to be called" not in text_of(app)


def test_the_day_begins_with_what_is_unread(town: Town, open_app: Screens) -> None:
    tell(town.shen, [as_addressee(town.vera)])
    links = {one.proto.label for one in open_app(town.vera, "").get("page_link")}
    assert "1 message you have not read" in links


def test_a_call_is_ticked_off_with_one_tap(town: Town, open_app: Screens) -> None:
    resident = keeping.create(
        town.shen, RESIDENTS, {"name": "张桂梅", "phone": "13800001111", "area_id": town.building_1}
    )
    people = [Addressee(f"r{resident}", "张桂梅", phone_known=True), UNCLE]
    tell(town.anna, people, area_path=town.path(town.building_1))
    grandma, uncle = telephoning.calls(town.shen).waiting
    app = open_app(town.shen, "inbox", part="calls")
    assert "no telephone known" in text_of(app)
    assert "13800001111" not in str(app.get("link_button"))
    app.button(key=f"call_number_{grandma.id}").click().run()
    assert [one.proto.label for one in app.get("link_button")] == ["13800001111"]
    assert app.button(
        key=f"call_number_{grandma.id}"
    ).disabled  # it stays: the second of two taps must not dial
    app.button(key=f"call_not_reached_{uncle.id}").click().run()
    app.button(key=f"call_yes_{grandma.id}").click().run()
    assert ("r18", "class:7", "not_reached") in ANSWERED
    assert (f"r{resident}", "class:7", "yes") in ANSWERED
    assert f"call_yes_{grandma.id}" not in buttons(app)
    assert f"call_yes_{uncle.id}" in buttons(app)
