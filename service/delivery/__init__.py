"""Step 6, support and monitoring.

Objective: funds arrive on time and the work is supported. Outcome: transfers made and confirmed, progress
known. Acts: finance officer, procurement officer, SOs.
"""
