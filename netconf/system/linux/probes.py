"""Asking a service whether it works: `ports.Probes`. For any thread."""

from __future__ import annotations

import http.client
import socket
import ssl
import time
from urllib.parse import SplitResult, urlsplit

from netconf.system.ports import Finished, Process

MOST_WORDS = 120
"""Characters of what a program said that are told."""

GOOD = range(200, 400)


class LinuxProbes:
    def __init__(self, process: Process) -> None:
        self._process = process

    def tcp(self, address: str, port: int, seconds: float) -> str:
        try:
            socket.create_connection((address, port), seconds).close()
        except OSError as err:
            return _words(err, seconds)
        return ""

    def http(self, url: str, status: int, seconds: float) -> str:
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
            return _words(err, seconds)
        except http.client.HTTPException as err:
            return f"that's no HTTP: {type(err).__name__}"
        finally:
            connection.close()
        return "" if found == status or (not status and found in GOOD) else f"status {found}"

    def command(self, words: tuple[str, ...], seconds: float) -> str:
        try:
            done = self._process.run(words, seconds=seconds)
        except OSError as err:
            return f"{words[0]}: {err.strerror}"
        return _ending(done, seconds)


def _connection(parts: SplitResult, seconds: float) -> http.client.HTTPConnection:
    host = parts.hostname or ""
    if parts.scheme == "https":
        return http.client.HTTPSConnection(
            host, parts.port, timeout=seconds, context=ssl.create_default_context()
        )
    return http.client.HTTPConnection(host, parts.port, timeout=seconds)


def _words(err: OSError, seconds: float) -> str:
    if isinstance(err, TimeoutError):
        return f"no answer within {seconds:g} s"
    return err.strerror or str(err)


def _ending(done: Finished, seconds: float) -> str:
    if done.status == 0:
        return ""
    if done.status is None:
        return f"not done within {seconds:g} s"
    said = (done.errors or done.output).strip().partition("\n")[0][:MOST_WORDS]
    ending = f"exit status {done.status}" if done.status > 0 else f"killed by signal {-done.status}"
    return f"{ending}: {said}" if said else ending
