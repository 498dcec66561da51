"""Demonstration clinics with synthetic patients and realistic courses of treatment."""
