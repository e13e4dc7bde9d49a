"""Results as one HTML file: tables, charts and what was asked, without any network."""
