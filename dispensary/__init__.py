"""Storey 4: doses given, missed and taken home. A ledger: rows are added, never changed."""
