"""Papers that leave the house: packing slip, label, invoice."""
