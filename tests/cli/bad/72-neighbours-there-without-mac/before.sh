ip tuntap add t0 mode tun
ip link set t0 up
ip link add v0 type veth peer name v1
ip link set v0 arp off up
