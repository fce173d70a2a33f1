"""Reading what the user wrote: files -> strict YAML -> a validated `Document`.

First stage of every command. Nothing here looks at the host: the same files give the same document
everywhere. Every problem is a `Diagnostic` with a position; all problems of a stage are told at once.

The modules that need neither YAML nor pydantic (`files`) can be used alone, so that a command that
finds its document in a cache by digest loads neither.
"""
