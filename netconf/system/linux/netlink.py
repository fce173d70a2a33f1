"""A synchronous rtnetlink socket: whole dumps, and many requests in few system calls.

Place in the flow: `rtnl.py` writes and reads through it, `reader.py` parses what it dumps.

Invariants:
- A dump is handed out only when it is complete and consistent: one marked NLM_F_DUMP_INTR (the
  tables changed under it) is asked for again, so no caller sees half of two states and nobody can
  leave a dump half read (the next one would get EBUSY).
- Every request of a batch gets its own answer. rtnetlink does a request within sendto(2) and puts
  the answer into our queue at once; refusals come back even without NLM_F_ACK, so only the last
  request of a chunk asks for an ack, and silence means success.
- Nothing waits for ever: TIMEOUT seconds without an answer is an error.

Facts from netlink(7) and net/netlink/af_netlink.c.
"""

from __future__ import annotations

import errno
import os
import socket
import struct
import sys
import time
from collections.abc import Iterator, Sequence

from netconf.core.errors import ApplyError, ObserveError
from netconf.system.linux.wire import (
    HEADER,
    NLM_F_ACK,
    NLM_F_ACK_TLVS,
    NLM_F_CAPPED,
    NLM_F_DUMP,
    NLM_F_DUMP_INTR,
    NLM_F_REQUEST,
    NLMSG_DONE,
    NLMSG_ERROR,
    Message,
    attributes,
    text,
)
from netconf.system.ports import Refusal

TIMEOUT = 10.0
"""Seconds."""

_SOL_NETLINK = 270
_CAP_ACK, _EXT_ACK, _GET_STRICT_CHK = 10, 11, 12  # linux/netlink.h
_SO_SNDBUFFORCE, _SO_RCVBUFFORCE = 32, 33  # asm-generic/socket.h

_BUFFER = 4 << 20
_RECEIVE = 1 << 17  # the kernel fills dump buffers up to 32 KiB, more only for one huge message
_CHUNK_BYTES = 24 << 10
# Were every request of a chunk refused, the answers (about 1 KiB of kernel memory each) must fit
# into the default receive buffer of an unprivileged process (net.core.rmem_default, 208 KiB).
_CHUNK_MESSAGES = 192

_BEGINNING = struct.Struct("=IHH")
"""Of nlmsghdr: length, type, flags."""

_LAST = frozenset({NLMSG_DONE, NLMSG_ERROR})
"""What a dump ends with."""

_ERROR_TEXT = 1  # NLMSGERR_ATTR_MSG

LOST = Refusal(errno.ENOBUFS, "the kernel's answer was lost; the change may have been made")


