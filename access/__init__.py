"""Storey 1: staff, roles, who may see whom, the audit trail. Knows nothing of patients."""
