"""Price files: YAML in, a checked PriceTable out, compiled once; and the exchange rates."""
