"""Step 5. Objective: choose providers fairly and openly. Outcome: an approved result for every call.

Acts: procurement officer, two officers at the opening, reviewers, approver, and the SOs themselves.
"""
