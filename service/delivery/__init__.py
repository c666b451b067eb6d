"""Step 6. Objective: support and monitor the work. Outcome: money on time, progress known. Acts: finance officer, procurement officer, SOs."""
