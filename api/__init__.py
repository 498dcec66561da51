"""A face: the API for other systems."""
