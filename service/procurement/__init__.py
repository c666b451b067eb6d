"""Step 5. Objective: choose providers fairly and openly. Outcome: signed contracts. Acts: procurement officer, two officers at opening, reviewers, approver, SOs."""
