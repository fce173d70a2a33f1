"""Declarative network state for one Linux host: plan it, apply it as one transaction, verify it."""

__version__ = "0.1.0"
