"""Step 5.6. Objective: sign fair contracts. Outcome: contracts in force with their two annexes.

Acts: SOs file the implementation plan; the procurement officer draws up the contract and has it
reviewed; both sides sign.
"""
