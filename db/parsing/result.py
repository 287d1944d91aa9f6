"""What a parser found in a cell, and the words for what was wrong with it."""

from typing import Any, Final, Generic, NamedTuple, TypeVar

from db.words import N_

T = TypeVar("T")


class Parsed(NamedTuple, Generic[T]):
    """One cell, understood or refused.

    `problem` is a code that refuses the cell (`value` is then None), `note` a code that only remarks;
    both are keys of `PROBLEMS`. `rest` holds what was read but is no part of the value.
    """

    value: T | None
    problem: str | None = None
    note: str | None = None
    rest: tuple[str, ...] = ()


NOTHING: Final[Parsed[Any]] = Parsed(None)

PROBLEMS: Final[dict[str, str]] = {
    "id.damaged": N_(
        "“{value}” was rounded by Excel: its last digits are lost. Format the column as text and enter the number again from the document."
    ),
    "id.check_digit": N_(
        "The last character of “{value}” does not fit the other 17: a digit is wrong. Compare it with the document."
    ),
    "id.length": N_("“{value}” does not have 18 characters. Compare it with the document."),
    "id.birth_date": N_(
        "Characters 7 to 14 of “{value}” are not a date of birth. Compare it with the document."
    ),
    "id.characters": N_(
        "“{value}” contains something other than digits and a final X. Enter the whole number, without stars or words."
    ),
    "id.converted": N_("“{value}” is an old number of 15 digits and was converted to 18. Please check it."),
    "id.ends_in_zeros": N_(
        "“{value}” ends in 000, as numbers rounded by Excel do. It may be right: compare it with the document."
    ),
    "id.birth_differs": N_(
        "The date of birth differs from the one in the ID number. Find out which is right."
    ),
    "id.sex_differs": N_("The sex differs from the one in the ID number. Find out which is right."),
    "phone.wrong": N_(
        "“{value}” is not a whole telephone number. Enter 11 digits for a mobile, 7 or 8 for a landline, with or without its area code."
    ),
    "phone.remark": N_("“{value}” holds words beside the number. They are not kept with the number."),
    "date.wrong": N_("“{value}” is not a date. Write it like 1950-03-07."),
    "date.future": N_("“{value}” lies in the future. Enter a date up to today."),
    "date.too_old": N_("“{value}” is more than 130 years ago. Check the year."),
    "date.month_only": N_("“{value}” has no day: the first of the month was taken."),
    "date.year_only": N_("“{value}” has no month and day: the first of January was taken."),
    "date.ambiguous": N_("“{value}” can be read as more than one date. Check what was taken."),
    "address.unreadable": N_(
        "No building can be read from “{value}”. Write it like 12栋3单元402 or 12-3-402."
    ),
    "address.remark": N_("“{value}” holds words after the address. They are not part of the address."),
    "sex.wrong": N_("“{value}” is not a sex. Write 男 or 女."),
    "yes_no.wrong": N_("“{value}” is neither yes nor no. Write 是 or 否."),
    "name.empty": N_("The name is missing. Enter it, or delete the row."),
    "name.digits": N_("“{value}” contains digits. Enter the name alone."),
    "name.too_long": N_("“{value}” is longer than 40 characters. Enter the name alone."),
    "name.subtotal": N_("“{value}” is a total, not a person. The row is left out."),
    "name.several": N_("“{value}” holds more than one name. Give each person a row."),
    "name.masked": N_("“{value}” has stars in it. Enter the whole name."),
    "name.remark": N_("“{value}” holds words in brackets beside the name. They are not part of the name."),
}
