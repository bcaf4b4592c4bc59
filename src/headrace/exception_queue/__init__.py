"""The exception queue: what cannot go straight through, why, whose it is and by when.

Import from here lazily inside stages: `from headrace.exception_queue.reasons import Reason` and
`from headrace.exception_queue.parking import park`.
"""
