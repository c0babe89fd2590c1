"""Results that may leave the study: counts that name nobody, a page without persons, and the search
for what should not be there.
"""
