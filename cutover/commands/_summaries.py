"""What `cutover --help` says of each command, by what one wants to do; written down, so that none is loaded for it.

Each summary is how the command's own help begins; a test holds the two together.
"""

from collections.abc import Mapping

SECTIONS: Mapping[str, Mapping[str, str]] = {
    "Look": {
        "status": "Show what is true now, in under a second",
        "watch": "Show what is true and how it goes, again and again",
        "check": "Judge the gates over the newest traffic",
        "gates": "Show what the gates decide from",
        "history": "Show the newest ledger lines, oldest first",
        "drift": "Compare the live records with what the ledger last knew",
        "dashboard": "Draw CloudWatch's dashboards as a page",
        "cost": "Show what both sides cost at the rate of their newest usage",
    },
    "Move": {
        "plan": "Show the exact change of a shift",
        "shift": "Give Lambda this share of the traffic",
        "run": "Drive the ladder: shift, wait, bake, judge, and on",
        "pause": "Hold the migration: nothing is raised",
        "promote": "Let a pause go, or end the bake of the live weight",
        "lock": "Show who holds the lease, or break it",
    },
    "Go back": {
        "rollback": "Give ECS all traffic at once",
        "resume": "Allow Lambda traffic again after a rollback",
    },
    "Prepare": {
        "init": "Write the settings from what is found in the account",
        "doctor": "Look at everything that a migration rests on",
        "adopt": "Replace the name's simple record by two weighted ones",
        "verify": "Ask the zone's name servers and both sides directly",
        "compare": "Ask the same GETs of two places, and tell every difference",
        "load": "Put load on a target and judge how it bears that",
        "drill": "Rehearse a rollback",
        "freeze": "Name windows in which nothing is raised",
        "rehearse": "Rehearse the whole migration on this machine",
    },
    "Data": {
        "reindex": "Make the search indices anew from PostgreSQL, and swap them",
        "export": "Export what is known, to look into an incident",
    },
    "End": {
        "decommission": "Take ECS down, rung by rung",
    },
}
SUMMARIES: Mapping[str, str] = {name: text for section in SECTIONS.values() for name, text in section.items()}
