"""Price files: YAML in, a checked PriceTable out, compiled once; updates, rates, holidays."""
