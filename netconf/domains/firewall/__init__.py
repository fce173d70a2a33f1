"""Tables of nftables as values, and the way from one to another. Not a registered domain: no document names it."""
