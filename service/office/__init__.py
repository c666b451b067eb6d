"""The office itself: its people, numbers, channels and record. Acts: the office administrator."""
