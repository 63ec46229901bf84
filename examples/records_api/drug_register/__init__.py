"""A stand-in for a national drug register: another service that the records API asks."""
