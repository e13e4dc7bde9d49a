"""Arguments, files and standard input as named streams of text."""
