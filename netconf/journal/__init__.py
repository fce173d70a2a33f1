"""Write-ahead undo journal, run lock and history of generations.

Before the first change a transaction's before-images are made durable here; afterwards it ends in
exactly one way, by one atomic rename. StateDir is the way in.
"""

from netconf.journal.durable import CHECKPOINTS, Checkpoint
from netconf.journal.entry import Archived
from netconf.journal.lock import Holder
from netconf.journal.records import (
    Begin,
    Content,
    Counts,
    Decision,
    Durable,
    End,
    Generation,
    Json,
    Meta,
    Rows,
    Standing,
    Trial,
)
from netconf.journal.recovery import Found, Leftover
from netconf.journal.services import EVERY, Health
from netconf.journal.statedir import StateDir, StateView
from netconf.journal.transaction import Transaction

__all__ = [
    "CHECKPOINTS",
    "EVERY",
    "Archived",
    "Begin",
    "Checkpoint",
    "Content",
    "Counts",
    "Decision",
    "Durable",
    "End",
    "Found",
    "Generation",
    "Health",
    "Holder",
    "Json",
    "Leftover",
    "Meta",
    "Rows",
    "Standing",
    "StateDir",
    "StateView",
    "Transaction",
    "Trial",
]
