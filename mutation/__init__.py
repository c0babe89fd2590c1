"""Named faults, planted one at a time, each of which the tests of its room must find.

`scripts/mutate` plants them; the test suite only checks that each still fits the source.
"""