class NetlinkSocket:
    """Not safe for use by several threads. Belongs to the network namespace it was opened in."""

    def __init__(
        self,
        *,
        timeout: float = TIMEOUT,
        attempts: int = 16,
        receive_buffer: int = _BUFFER,
        protocol: int = socket.NETLINK_ROUTE,
    ) -> None:
        """Raises ObserveError if rtnetlink can't be opened (all options: Linux 4.20)."""
        self._attempts = attempts
        self._sequence = 0
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, protocol)
        try:
            for option in (_CAP_ACK, _EXT_ACK, _GET_STRICT_CHK):
                self._socket.setsockopt(_SOL_NETLINK, option, 1)
            # not settimeout(): that costs a poll(2) for every receive
            interval = struct.pack("@ll", int(timeout), int(timeout % 1 * 1_000_000))
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, interval)
            self._grow(_SO_RCVBUFFORCE, socket.SO_RCVBUF, receive_buffer)
            self._grow(_SO_SNDBUFFORCE, socket.SO_SNDBUF, _BUFFER)
            self._socket.bind((0, 0))
        except OSError as err:
            self._socket.close()
            raise ObserveError(
                f"can't open rtnetlink: {err.strerror}", hint="Linux 4.20 or later is needed"
            ) from err

    def close(self) -> None:
        self._socket.close()

    def __del__(self) -> None:
        # interpreters warn about a socket that is left to the collector
        if hasattr(self, "_socket"):
            self._socket.close()

    def dump(self, kind: int, body: bytes, *, absent: Sequence[int] = ()) -> list[bytes]:
        """The buffers of a complete, consistent dump: whole messages of the asked kind one after the other.

        The errnos of `absent` mean that there is nothing of the kind: the dump is empty. Raises
        ObserveError on any other, after TIMEOUT, and if the tables never stay still.
        """
        for attempt in range(self._attempts):
            if attempt:
                time.sleep(attempt * 0.005)
            buffers, interrupted, refusal = self._dump_once(kind, body)
            if refusal and refusal.errno in absent:
                return []
            if refusal:
                raise ObserveError(f"the kernel refuses a dump: {_explain(refusal)}")
            if not interrupted:
                return buffers
        raise ObserveError(
            f"the tables of the kernel changed during each of {self._attempts} dumps",
            hint="something creates and deletes links without pause; see `ip monitor`",
        )

    def get(self, kind: int, body: bytes) -> bytes | Refusal:
        """The one message (with its header) that answers a get, or the kernel's no."""
        sequence = self._next()
        self._send(HEADER.pack(16 + len(body), kind, NLM_F_REQUEST, sequence, 0) + body, ObserveError)
        while True:
            data = self._receive()
            _, found, _, answered, _ = HEADER.unpack_from(data)
            if answered == sequence:
                return _refusal(data, 0) if found == NLMSG_ERROR else data

    def batch(self, wanted: Sequence[Message]) -> list[Refusal | None]:
        """Send all; one answer for each, in their order, None = done.

        The kernel does each by itself, a refusal stops nothing. If answers were lost (ENOBUFS) the
        requests without one in that chunk are answered with LOST. Raises ApplyError on a timeout
        or if nothing can be sent; what was sent before stays done.
        """
        answers: list[Refusal | None] = [None] * len(wanted)
        start = 0
        while start < len(wanted):
            stop, data, first = self._chunk(wanted, start)
            self._send(data, ApplyError)
            for index, refusal in self._answers(first, stop - start):
                answers[start + index] = refusal
            start = stop
        return answers

    # -- sending --------------------------------------------------------------------------------

    def _chunk(self, wanted: Sequence[Message], start: int) -> tuple[int, bytes, int]:
        """Where the chunk from `start` ends, its bytes, its first sequence number."""
        limit = min(start + _CHUNK_MESSAGES, len(wanted))
        first = sequence = self._next()
        parts: list[bytes] = []
        size = 0
        stop = start
        while stop < limit and size < _CHUNK_BYTES:
            kind, flags, body = wanted[stop]
            sequence = first + stop - start
            length = 16 + len(body)
            stop += 1
            if stop == limit or size + length >= _CHUNK_BYTES:
                flags |= NLM_F_ACK
            parts.append(HEADER.pack(length, kind, flags | NLM_F_REQUEST, sequence, 0))
            parts.append(body)
            size += length
        self._sequence = sequence
        return stop, b"".join(parts), first

    def _answers(self, first: int, count: int) -> Iterator[tuple[int, Refusal]]:
        """The refusals of a chunk as (place, refusal); ends with the answer to its last request."""
        unanswered = set(range(count))
        waiting = True
        while count - 1 in unanswered:
            data = self._answer(waiting=waiting)
            if not data and not waiting:
                break
            # Once answers were lost the last may be among them; whatever there is, is in the
            # queue already, so nothing is waited for.
            waiting = waiting and bool(data)
            for place, refusal in _places(data, first):
                if place in unanswered:
                    unanswered.remove(place)
                    if refusal.errno:
                        yield place, refusal
        if not waiting:
            yield from ((place, LOST) for place in sorted(unanswered))

    def _answer(self, *, waiting: bool) -> bytes:
        """The next buffer of answers; empty if answers were lost or, not waiting, there is none."""
        try:
            return self._socket.recv(_RECEIVE, 0 if waiting else socket.MSG_DONTWAIT)
        except OSError as err:
            if err.errno == errno.ENOBUFS or (err.errno == errno.EAGAIN and not waiting):
                return b""
            raise ApplyError(f"no answer from rtnetlink: {_strerror(err)}", errno=err.errno or 0) from err

    def _send(self, data: bytes, error: type[ObserveError | ApplyError]) -> None:
        try:
            self._socket.send(data)
        except OSError as err:
            raise error(f"can't send to rtnetlink: {_strerror(err)}") from err

    def _grow(self, force: int, usual: int, size: int) -> None:
        """Set a buffer's size, above the system's limit if we may (CAP_NET_ADMIN)."""
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, force, size)
        except PermissionError:
            self._socket.setsockopt(socket.SOL_SOCKET, usual, size)

    def _next(self) -> int:
        """A sequence number; 0 is the kernel's own."""
        self._sequence = self._sequence % 0x7FFFFFFF + 1
        return self._sequence

    # -- receiving ------------------------------------------------------------------------------

    def _dump_once(self, kind: int, body: bytes) -> tuple[list[bytes], bool, Refusal | None]:
        """(buffers, whether the tables changed meanwhile, the kernel's no)."""
        sequence = self._next()
        self._send(
            HEADER.pack(16 + len(body), kind, NLM_F_REQUEST | NLM_F_DUMP, sequence, 0) + body, ObserveError
        )
        buffers: list[bytes] = []
        flags = 0
        while True:
            data = self._receive()
            if HEADER.unpack_from(data)[3] != sequence:
                continue  # the rest of a dump that was given up
            offset, seen = _until_end(data)
            flags |= seen
            if offset < len(data):
                refusal = _refusal(data, offset)
                buffers.append(data[:offset])
                return buffers, bool(flags & NLM_F_DUMP_INTR), refusal if refusal.errno else None
            buffers.append(data)

    def _receive(self) -> bytes:
        try:
            return self._socket.recv(_RECEIVE)
        except OSError as err:
            raise ObserveError(f"no answer from rtnetlink: {_strerror(err)}") from err


