"""The province. Objective: see each county at each stage, in time to help. Acts: overseers; reads only."""
