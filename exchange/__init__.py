"""Beside outcomes: whole records in. Bulk loads that write what the storeys below keep."""
