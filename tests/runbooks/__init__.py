"""Every command of every runbook, run on a rehearsal stack and compared with what the page says one should see."""
