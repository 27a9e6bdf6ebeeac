"""Probes: each builds one state of one real library object, so that the rows of the models can be run in it."""
