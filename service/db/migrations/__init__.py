"""The steps from the tables that production has to the ones this service wants."""
