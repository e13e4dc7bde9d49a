"""Logs of requests that were made: which model, when, and how many tokens their vendors counted."""
