"""What the list of calls asks this room: the telephone of a resident ("r17")."""

from db import keeping
from db.errors import Refused
from db.people.residents import RESIDENTS
from db.system.telephoning import telephone
from db.work import Work


@telephone("r")
def of_resident(work: Work, key: str, reason: str) -> str:
    """The whole telephone, "" for none; the look is recorded. Refused `record.not_found`, `access.denied`."""
    if not key[1:].isdecimal():
        raise Refused("record.not_found")
    return keeping.reveal(work, RESIDENTS, int(key[1:]), "phone", reason)