def _until_end(data: bytes) -> tuple[int, int]:
    """Where in a buffer the message is that ends a dump (behind all = nowhere), and the flags up to and with it,
    of which each message has its own (nl_dump_check_consistent).
    """
    offset, flags, total = 0, 0, len(data)
    unpack = _BEGINNING.unpack_from
    while offset < total:
        length, kind, found = unpack(data, offset)
        flags |= found
        if kind in _LAST:
            break
        offset += (length + 3) & ~3
    return offset, flags


def messages(data: bytes) -> Iterator[tuple[int, int, int]]:
    """(offset of the header, end, type) of every message of a buffer."""
    offset, total = 0, len(data)
    unpack = HEADER.unpack_from
    while offset < total:
        length, kind, _, _, _ = unpack(data, offset)
        yield offset, offset + length, kind
        offset += (length + 3) & ~3


def _places(data: bytes, first: int) -> Iterator[tuple[int, Refusal]]:
    """The acks and errors of a buffer, counted from the chunk's first sequence number."""
    for offset, _, kind in messages(data):
        if kind == NLMSG_ERROR:
            yield HEADER.unpack_from(data, offset)[3] - first, _refusal(data, offset)


def _refusal(data: bytes, offset: int) -> Refusal:
    """What an NLMSG_ERROR or NLMSG_DONE says; errno 0 = fine."""
    length, kind, flags, _, _ = HEADER.unpack_from(data, offset)
    if length < 20:
        return Refusal(0, "")
    number = -int.from_bytes(data[offset + 16 : offset + 20], sys.byteorder, signed=True)
    start = offset + 20
    if kind == NLMSG_ERROR:  # the request's header follows, and all of it unless capped
        start += 16 if flags & NLM_F_CAPPED else (HEADER.unpack_from(data, start)[0] + 3) & ~3
    if number <= 0 or not flags & NLM_F_ACK_TLVS:
        return Refusal(max(number, 0), "")
    return Refusal(number, text(attributes(data, start, offset + length).get(_ERROR_TEXT, b"")))


def _explain(refusal: Refusal) -> str:
    return refusal.text or os.strerror(refusal.errno)


def _strerror(err: OSError) -> str:
    return "timed out" if err.errno == errno.EAGAIN else err.strerror or str(err)
