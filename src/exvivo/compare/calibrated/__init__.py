"""How often the answers of a study hold the truth where it stands: its own design simulated.

For each answer new results of the same donors are drawn (`donors`, `wells`): groups with the
spreads that were fitted, the levels of every term, the wells with their errors and limits. The
method of the answer is asked of each (`trials`), and what share claimed a difference where there is
none, and held the difference where there is one, stands behind the answer (`findings`).
"""
