"""Screens of volunteers, shifts and hours."""
