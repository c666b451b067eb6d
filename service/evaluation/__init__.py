"""Step 7. Objective: accept and evaluate results with the people they are for.

Outcome: acceptance, evaluation, lessons. Acts: procurement officer, beneficiaries, acceptance group.
"""
