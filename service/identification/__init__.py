"""Step 1. Objective: list as many poverty reduction tasks as possible and find those that SOs could take on.

Outcome: a short list (初始清单 → 潜在购买清单). Acts: the county's procurement officer; anyone may propose.
"""
