"""An HTTP server whose clients may die: the tests make them do it."""

import sys
from http.server import ThreadingHTTPServer
from typing import Any


class QuietServer(ThreadingHTTPServer):
    """Prints nothing where a client has gone; its threads end with it."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Any other error is one of the stand-in's own."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)
