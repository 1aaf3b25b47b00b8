"""What all report pages share: one style, one kind of chart, one frame that needs nothing but itself."""
