"""What the pages of checks, flags and wells are made of: where a mistake can be fixed, what a well
is, and what a decision would make of every answer.
"""
