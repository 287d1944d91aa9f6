"""Stars and certificates: what counts, numbers without gaps, void and reissued, and what the public page tells."""

import re
import threading
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from db import clock, engine
from db.errors import Refused
from db.system import community
from db.volunteers import approving, certificate_paper, certificates, hours, stars
from db.volunteers.tables import Certificate, Hours
from tests.conftest import NOON, Town
from tests.volunteers import making
from tests.volunteers.serving import place, served

SINCE = date(2026, 1, 1)


@pytest.fixture(autouse=True)
def long_day(town: Town) -> None:
    making.nobody_is_signed_out()
    community.change_setting(town.anna, name="community_name", value="红星社区")


def credited(volunteer: int, minutes: int, **values: object) -> None:
    """Approved and locked entries of at most a day."""
    kept = {"what": "上门探访", "day": date(2026, 10, 1), "public_until": date(2026, 10, 10), "origin": "checked", **values}  # fmt: skip
    with engine.writing() as session:
        while minutes:
            day = min(minutes, 720)
            session.add(Hours(volunteer_id=volunteer, minutes=day, state="approved", **kept))
            minutes -= day


def issue(town: Town, volunteer: int, until: date | None = None) -> certificates.Paper:
    made = certificates.issue(town.anna, volunteer_id=volunteer, since=SINCE, until=until or clock.today())
    return certificates.paper(town.anna, certificate_id=made)


def test_only_approved_and_locked_hours_count_and_by_hand_stands_apart(town: Town) -> None:
    mei = place(town)
    entry = served(town, mei)
    credited(mei.volunteer, 90)
    credited(mei.volunteer, 45, what="送餐", origin="by_hand")
    with clock.at(mei.at("12:00")):
        assert issue(town, mei.volunteer).minutes == 90
        approving.decide(town.anna, entry_id=entry, yes=True)
        fix = hours.correct(town.shen, entry_id=entry, why="早退", came=mei.at("09:00"), left=mei.at("10:00"))
        approving.decide(town.anna, entry_id=fix, yes=True)
        assert issue(town, mei.volunteer).minutes == 90  # on the notice: neither it nor its correction
    with clock.at(mei.at("12:00", 8)):
        made = issue(town, mei.volunteer)
    assert (made.minutes, made.minutes_by_hand) == (150, 45)
    assert made.content == ("上门探访 2.5 小时", "送餐（手工补录） 0.75 小时")
    assert (made.name, made.number, made.issuer, made.issued_by) == ("梅兰", "V00001", "红星社区", "安娜")


def test_what_a_correction_takes_from_locked_hours_is_gone_at_once(town: Town) -> None:
    mei = place(town)
    entry = served(town, mei)
    with clock.at(mei.at("12:00")):
        approving.decide(town.anna, entry_id=entry, yes=True)
    with clock.at(mei.at("12:00", 20)):
        fix = hours.correct(town.shen, entry_id=entry, why="早退", came=mei.at("09:00"), left=mei.at("10:00"))
        seen = approving.waiting(town.anna)[0].warnings
        approving.decide(town.anna, entry_id=fix, yes=True, seen=seen)
        assert issue(town, mei.volunteer).minutes == 60


