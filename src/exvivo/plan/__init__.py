"""Before the blood is drawn: power, plate layout, registration, and blinding."""
