"""The campaign's controls: one thing after the other that sslx relies on is taken away, and the row that is about it
must find something wrong. A row that finds nothing then proves nothing."""

from workload import ONE, SHORT

#: What is taken away; how; the row that must see it; which of its faults (a part of their labels); short or long form.
CONTROLS = [
    ("the same command is not given once more", {"goes_on": False}, 6, "", True),
    ("no fsync reaches the disk", {"lies": True}, 10, "moment", True),
    ("commands do not see one another's claims", {"lies_about": "claims"}, 8, "", True),
    ("no fencing of late results", {"lies_about": "claims"}, 7, "another machine", False),
    ("hosts do not see their command's end", {"lies_about": "prctl"}, 5, "long", True),
    ("no journals beside the database", {"keeps_journals": False}, 20, "", True),
    ("no digest in a checkpoint", {"mends_digest": True}, 13, "", True),
    ("a closed pipe's signal ends the command", {"lies_about": "sigpipe"}, 46, "closed", True),
]


def taken_away(campaign, what):
    for name, value in what.items():
        if name == "lies_about":
            campaign.lies_env = {"LD_PRELOAD": campaign.tools.shim("lies"), "LIE_ABOUT": value}
        else:
            setattr(campaign, name, value)


def run(make, options, rows):
    """Each control in a campaign of its own; 0 when all have found something."""
    silent = []
    for words, what, row, label, is_short in CONTROLS:
        if (rows and row not in rows) or (options.short and not is_short):
            continue
        campaign = make(options.build, is_short, options.seed, verbose=False)
        campaign.form = SHORT
        for form in (SHORT, ONE):
            campaign.reference(form)  # of the undisturbed sweep, with all that there is
        taken_away(campaign, what)
        found = campaign.run_row(row, label)
        first = f"; first: {found[0][0]}: {found[0][2][:150]!r}" if found else ""
        print(f"control: {words}: row {row} found {len(found)} things wrong in {campaign.faults[row]} faults{first}", flush=True)
        if not any(kind in ("lost", "wrong", "left") for kind, _, _ in found):
            silent.append(words)
    print(f"controls that nothing was found with: {', '.join(silent) or 'none'}", flush=True)
    return 1 if silent else 0
