"""What the public sees: calls, results, complaint totals, the head of the audit chain. Acts: anyone; reads only."""
