"""A plan in the browser: sizes and assumptions as a form, power as a job, layouts to be chosen."""
