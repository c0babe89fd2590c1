"""What people decide about a study: wells left out, flags kept, a donor who withdraws. What each
would make of every answer, and how it gets into the files and on record.
"""
