#!/usr/bin/env python
"""Run management commands. Without DATABASE_URL and REDIS_URL, start embedded servers."""

import os
import sys

# These commands use neither the database nor Redis, so no server is started for them.
NEEDS_NO_SERVER = {
    "collectstatic",
    "compilemessages",
    "diffsettings",
    "help",
    "makemessages",
    "spectacular",
    "startapp",
    "version",
}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    if command == "run":
        from clinic.devserver.launcher import main as run_everything

        sys.exit(run_everything())
    if command in NEEDS_NO_SERVER or command.startswith("-") or "--help" in sys.argv:
        execute()
    else:
        execute_with_servers()


def execute() -> None:
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


def execute_with_servers() -> None:
    from clinic.devserver.embedded import ServersUnavailable, borrow_servers
    from clinic.devserver.embedded.client import missing_servers

    try:
        servers = borrow_servers(names=missing_servers())
    except ServersUnavailable as problem:
        sys.exit(str(problem))
    with servers:
        os.environ.update(servers.urls)
        execute()


if __name__ == "__main__":
    main()
