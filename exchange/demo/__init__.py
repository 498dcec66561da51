"""A clinic that never was: synthetic people whose treatment goes the way treatment goes."""
