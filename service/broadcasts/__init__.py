"""Broadcasts: the same words to many, seen and counted before they leave, and followed until they arrived (S5, S6).

Procurement officers write and send; above the county's budget a second person approves. Overseers read.
"""
