"""Everything that a rehearsal runs on: real servers and stand-ins, each a process, started and stopped together."""
