"""The boards, one file each: what is on them, in which order."""