def test_numbers_have_no_gaps_also_when_many_are_issued_at_once(town: Town) -> None:
    ids = making.many_volunteers(town, 12)
    for volunteer in ids:
        credited(volunteer, 60)
    nothing = making.volunteer(town, "梅兰")[0]

    def one(volunteer: int) -> None:
        certificates.issue(town.anna, volunteer_id=volunteer, since=SINCE, until=clock.today())
        with pytest.raises(Refused, match="certificate.nothing"):
            certificates.issue(town.anna, volunteer_id=nothing, since=SINCE, until=clock.today())

    threads = [threading.Thread(target=one, args=(volunteer,)) for volunteer in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    serials = sorted(one.serial for one in certificates.issued(town.anna))
    assert serials == [f"红星-2026-{number:06d}" for number in range(1, 13)]
    with clock.at(NOON + timedelta(days=60)):
        assert issue(town, ids[0]).serial == "红星-2027-000001"


def test_asked_for_twice_it_is_one_and_nobody_certifies_themselves(town: Town) -> None:
    mei, viewer = making.volunteer(town, "梅兰")
    credited(mei, 60)
    assert issue(town, mei).id == issue(town, mei).id
    with pytest.raises(Refused, match="area.outside"):
        certificates.issue(town.qiu, volunteer_id=mei, since=SINCE, until=clock.today())
    with pytest.raises(Refused, match="certificate.period"):
        issue(town, mei, clock.today() + timedelta(days=1))
    with pytest.raises(Refused, match="access.denied"):
        certificates.issue(viewer, volunteer_id=mei, since=SINCE, until=clock.today())


def test_a_void_one_stays_and_says_so_and_another_takes_its_place(town: Town) -> None:
    mei, viewer = making.volunteer(town, "梅兰")
    _du, du = making.volunteer(town, "杜鹃")
    credited(mei, 60)
    first = issue(town, mei)
    credited(mei, 30)
    with pytest.raises(Refused, match="hours.why"):
        certificates.reissue(town.anna, certificate_id=first.id, why="")
    new = certificates.reissue(town.anna, certificate_id=first.id, why="漏了一次")
    with pytest.raises(Refused, match="certificate.voided"):
        certificates.void(town.anna, certificate_id=first.id, why="再来")
    papers = certificates.mine(viewer)
    assert [(one.serial, one.minutes, one.voided_why, one.replacement) for one in papers] == [
        ("红星-2026-000002", 90, "", ""),
        ("红星-2026-000001", 60, "漏了一次", "红星-2026-000002"),
    ]
    with pytest.raises(Refused, match="record.not_found"):
        certificates.paper(du, certificate_id=new)
    told = certificates.verify(first.code, "1.2.3.4")
    assert told is not None
    assert (told.serial, told.valid) == ("红星-2026-000001", False)


def test_the_public_answer_has_number_hours_and_validity_and_nothing_else(town: Town) -> None:
    mei, _viewer = making.volunteer(town, "梅兰")
    credited(mei, 60)
    paper = issue(town, mei)
    typed = f" {certificates.code_text(paper.code).lower()} "
    assert certificates.verify(typed, "1.2.3.4") == certificates.Verified(paper.serial, 60, 0, True)
    assert certificates.verify("ABCD-EFGH-JKMN", "1.2.3.4") is None
    assert certificates.verify("' OR 1=1 --", "1.2.3.4") is None
    with pytest.raises(Refused, match="signin.throttled"):
        for _try in range(30):
            certificates.verify("ABCD-EFGH-JKMN", "1.2.3.4")
    assert certificates.verify(paper.code, "5.6.7.8") is not None


def test_the_code_is_random_and_the_name_is_sealed(town: Town) -> None:
    ids = making.many_volunteers(town, 20)
    for volunteer in ids:
        credited(volunteer, 60)
    codes = [issue(town, volunteer).code for volunteer in ids]
    assert len(set(codes)) == 20
    assert all(re.fullmatch(f"[{certificates.LETTERS}]{{12}}", code) for code in codes)
    assert not set("01OIL") & set(certificates.LETTERS)
    with engine.reading() as session:
        raw = session.connection().exec_driver_sql("SELECT name FROM hours_certificate").scalars().all()
        assert set(session.execute(select(Certificate.name)).scalars()) == {
            f"志愿者{number}" for number in range(20)
        }  # type: ignore[call-overload]
    assert "志愿者".encode() not in b"".join(bytes(one) for one in raw)


def test_the_paper_can_be_read_and_has_no_id_number(town: Town, tmp_path: Path) -> None:
    mei, _viewer = making.volunteer(town, "梅兰")
    credited(mei, 750)
    credited(mei, 60, origin="by_hand")
    paper = issue(town, mei)
    file = tmp_path / "paper.pdf"
    file.write_bytes(certificate_paper.pdf(paper, "https://linli.example.cn"))
    assert file.read_bytes() == certificate_paper.pdf(paper, "https://linli.example.cn")
    said = dict(certificate_paper.facts(paper))
    assert said["姓名"] == ["梅兰"]
    assert said["服务时长"][0].startswith("12.5 小时")
    assert said["另有手工补录"][0].startswith("1 小时")
    assert b"/STSong-Light" in file.read_bytes()
    assert b"FontFile" not in file.read_bytes()


def test_the_ladder_is_data_and_says_how_much_is_missing(town: Town) -> None:
    mei, viewer = making.volunteer(town, "梅兰")
    now = stars.mine(viewer)
    assert (now.at, now.above and now.above.hours, now.missing) == (None, 100, 100.0)
    credited(mei, 588 * 60)
    credited(mei, 600 * 60, origin="by_hand")  # never counts
    now = stars.mine(viewer)
    assert (now.at and now.at.level, now.above and now.above.name, now.missing) == (2, "三星志愿者", 12.0)
    with pytest.raises(Refused, match="star.hours"):
        stars.change_step(town.anna, level=3, hours=1200, name="三星")
    with pytest.raises(Refused, match="access.denied"):
        stars.change_step(town.shen, level=3, hours=500, name="三星")
    stars.change_step(town.anna, level=3, hours=500, name="金星")
    now = stars.mine(viewer)
    assert (now.at and now.at.name, now.missing) == ("金星", 412.0)
