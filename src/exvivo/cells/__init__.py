"""Files as cells: text and workbooks opened under guard, cut into rows, each cell with its address.

It knows no instrument and no study: readers and the tables of a study both begin here.
"""
