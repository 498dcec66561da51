"""Storey 7: what treatment achieves. Only reads what stands below, and writes nothing."""
