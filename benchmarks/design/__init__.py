"""One design for every answer, measured: false claims where plates, batches, visits, unequal
spreads and bounds are in the way; laws of the layout; and what it costs.
"""
