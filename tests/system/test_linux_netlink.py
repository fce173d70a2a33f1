"""The socket: consistent dumps, answers at their places, and an end to every wait."""

from __future__ import annotations

import errno
import time
from socket import AF_INET

import pytest

from netconf.core.errors import ObserveError
from netconf.system.linux import reader
from netconf.system.linux.netlink import LOST, NetlinkSocket
from netconf.system.linux.wire import (
    IFADDR,
    IFINFO,
    NLM_F_CREATE,
    NLM_F_EXCL,
    RTM_DELLINK,
    RTM_GETADDR,
    RTM_GETLINK,
    RTM_GETROUTE,
    RTM_NEWLINK,
    RTMSG,
    Message,
    attribute,
    attribute_text,
    attribute_u32,
)
from netconf.system.ports import Refusal

ALL_LINKS = IFINFO.pack(0, 0, 0, 0, 0)


def new_link(name):
    info = attribute(18, attribute_text(1, "ifb"))
    return Message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, ALL_LINKS + attribute_text(3, name) + info)


@pytest.fixture
def open_socket(netns):
    opened = []

    def make(kind=NetlinkSocket, **options):
        opened.append(kind(**options))
        return opened[-1]

    yield make
    for each in opened:
        each.close()


class Meddled(NetlinkSocket):
    """A socket between whose receives another one makes links."""

    other: NetlinkSocket
    times = 0
    made = 0

    def _receive(self):
        data = super()._receive()
        if self.times:
            self.times -= 1
            self.made += 1
            assert self.other.batch([new_link(f"made{self.made}")]) == [None]
        return data


@pytest.fixture
def meddled(open_socket):
    other = open_socket()
    assert not any(other.batch([new_link(f"x{number}") for number in range(120)]))
    found = open_socket(Meddled, attempts=3)
    found.other = other
    return found


def test_interrupted_dump_is_asked_for_again(meddled):
    meddled.times = 1
    names = {row.name for row in reader.links(meddled.dump(RTM_GETLINK, ALL_LINKS))}
    assert names == {"lo", "made1", *(f"x{number}" for number in range(120))}


def test_dump_that_is_interrupted_each_time_is_an_error(meddled):
    meddled.times = 1000
    with pytest.raises(ObserveError, match="each of 3 dumps"):
        meddled.dump(RTM_GETLINK, ALL_LINKS)
    meddled.times = 0
    assert len(list(reader.links(meddled.dump(RTM_GETLINK, ALL_LINKS)))) == 121 + meddled.made


def test_error_at_the_end_of_a_dump_is_raised(open_socket):
    body = RTMSG.pack(AF_INET, 0, 0, 0, 0, 0, 0, 0, 0) + attribute_u32(15, 4711)
    with pytest.raises(ObserveError, match="FIB table does not exist"):
        open_socket().dump(RTM_GETROUTE, body)
    assert open_socket().dump(RTM_GETROUTE, body, absent=(errno.ENOENT,)) == []


def test_header_that_strict_checking_refuses_is_an_error(open_socket):
    with pytest.raises(ObserveError, match="Invalid values in header"):
        open_socket().dump(RTM_GETADDR, IFADDR.pack(0, 24, 0, 0, 0))


def test_wait_without_an_answer_ends(open_socket):
    found = open_socket(timeout=0.05)
    before = time.monotonic()
    with pytest.raises(ObserveError, match="timed out"):
        found.dump(1, b"")  # NLMSG_NOOP: never answered
    assert 0.04 < time.monotonic() - before < 5
    assert list(reader.links(found.dump(RTM_GETLINK, ALL_LINKS)))


def test_get(open_socket):
    found = open_socket()
    answer = found.get(RTM_GETLINK, ALL_LINKS + attribute_text(3, "lo"))
    assert [row.name for row in reader.links([answer])] == ["lo"]
    assert found.get(RTM_GETLINK, ALL_LINKS + attribute_text(3, "none")).errno == errno.ENODEV


def test_refusals_stand_at_their_requests(open_socket):
    wanted = [new_link(f"x{number}") for number in range(500)]
    wanted[0] = new_link("lo")
    wanted[17] = Message(RTM_DELLINK, 0, IFINFO.pack(0, 0, 99_999, 0, 0))
    wanted[191] = wanted[192] = wanted[499] = new_link("x1")  # the last and first of a chunk, and of all
    answers = open_socket().batch(wanted)
    assert [place for place, answer in enumerate(answers) if answer] == [0, 17, 191, 192, 499]
    assert answers[17].errno == errno.ENODEV
    assert answers[0] == answers[499] == Refusal(errno.EEXIST, answers[0].text)


def test_nothing_to_send(open_socket):
    assert open_socket().batch([]) == []


def test_big_messages_go_in_small_chunks(open_socket):
    alias = attribute_text(20, "x" * 200)
    wanted = [new_link(f"x{number}") for number in range(300)]
    wanted = [message._replace(body=message.body + alias) for message in wanted]
    assert not any(open_socket().batch(wanted))


def test_lost_answers_are_no_success(open_socket):
    found = open_socket(receive_buffer=2304)
    wanted = [Message(RTM_DELLINK, 0, IFINFO.pack(0, 0, 99_999, 0, 0))] * 400
    answers = found.batch(wanted)
    assert {answer.errno for answer in answers} == {errno.ENODEV, errno.ENOBUFS}
    assert LOST in answers
    # the socket goes on working
    assert found.batch([new_link("x0"), new_link("x0")])[0] is None
    assert {row.name for row in reader.links(found.dump(RTM_GETLINK, ALL_LINKS))} == {"lo", "x0"}
