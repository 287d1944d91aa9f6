"""Volunteers: who they are, the shifts they take, the hours they gave."""
