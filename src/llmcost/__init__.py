"""What will this text cost on every language model, in my currency, and which option is best?"""

__version__ = "0.1.0"
