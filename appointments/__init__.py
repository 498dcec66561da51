"""Storey 5: time held for a patient."""
