"""Health check of the web container: exits with an error unless /healthz answers 200."""

import os
import urllib.request

# Django answers only requests with an allowed host name.
HOST = os.environ["ALLOWED_HOSTS"].split(",")[0]

request = urllib.request.Request("http://127.0.0.1:8000/healthz", headers={"Host": HOST})
with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310 - a fixed address # nosec B310
    if answer.status != 200:
        raise SystemExit(f"/healthz answered {answer.status}")
