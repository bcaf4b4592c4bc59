"""An outside warehouse or drop-shipper that speaks the house's own JSON, by webhooks in both directions.

We POST requests and recalls to its address; it POSTs confirmations and answers to ours. Both sign with the same secret. The bodies are described
in `flow/release/port.py` (requests, recalls, answers) and `flow/ship/port.py` (confirmations, scans); `fixtures/` holds one of each.
"""
