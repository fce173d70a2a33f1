"""What a vxlan with a filter of VNIs has besides what every link has: the VNIs that it takes packets of."""
