"""Storey 6: looks down for what is due, sends, remembers that it sent."""
