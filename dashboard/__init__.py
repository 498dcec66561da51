"""The staff web pages."""
