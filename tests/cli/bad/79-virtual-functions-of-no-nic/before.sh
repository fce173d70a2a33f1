ip link add d0 type ifb; ip link add d1 type ifb
