"""Inputs: what the user names, as streams of text and requests.

Files, folders, archives, documents, tables, object storage, git and the vendors' forms of requests
belong here. Nothing is counted or priced, and nothing of a terminal is known. Logs of requests that
were already sent belong to `logs`.
"""
