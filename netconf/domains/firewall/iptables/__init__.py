"""The firewall for hosts with legacy xtables: chains NC-* of our own in the tables of others, and ipsets."""
