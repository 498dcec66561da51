"""Sources of due events, one module for each table in which something falls due."""
