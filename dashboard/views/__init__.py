"""The staff's web pages, one module a subject. Translate, make one call, translate."""
