"""What a stage costs a month: its templates times a table of list prices, beside the design's own figures."""
