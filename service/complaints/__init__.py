"""The hotline (steps 5.5 and 6.4, chapter 3.5).

Objective: every word of complaint reaches someone who may decide and does so in time. Outcome: answered
complaints, and totals that everyone can read. Acts: anyone, complaint officers, the higher authority.
"""
