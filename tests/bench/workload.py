"""One state of N addresses and N routes over N/10 links, as a document and as `ip -batch` input."""

from __future__ import annotations

from typing import NamedTuple


class Workload(NamedTuple):
    """The same state, written twice."""

    document: str
    batch: str


def workload(number: int) -> Workload:
    """Links are ends of veth pairs; every link has a /24 with up to ten addresses of its own."""
    links = max(number // 10, 2)
    names = [f"v{index}" for index in range(links)]
    interfaces, batch = [], []
    for one, two in zip(names[::2], names[1::2], strict=True):
        interfaces += [
            f"  {one}: {{kind: veth, veth: {{peer: {two}}}, addresses: [{_addresses(one, number)}]}}"
        ]
        interfaces += [f"  {two}: {{addresses: [{_addresses(two, number)}]}}"]
        batch.append(f"link add {one} type veth peer name {two}")
    for name in names:
        batch.append(f"link set {name} up")
        batch += [f"address add {text} dev {name}" for text in _addresses(name, number).split(", ") if text]
    routes = []
    for index in range(number):
        to = f"20.{index >> 16}.{index >> 8 & 255}.{index & 255}/32"
        name = names[index % links]
        via = f"10.{_subnet(name)}.254"
        routes.append(f"  - {{to: {to}, via: {via}, dev: {name}, metric: 5}}")
        batch.append(f"route add {to} via {via} dev {name} metric 5 proto 110")
    document = "\n".join(["netconf: 1", "interfaces:", *interfaces, "routes:", *routes, ""])
    return Workload(document, "\n".join([*batch, ""]))


def _subnet(name: str) -> str:
    index = int(name[1:])
    return f"{index >> 8}.{index & 255}"


def _addresses(name: str, number: int) -> str:
    links = max(number // 10, 2)
    here = number // links + (int(name[1:]) < number % links)
    return ", ".join(f"10.{_subnet(name)}.{host}/24" for host in range(1, here + 1))
