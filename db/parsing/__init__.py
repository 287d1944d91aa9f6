"""Understands what is written in the cells of messy ledgers: pure functions, no database.

Each parser takes a cell as it was read and returns a `Parsed`. An empty cell, or one that says
"none" ("无", "/"), is `Parsed(None)` without a problem; a name alone must not be empty.
"""

from db.parsing.addresses import Address, address, address_key, looks_like_address
from db.parsing.answers import sex, yes_no
from db.parsing.dates import day
from db.parsing.identity import id_birth, id_contradictions, id_number, id_sex, make_id
from db.parsing.masks import MASK_FORMS, mask_id, mask_name, mask_phone
from db.parsing.names import initials, name_tokens, person_name, query_tokens
from db.parsing.result import PROBLEMS, Parsed
from db.parsing.telephones import phones
from db.parsing.text import fold

__all__ = [
    "MASK_FORMS",
    "PROBLEMS",
    "Address",
    "Parsed",
    "address",
    "address_key",
    "day",
    "fold",
    "id_birth",
    "id_contradictions",
    "id_number",
    "id_sex",
    "initials",
    "looks_like_address",
    "make_id",
    "mask_id",
    "mask_name",
    "mask_phone",
    "name_tokens",
    "person_name",
    "phones",
    "query_tokens",
    "sex",
    "yes_no",
]
