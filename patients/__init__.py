"""Storey 2: who patients are, how to reach them, episodes of care, history, events, assessments."""
