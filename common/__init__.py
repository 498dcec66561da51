"""Layer 0: base error class, timestamps, dates and key-based paging for all apps."""
