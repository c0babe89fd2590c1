"""Before the blood is drawn: power, plate layout, registration, and what is needed next."""
