"""Layer 3: treatment plans with both arms, drug tests and counseling notes."""
