"""Before the blood is drawn: what a study can find, where its donors go on the plates, what is
frozen and registered, and who is not to know the groups.
"""
