"""A shop's sales register, one row per line of an invoice, as the Online Retail data set has it."""
