"""The one way to say no."""

from typing import Any


class Refused(Exception):
    """A command or query that will not be done.

    `code` is stable ("resident.not_found"); `facts` fill the sentence that the screen says in the
    reader's language (`components.words`). Nothing was written when it is raised.
    """

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code, facts)
        self.code = code
        self.facts = facts

    def __str__(self) -> str:
        return f"{self.code} {self.facts}" if self.facts else self.code
