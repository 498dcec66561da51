"""Views of the dashboard, one module for each subject: parse, call one action, render."""
