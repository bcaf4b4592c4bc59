"""Floor 0: money, quantity, clock, ids. No Django, no SQL, no I/O."""
