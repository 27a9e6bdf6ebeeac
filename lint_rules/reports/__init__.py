"""The reports, one file per format: each turns the outcome of a run into text.

Invariant: no report reads settings or analyses anything; what a file or a function is called cannot steer a terminal.
"""
