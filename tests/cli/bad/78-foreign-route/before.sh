ip link add name a type veth peer name b
ip link set dev a up
ip addr add 192.0.2.1/24 dev a
ip route add 10.0.0.0/8 via 192.0.2.3 metric 20 proto 12
ip -6 route add blackhole 2001:db8::/32 proto 99
