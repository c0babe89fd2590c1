"""How alike cultured cells and reference cells are, and everything that must hold before one may
say so: the lineage's gate, the checks of the references, programmes, own pairs.
"""
