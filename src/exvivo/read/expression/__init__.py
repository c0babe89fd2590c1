"""Tables of gene expression as people have them, and lists of marker genes: `question` reads all
files of a question of identity, `forms` the forms a table may have.
"""
