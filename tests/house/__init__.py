"""The structure of the house, kept by tests."""
