"""netconf drain."""

from __future__ import annotations

from argparse import Namespace

from netconf.app.health import drain
from netconf.cli.host import host as host_of
from netconf.cli.output import Output
from netconf.core.outcome import ExitStatus
from netconf.report.style import safe


def run(options: Namespace, output: Output) -> int:
    done = drain(host_of(options), options.service, options.wait, stop=options.stop)
    if output.json:
        output.object(
            {
                "format": "netconf.drain/1",
                "services": list(done.names),
                "still_announced": list(done.remaining),
                "stopped": done.stopped,
            }
        )
    elif done.remaining:
        output.complain(
            f"BIRD still announces {safe(', '.join(done.remaining))}, {options.wait:g} s after it was withdrawn:"
            " another route leads there"
        )
    else:
        names = ", ".join(done.names)
        words = f"Withdrawn: {names}. netconf undrain leaves them to their checks again."
        output.talk(safe(words) if names else "There are no services to withdraw.")
        if done.stopped:
            output.talk("BIRD has been stopped.")
    return ExitStatus.REFUSED if done.remaining else ExitStatus.OK
