"""Step 4. Objective: complete preparations for procurement.

Outcome: packages (采购任务包) with scopes of work (任务书), the list for procurement, an annual plan
(年度购买计划), county workshops held, a regulation (实施办法) in force. Acts: the county's procurement
officer; another person approves.
"""
