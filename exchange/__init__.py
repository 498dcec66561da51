"""Imports of files and trials, and demonstration clinics, written in bulk."""
