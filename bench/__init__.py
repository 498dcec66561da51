"""`make bench`: how fast the clinic is, and whether it stays so when it grows."""
