"""The tables of people as the door shows and changes them: donors.csv and clinic.csv, what is
handed in for them, and what is known of the people of each group.
"""
