"""Words that pages use."""
