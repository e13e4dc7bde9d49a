"""Logs of agents, gateways and vendors' exports, a file each with its `FORMATS`.

What their objects look like, which fields have the tokens, and where the files are belongs here;
adding a format is adding a file. Answers as vendors' APIs write them do not: `log_fields` reads
these without decoding the rest.
"""
