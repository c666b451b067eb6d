"""Reminders: who still owes a bid, a question, a report or an answer is told before it is too late (S6).

Nothing is planned ahead. Each rule of a room says who owes what by when, and a reminder is written when it is due: a date
that moves, or a matter that is settled, needs no list of old plans to be put right.
"""
