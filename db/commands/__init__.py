"""What can be typed on the server: `python -m db <command>`. Each command is a function of its arguments."""
