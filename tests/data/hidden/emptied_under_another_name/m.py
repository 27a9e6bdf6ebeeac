import asyncio


class Runner:
    def __init__(self) -> None:
        self.begun_runs: dict[str, asyncio.Task[None]] = {}
        self.run_handles: dict[str, object] = {}

    def submit(self, name: str, task: asyncio.Task[None]) -> None:
        self.begun_runs[name] = task
        self.run_handles[name] = object()

    def _take(self, name: str) -> None:
        handles = self.run_handles
        handles.pop(name, None)

    async def cancel(self, name: str) -> bool:
        if name not in self.run_handles:
            return False
        await asyncio.sleep(1)
        return True

    async def close(self) -> None:
        while running := list(self.begun_runs):
            for name in running:
                await self.cancel(name)
