"""Images and albums in one list, as old clients read it."""
