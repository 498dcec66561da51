"""A face: the staff's web pages."""
