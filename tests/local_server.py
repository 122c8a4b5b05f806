"""An HTTP server on this machine that answers what a test says, for programs that run as processes of their own."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Callable

Answer = tuple[int, dict[str, str], bytes]


def serve(answer: Callable[[str], Answer]) -> http.server.ThreadingHTTPServer:
    """Serve GET: *answer* gets the path with its query and gives status, headers and body; the caller closes it."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, headers, body = answer(self.path)
            self.send_response(status)
            for name, value in (headers | {"Content-Length": str(len(body))}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_words: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
