"""`python -m terminal.cli` is the same as `terminal`."""

import sys

from terminal.cli import main

sys.exit(main())
