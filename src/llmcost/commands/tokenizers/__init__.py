"""`llmcost tokenizers …`: what is counted how, and vocabularies of the user's own."""
