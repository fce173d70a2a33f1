ip link add name uplink type veth peer name far
