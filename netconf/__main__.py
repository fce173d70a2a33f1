"""`python -m netconf`."""

import sys

from netconf.cli import main

sys.exit(main())
