"""What is recorded, and what was read: faults before and after."""
