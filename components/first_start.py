"""The set-up page: what a server shows that has no administrator yet."""


def needed() -> bool:
    """Whether nobody administers this database yet."""
    return False


def draw() -> None:
    """The steps of setting up."""
