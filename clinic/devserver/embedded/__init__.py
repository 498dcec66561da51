"""PostgreSQL and Valkey from Python wheels, for a machine without a database server.

Standard library and relative imports only: the supervisor process loads this package without the
rest of the project, so that it is small and starts at once.
"""

from .client import Borrowed, ServersUnavailable, borrow_servers

__all__ = ["Borrowed", "ServersUnavailable", "borrow_servers"]
