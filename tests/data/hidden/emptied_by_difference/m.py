import asyncio


class Runner:
    def __init__(self) -> None:
        self.begun_runs: set[str] = set()
        self.run_handles: set[str] = set()

    def submit(self, name: str) -> None:
        self.begun_runs.add(name)
        self.run_handles.add(name)

    def forget(self, names: list[str]) -> None:
        self.run_handles.difference_update(names)

    async def cancel(self, name: str) -> bool:
        if name not in self.run_handles:
            return False
        await asyncio.sleep(1)
        return True

    async def close(self) -> None:
        while running := list(self.begun_runs):
            for name in running:
                await self.cancel(name)
