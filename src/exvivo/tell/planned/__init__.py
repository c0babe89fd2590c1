"""A plan in words and figures: what a study could find, and where each donor goes on its plates."""
