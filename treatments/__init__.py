"""Storey 3: the plan with both arms together, and drug tests."""
