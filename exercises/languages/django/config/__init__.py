"""The project: settings and paths."""
