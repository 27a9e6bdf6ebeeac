"""Repairs of loops that spin: one file for each kind of fix, and the gates that every fix has to pass.

Invariant: a fixer sees a `Site` and proposes edits; it never writes, and it never sees the symbolic machine.
"""
