"""Episodes of care out of a clinic's spreadsheet. The columns are in docs/import-episodes.md."""
