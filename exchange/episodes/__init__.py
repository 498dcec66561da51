"""Import of episodes from a clinic's spreadsheet. docs/import-episodes.md lists the columns."""
