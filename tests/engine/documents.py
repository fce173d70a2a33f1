"""Random documents from a seed, and what other people did before them: of what every kernel has."""

from __future__ import annotations

import ipaddress

FOREIGN = (
    ("address add 10.5.0.1/24 dev own0",),
    ("address add 10.0.0.77/24 dev own0", "address add 10.0.0.78/24 dev own0"),
    ("route add 10.70.0.0/16 dev own0 proto zebra", "route add 10.71.0.0/16 dev own1 proto zebra table 9"),
    ("route add blackhole 10.73.0.0/16 proto zebra metric 7",),
    (
        "link add fo0 type bridge",
        "link set fo0 address 02:00:00:00:00:f0 up",
        "address add 10.6.0.1/24 dev fo0",
    ),
    ("link add fm0 link own0 type macvlan", "link set fm0 up", "address add 10.6.1.1/24 dev fm0"),
    ("rule add priority 90 from 10.99.0.0/16 lookup 99 protocol zebra",),
    ("nexthop add id 77 dev own0 protocol zebra", "route add 10.74.0.0/16 nhid 77 proto zebra"),
    ("neigh add 10.5.0.99 lladdr 02:00:00:00:00:99 dev own0",),
    ("route add 10.9.0.0/16 dev own0 metric 5",),
    ("link set own1 mtu 1400",),
)


