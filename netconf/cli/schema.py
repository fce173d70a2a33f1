"""netconf schema."""

from __future__ import annotations

import json
from argparse import Namespace

from netconf.app.explain import schema
from netconf.cli.output import Output
from netconf.core.outcome import ExitStatus


def run(_options: Namespace, output: Output) -> int:
    output.data(json.dumps(schema(), indent=2))
    return ExitStatus.OK
