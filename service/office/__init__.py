"""The office itself: who works in it, its numbers, its channels and its record. Acts: the office administrator."""
