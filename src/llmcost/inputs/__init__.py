"""What the user names, as streams of text and requests.

Files, folders, archives, documents, tables, object storage, git. Nothing is counted or priced here.
"""
