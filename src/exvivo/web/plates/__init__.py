"""The plates of a study at the door: what a layout says of each well, what the instrument measured
there, what is to be fixed, and layouts as files for other programs.
"""
