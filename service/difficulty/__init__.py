"""Step 2. Objective: grade the difficulty of short-listed tasks.

Outcome: three confidential lists: easy, regular, difficult (难度). Acts: the county's procurement officer.
"""
