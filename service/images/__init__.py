"""Pictures that people upload: what is taken, and what is made of it."""
