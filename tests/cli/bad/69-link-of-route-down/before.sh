ip link add name c type veth peer name d
