"""`llmcost tokenizers …`: how each tokenizer counts, and vocabularies of the user's own.

Counting and the files of vocabularies belong to `tokenizers`, the package.
"""
