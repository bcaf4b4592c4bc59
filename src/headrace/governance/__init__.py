"""Governance: who may do what, by which rules, and the record of it."""
