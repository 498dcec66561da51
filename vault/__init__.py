"""Encryption of database columns: cipher, model fields and key rotation."""
