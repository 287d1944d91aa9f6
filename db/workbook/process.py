"""Runs a script over a file in a process of its own, with limits on memory and time.

A damaged workbook can make a parser in native code ask for hundreds of gigabytes (two cells, A1 and
XFD1048576, are enough) and abort; no exception handler can stop that. In a process of its own it
costs one refusal instead of the server. Starting one takes about 25 ms.
"""

import contextlib
import datetime
import io
import pickle
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from db.errors import Refused

HERE = Path(__file__).parent
MEGABYTES = 640
SECONDS = 45

_room = threading.BoundedSemaphore(2)  # two heavy files at a time are what a small server can carry


class _PlainValues(pickle.Unpickler):
    """Loads numbers, texts, lists and dates, and nothing that could run code."""

    def find_class(self, module_name: str, global_name: str) -> Any:
        if module_name == "datetime":
            return getattr(datetime, global_name)
        raise pickle.UnpicklingError(f"{module_name}.{global_name}")


def answers(
    script: str, request: bytes, *, megabytes: int = MEGABYTES, seconds: int = SECONDS
) -> Iterator[Any]:
    """Feed `request` to `script` (a file beside this one) and yield what it answers, piece by piece.

    The last piece must be ("done",). A piece ("refused", code, facts) is raised as Refused.
    Raises Refused: file.too_heavy when the limits were hit, file.damaged when the script broke.
    """
    command = [sys.executable, "-I", "-X", "utf8", str(HERE / script), str(megabytes), str(seconds)]
    with _room:
        try:
            child = subprocess.Popen(  # noqa: S603 (our own script, no shell, fixed arguments)
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
        except OSError:  # the machine has no memory or no processes left
            raise Refused("file.too_heavy") from None
        stopper = threading.Timer(seconds * 2, child.kill)
        stopper.daemon = True
        stopper.start()
        try:
            yield from _talk(child, request)
        finally:
            stopper.cancel()
            child.kill()
            for pipe in (child.stdin, child.stdout):
                with contextlib.suppress(OSError):  # what it never took cannot be flushed
                    if pipe is not None:
                        pipe.close()
            child.wait()


def _talk(child: "subprocess.Popen[bytes]", request: bytes) -> Iterator[Any]:
    assert child.stdin is not None and child.stdout is not None
    with contextlib.suppress(BrokenPipeError):
        child.stdin.write(request)
        child.stdin.close()
    while len(head := child.stdout.read(8)) == 8:
        size = int.from_bytes(head, "big")
        data = child.stdout.read(size)
        if len(data) < size:
            break
        piece = _PlainValues(io.BytesIO(data)).load()
        if piece[0] == "done":
            return
        if piece[0] == "refused":
            raise Refused(piece[1], **piece[2])
        yield piece
    # No farewell: the process was ended by the system, for memory (abort, kill) or time (24, XCPU).
    raise Refused("file.too_heavy" if child.wait() in (-6, -9, -24) else "file.damaged")