class Documents:
    """Of one random generator: the same one makes the same documents."""

    def __init__(self, chance):
        self._chance = chance
        self._links = {}

    def document(self):
        self._links = self._interfaces()
        return {"netconf": 1, "interfaces": self._links, **self._rest()}

    def near(self, document):
        """Another one with most of the same links."""
        other = self.document()
        links = dict(document["interfaces"])
        for name in self._chance.sample(sorted(other["interfaces"]), len(other["interfaces"]) // 2):
            links[name] = other["interfaces"][name]
        for name in sorted(links):
            if self._maybe(0.3):
                links[name] = {**links[name], "addresses": self._addresses(name)}
            elif self._maybe(0.1):
                del links[name]
        self._links = links
        return {"netconf": 1, "interfaces": links, **(self._rest() if self._maybe() else {})}

    def foreign(self):
        """Commands of iproute2; own0 and own1 are others' anyway."""
        chosen = self._chance.sample(FOREIGN, self._chance.randint(0, 3))
        return [line for lines in chosen for line in lines]

    def drift(self, document):
        """What somebody else does to what the document made."""
        links = sorted(document["interfaces"]) or ["own0"]
        link = self._chance.choice(links)
        lines = [f"link set {link} {word}" for word in ("down", "up", "mtu 1300", "nomaster")]
        lines += [
            f"address flush dev {link}",
            f"address add 10.44.0.1/24 dev {link}",
            "route flush proto 110",
        ]
        lines += [f"link del {link}"] * 3 if "kind" in document["interfaces"].get(link, {}) else []
        return self._chance.choice(lines)

    def _interfaces(self):
        links = {}
        bridges = [name for name in ("br0", "br1") if self._maybe(0.3)]
        for name in bridges:
            links[name] = {"kind": "bridge", "address": f"02:00:00:00:00:b{name[2]}", **self._common(name)}
        for ends in (("v0", "v1"), ("w0", "w1")):
            if self._maybe(0.6):
                first, second = ends if self._maybe(0.8) else ends[::-1]
                links[first] = {"kind": "veth", "veth": {"peer": second}, **self._common(first)}
                links[second] = self._common(second)
        if self._maybe(0.3):
            links["if0"] = {"kind": "ifb", **self._common("if0")}
        parents = sorted(links)
        if parents and self._maybe(0.3):
            macvlan = {"parent": self._chance.choice(parents), "mode": "bridge"}
            links["m0"] = {"kind": "macvlan", "macvlan": macvlan, **self._common("m0", mtu=False)}
        if self._maybe(0.25):
            ends = {"local": "10.0.0.1", "remote": "10.0.0.9"} if self._maybe() else {}
            vxlan = {"id": self._chance.choice([10, 11]), "port": 4789, **ends}
            links["vx0"] = {"kind": "vxlan", "vxlan": vxlan, **self._common("vx0", mtu=False)}
        for name in ("own0", "own1"):
            if self._maybe(0.35):
                links[name] = self._common(name)
        ports = [
            name
            for name in links
            if name[0] in "vwo" and links.get("m0", {}).get("macvlan", {}).get("parent") != name
        ]
        for name in ports:
            if bridges and self._maybe(0.2):
                links[name]["master"] = self._chance.choice(bridges)
        return links

    def _common(self, name, *, mtu=True):
        entry = {"addresses": self._addresses(name)} if self._maybe(0.75) else {}
        if mtu and self._maybe(0.15):
            entry["mtu"] = self._chance.choice([1280, 1400, 1500])
        if self._maybe(0.1):
            entry["state"] = self._chance.choice(["up", "down"])
        if self._maybe(0.15):
            entry["sysctl"] = {
                self._chance.choice(["ipv4.rp_filter", "ipv4.promote_secondaries", "ipv6.accept_ra"]): 1
            }
        return entry

    def _addresses(self, name):
        """In a few networks, so that secondary ones are among them, and in any order."""
        nets, found = self._chance.sample(range(4), 2), {}
        for _ in range(self._chance.randint(0, 4)):
            net, host, sort = self._chance.choice(nets), self._chance.randint(1, 4), self._chance.random()
            if sort < 0.5:
                found[f"10.0.{net}.{host}"] = f"10.0.{net}.{host}/{self._chance.choice([24, 24, 25, 16])}"
            elif sort < 0.6:
                found[f"10.0.{net}.{host}"] = {"address": f"10.0.{net}.{host}/24", "label": f"{name}:a"}
            elif sort < 0.7:
                found["10.3.0.1"] = {"address": "10.3.0.1/32", "peer": f"10.3.1.{host}"}
            else:
                text = f"2001:db8:{net}::{host}"
                found[text] = {"address": f"{text}/64", "flags": ["nodad"]}
        return list(found.values())

    def _rest(self):
        gateways = list(self._gateways())
        found = {}
        if self._maybe(0.75):
            routes = [self._route(gateways) for _ in range(self._chance.randint(0, 5))]
            found["routes"] = list({(r["to"], r.get("metric")): r for r in routes if r}.values())
        if self._maybe(0.25):
            found["rules"] = [
                {
                    "priority": 100 + number,
                    "from": f"10.0.{number}.0/24",
                    "lookup": self._chance.choice([100, "main"]),
                }
                for number in range(self._chance.randint(0, 3))
            ]
        if self._maybe(0.2):
            found["sysctl"] = {"net.ipv4.ip_forward": self._chance.randint(0, 1)}
        return found

    def _gateways(self):
        """Links with neighbours in their networks."""
        for name, entry in self._links.items():
            for address in entry.get("addresses", ()) if entry.get("state") != "down" else ():
                text = address if isinstance(address, str) else address["address"]
                network = ipaddress.ip_interface(text).network
                if network.num_addresses > 1:
                    yield name, str(network.network_address + self._chance.randint(9, 12))

    def _route(self, gateways):
        v6 = self._maybe(0.3)
        fitting = [(name, via) for name, via in gateways if (":" in via) == v6]
        bare = [name for name, entry in self._links.items() if entry.get("state") != "down"]
        to = (
            ["2001:db8:9::/48", "2001:db8:8::/48"]
            if v6
            else ["default", "10.9.0.0/16", "10.8.0.0/16", "10.0.0.0/8"]
        )
        route = {"to": self._chance.choice(to)}
        if self._maybe(0.2):
            route["metric"] = self._chance.choice([5, 6])
        sort = self._chance.random()
        if sort < 0.1:
            return {**route, "kind": "blackhole"}
        if sort < 0.4 and fitting and bare and not v6:
            hops = [self._hop(fitting), self._hop(fitting), {"dev": self._chance.choice(bare)}]
            return {**route, "nexthops": [{**hop, "weight": self._chance.randint(1, 3)} for hop in hops]}
        if sort < 0.8 and fitting:
            return {**route, **self._hop(fitting)}
        return {**route, "dev": self._chance.choice(bare)} if bare else None

    def _hop(self, fitting):
        name, via = self._chance.choice(fitting)
        return {"via": via, "dev": name} if self._maybe(0.7) else {"via": via}

    def _maybe(self, share=0.5):
        return self._chance.random() < share
