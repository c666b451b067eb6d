"""The promises of the ground floor, on a real database."""
