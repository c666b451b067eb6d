"""Step 4. Objective: complete preparations. Outcome: packages with scopes of work, the annual plan, workshops held, a regulation in force. Acts: procurement officer; another person approves."""
