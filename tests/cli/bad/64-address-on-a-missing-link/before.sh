ip link add name a type veth peer name b
