"""The pure core: identities, resources, changes, plans. Standard library only, no I/O."""
