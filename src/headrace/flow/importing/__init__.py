"""Importing: the past of a shop, from a file of its register. Every row is accounted for, to the cent."""
