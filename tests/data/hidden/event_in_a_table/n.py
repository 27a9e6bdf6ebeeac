from m import registry


def poke() -> None:
    ready = registry["ready"]
    ready.set()
