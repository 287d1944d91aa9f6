"""What the console says to whoever starts the server."""


def startup_lines() -> list[str]:
    """The lines below the addresses."""
    return []
