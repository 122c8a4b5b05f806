"""A proxy on this machine that lets requests through and, where a test says so, cuts the answer: it was done, and nobody
hears of it."""

from __future__ import annotations

import http.client
import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "content-encoding", "host"})


@dataclass
class Proxy:
    """``cut`` is how many POSTs to a path with ``path`` in it go through and get no answer, after the first ``after``;
    ``passed`` counts all such."""

    target: str
    path: str
    cut: int = 0
    after: int = 0
    passed: int = 0
    url: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def is_to_cut(self, path: str) -> bool:
        if self.path not in path:
            return False
        with self.lock:
            self.passed += 1
            if self.passed <= self.after:
                return False
            self.cut -= 1
            return self.cut >= 0


@contextmanager
def cutting(target: str, path: str) -> Iterator[Proxy]:
    """A proxy in front of *target*; addresses of it in answers become the proxy's own, or callers would go round it."""
    proxy = Proxy(target.rstrip("/"), path)
    host = urlsplit(proxy.target).netloc

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)) or None
            upstream = http.client.HTTPConnection(host, timeout=20)
            headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP}
            upstream.request(self.command, self.path, body, headers | {"Accept-Encoding": "identity"})
            answer = upstream.getresponse()
            data = answer.read()
            upstream.close()
            if self.command == "POST" and proxy.is_to_cut(self.path):
                self.close_connection = True
                self.connection.close()
                return
            port = urlsplit(proxy.url).netloc.rpartition(":")[2]
            for name in ("127.0.0.1", "localhost"):
                data = data.replace(
                    f"http://{name}:{host.rpartition(':')[2]}".encode(), f"http://{name}:{port}".encode()
                )
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in _HOP:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = do_DELETE = _pass

        def log_message(self, *_words: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    proxy.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
