"""The system as ports (Protocols) and their Linux adapters."""
