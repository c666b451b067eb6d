"""Step 3. Objective: register, verify and understand SOs.

Outcome: potential providers in three confidential categories (能力类别). Acts: SOs themselves, the county's
officers, at least two assessors.
"""
