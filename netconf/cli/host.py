"""The host a command works on, from its options."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from netconf.app.wiring import RUN_DIR, STATE_DIR, Host, Settings
from netconf.engine.progress import Progress, Silent


def host(options: Namespace, progress: Progress | None = None) -> Host:
    """With --state-dir, the lock and what else is volatile lies there too, under run."""
    # A process that guards a trial works in another directory.
    state = Path(options.state_dir).absolute() if options.state_dir else STATE_DIR
    run = state / "run" if options.state_dir else RUN_DIR
    return Host(Settings(options.netns, state, run, options.lock_timeout, progress=progress or Silent()))
