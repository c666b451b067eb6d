"""The conversation desk: what no dialogue understood waits here, and officers answer by hand on the same channel (S1).

Nothing that arrived is ever lost. A person's conversation with the office and the one with its complaint desk are two:
whoever may not read the second never learns that there is one (H4).
"""
