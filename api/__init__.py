"""REST API of the clinic for other systems."""
