"""The language server: what `spinlint check` finds, in an editor and while it is typed.

Invariant: what is judged is the text in the editor; whatever is typed, the server lives on and never writes a file.
"""
