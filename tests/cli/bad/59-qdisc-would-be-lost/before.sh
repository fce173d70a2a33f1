ip link add name a type ifb
tc qdisc add dev a root tbf rate 1mbit burst 10k latency 10ms
