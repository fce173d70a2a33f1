"""Services that are announced while they work: checks, what they come to, and the kernel's state that
tells the routing daemon. Run by netconf health; never part of a transaction.
"""
