ip link add name b type veth peer name c
