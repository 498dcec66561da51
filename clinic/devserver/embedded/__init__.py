"""PostgreSQL and Valkey out of Python wheels, for a machine that has no database server.

Standard library only, and relative imports only: the keeper process loads this package by itself,
without the rest of the project, so that it is small and starts at once.
"""

from .client import Borrowed, ServersUnavailable, borrow_servers

__all__ = ["Borrowed", "ServersUnavailable", "borrow_servers"]
