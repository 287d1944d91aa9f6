"""Receivers on this machine: one that takes what robots get, one that takes mail. Each keeps what came."""

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Receiver:
    """What came, and how the next is answered."""

    port: int = 0
    came: list[Any] = field(default_factory=list)
    status: int = 200
    answer: dict[str, Any] = field(default_factory=lambda: {"errcode": 0, "errmsg": "ok"})
    refuses: str = ""  # a mail server's reply to the receiver's address
    rings: Any = None  # is called before the answer


@contextmanager
def robot() -> Iterator[Receiver]:
    """A receiver of JSON by POST."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.came.append({"path": self.path, **json.loads(content)})
            if receiver.rings is not None:
                receiver.rings()
            self.send_response(receiver.status)
            said = json.dumps(receiver.answer).encode()
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_args: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    with _serving(server, receiver):
        yield receiver


@contextmanager
def mail_server() -> Iterator[Receiver]:
    """A mail server that takes everything, one letter at a time."""
    receiver = Receiver()

    class Handler(socketserver.StreamRequestHandler):
        def say(self, text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

        def handle(self) -> None:
            self.say("220 here")
            to = ""
            for line in iter(self.rfile.readline, b""):
                verb = line.decode().strip()
                if verb.upper().startswith("RCPT"):
                    to = verb
                    self.say(receiver.refuses or "250 ok")
                elif verb.upper() == "DATA":
                    self.say("354 go on")
                    letter = b"".join(iter(self.rfile.readline, b".\r\n"))
                    receiver.came.append((to, letter.decode()))
                    self.say("250 taken")
                elif verb.upper() == "QUIT":
                    self.say("221 bye")
                    return
                else:
                    self.say("250 ok")

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    with _serving(server, receiver):
        yield receiver


@contextmanager
def _serving(server: socketserver.BaseServer, receiver: Receiver) -> Iterator[None]:
    receiver.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
