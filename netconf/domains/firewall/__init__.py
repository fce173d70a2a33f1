"""The firewall: nftables tables as values, what a document says about them, and the way from one to another.

Not a registered domain yet: no document names it.
"""
