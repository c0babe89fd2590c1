"""Questions of a study as forms: the fields of each kind, what a filled form says, and the sentence
that it asks.
"""
