"""spinlint finds asyncio loops that can go round for ever without waiting.

The package exports nothing but its version: its surfaces are the command `spinlint`, the flake8 and pylint plugins
and the codemods.
"""

__version__ = "0.1.0"
