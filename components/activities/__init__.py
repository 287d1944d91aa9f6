"""Screens of activities and of what people need."""
