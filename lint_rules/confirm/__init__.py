"""Runs a finding: builds the loop in its witness state and sees whether it goes round without waiting.

How it works. A finding is a lap with a state. `plan` takes both from the analysis: the loop, the coroutines that the
lap runs through, and the conditions that the lap passed. `witness` sorts the conditions by access path, `state` turns
them into a few lines of Python that make such objects, and `knowledge` takes from the library models how a library
object behaves in its state. `harness` writes all of it, with the text of `bench`, as one pytest file, and `run` runs
that very file in a process with limits, without network and without a way to write (`child`).

In the bench, the project's files are not imported. A name is compiled from its source when something asks for it; an
assignment runs only if it merely computes; imports give the standard library where that only computes, the project's
own files, and stand-ins for all else. A coroutine that is not on the lap is a stand-in too. The loop is cut out of its
function, its variables become parameters, and a counter stands before its test. A real event loop runs it; the event
loop's selector tells whether it has something to do (the lap has yielded) or would sleep (the lap waits).

Invariants: `check` never comes here. Nothing runs without consent. A harness never makes a finding go away, and a lap
on which a stand-in got in the way is `cannot run`, never `confirmed`.
"""
