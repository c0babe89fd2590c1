"""The second thin door: the whole product in a browser, for people who use no terminal.

Every page calls the same functions as the command line, and the study folder stays the truth: what
a person does here is written to the same files, and on the same record, as if done by hand.
"""
