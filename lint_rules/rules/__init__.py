"""The rules, one file each: what a loop must show to be reported, and the page that explains it to a user.

Invariant: importing this package loads no rule.
"""
