"""How a question becomes a published answer: options, conduct, tables, comparisons."""
