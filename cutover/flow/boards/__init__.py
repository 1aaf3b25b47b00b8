"""Where dashboards come from, what their widgets are answered, and how changes are marked in them."""
