"""The admin and the simulator in a real browser."""
