"""What the public sees: calls, results, complaint totals, lessons, the head of the audit chain.

Acts: anyone; reads only.
"""
