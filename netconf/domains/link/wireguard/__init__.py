"""What a link of kind wireguard has besides what every link has: keys, port, mark and peers."""
