"""What a harness runs on: stand-ins for all that is not on the lap, the project's code compiled from its source, and a
loop that says whether it waited.

Invariant: these modules use the standard library alone and nothing else of this package, since a written harness
carries their text (see `lint_rules.confirm.harness`).
"""
