"""L2TPv3: tunnels, and the sessions in them, which are links of kind l2tp."""
