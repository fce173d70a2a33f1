ip link add br0 type bridge; ip link add d0 type ifb
