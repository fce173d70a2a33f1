ip link add nic0 address 02:00:00:00:00:98 type ifb; ip link add nic1 address 02:00:00:00:00:98 type ifb
