"""What the list of calls asks this room: the telephone of a resident ("r17")."""

from collections.abc import Collection

from sqlalchemy import select

from db import keeping
from db.errors import Refused
from db.people.residents import RESIDENTS
from db.people.tables import Resident
from db.system.telephoning import telephone
from db.work import Work

_R = Resident.__table__.c  # type: ignore[attr-defined]


def _having(work: Work, ids: Collection[int]) -> set[int]:
    """Who of these residents has a telephone."""
    return set(work.session.execute(select(_R.id).where(_R.id.in_(ids), _R.phone.is_not(None))).scalars())


@telephone("r", _having)
def of_resident(work: Work, key: str, reason: str) -> str:
    """The whole telephone, "" for none; the look is recorded. Refused `record.not_found`, `access.denied`."""
    if not key[1:].isdecimal():
        raise Refused("record.not_found")
    return keeping.reveal(work, RESIDENTS, int(key[1:]), "phone", reason)
