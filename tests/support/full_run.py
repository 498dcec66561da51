"""Set by `make test-full`: every caller, size and number, as docs/testing.md lists them."""

import os

FULL = bool(os.environ.get("MAINSTAY_FULL"))
