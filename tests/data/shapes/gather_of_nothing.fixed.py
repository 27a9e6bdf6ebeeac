import asyncio


class Monitor:
    def __init__(self) -> None:
        self.probes: dict[str, "Probe"] = {}

    def register(self, probe: "Probe") -> None:
        self.probes[probe.name] = probe

    async def watch(self) -> None:
        while True:
            if not self.probes:
                await asyncio.sleep(1.0)
            results = await asyncio.gather(*(p.check() for p in self.probes.values()), return_exceptions=True)
            for result in results:
                if isinstance(result, Exception):
                    print("probe failed", result)


class Probe:
    def __init__(self, name: str) -> None:
        self.name = name

    async def check(self) -> bool:
        await asyncio.sleep(5)
        return True
