"""What a link of kind macsec has besides what every link has: receive channels, and associations with their keys."""
