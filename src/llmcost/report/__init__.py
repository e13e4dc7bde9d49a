"""A result value as text: table, tsv, csv, json, ndjson or md. Nothing here prints."""
