"""What the database keeps encrypted: the cipher, the fields, and how keys are changed."""
