"""What we allow such a partner, and ourselves towards it."""

TIMEOUT_S = 15.0
ANSWER_BYTES_MAX = 256 * 2**10
ANSWERS_MAX = 100
SIGNED_FOR_S = 300  # a signature is believed for so long, both ways of the clock
KEY_CHARS_MAX = 200
KINDS = ("shipment", "fulfilment_reply", "tracking")  # what it may send us
