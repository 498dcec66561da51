"""A process inside one clinic: `python -m bench.inside MODULE`, input on stdin as JSON.

Django must be set up before the clinic's modules can be imported, so the module that knows the
answer is loaded by its name.
"""

import json
import os
import sys
from importlib import import_module

import django


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
    django.setup()
    answer = import_module(f"bench.{sys.argv[1]}").answer
    print(json.dumps(answer(json.loads(sys.stdin.read() or "null")), default=str))


if __name__ == "__main__":
    main()
