"""Asking a service whether it works: `ports.Probes`. For any thread."""

from __future__ import annotations

import socket

from netconf.system.ports import Finished, Process

MOST_WORDS = 120
"""Characters of what a program said that are told."""


class LinuxProbes:
    def __init__(self, process: Process) -> None:
        self._process = process

    def tcp(self, address: str, port: int, seconds: float) -> str:
        try:
            socket.create_connection((address, port), seconds).close()
        except OSError as err:
            return in_words(err, seconds)
        return ""

    def http(self, url: str, status: int, seconds: float) -> str:
        from netconf.system.linux import webprobe  # its libraries take as long to load as all of ours

        return webprobe.ask(url, status, seconds)

    def command(self, words: tuple[str, ...], seconds: float) -> str:
        try:
            done = self._process.run(words, seconds=seconds)
        except OSError as err:
            return f"{words[0]}: {err.strerror}"
        return _ending(done, seconds)


def in_words(err: OSError, seconds: float) -> str:
    """Why there's no answer."""
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
