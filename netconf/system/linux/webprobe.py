"""Asking a service over HTTP whether it works."""

from __future__ import annotations

import http.client
import ssl
import time
from urllib.parse import SplitResult, urlsplit

from netconf.system.linux.probes import in_words

GOOD = range(200, 400)


def ask(url: str, status: int, seconds: float) -> str:
    """See `ports.Probes.http`."""
    end = time.monotonic() + seconds
    parts = urlsplit(url)
    connection = _connection(parts, seconds)
    try:
        connection.connect()
        left = end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        connection.sock.settimeout(left)
        path = parts.path or "/"
        headers = {"User-Agent": "netconf", "Connection": "close"}
        connection.request("GET", f"{path}?{parts.query}" if parts.query else path, headers=headers)
        found = connection.getresponse().status
    except OSError as err:
        return in_words(err, seconds)
    except http.client.HTTPException as err:
        return f"that's no HTTP: {type(err).__name__}"
    finally:
        connection.close()
    return "" if found == status or (not status and found in GOOD) else f"status {found}"


def _connection(parts: SplitResult, seconds: float) -> http.client.HTTPConnection:
    host = parts.hostname or ""
    if parts.scheme == "https":
        return http.client.HTTPSConnection(
            host, parts.port, timeout=seconds, context=ssl.create_default_context()
        )
    return http.client.HTTPConnection(host, parts.port, timeout=seconds)
