"""What a stage costs: prices, lines, the document's figures."""
