"""How often the gates roll back a healthy service, and how soon they find trouble, by simulation."""
