"""Layer 1: staff, roles, permissions and the audit trail. Imports nothing about patients."""
