ip link add name p type veth peer name q
