ip link add name a type veth peer name x
ip link add name d type bridge
