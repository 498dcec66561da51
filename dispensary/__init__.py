"""Layer 4: ledger of doses given, missed and taken home. Rows are added, never changed."""
