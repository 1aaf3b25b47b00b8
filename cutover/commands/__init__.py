"""One file a command: flags, then the core decides, then it is shown, then it is done. Each has a `command`."""
