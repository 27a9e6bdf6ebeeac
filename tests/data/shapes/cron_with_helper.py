import asyncio
import time


class Cron:
    def __init__(self) -> None:
        self.jobs: list[str] = []
        self.last = 0.0

    def due(self) -> list[str]:
        return [job for job in self.jobs if job]

    async def run(self) -> None:
        while True:
            for job in self.due():
                await self.execute(job)

    async def execute(self, job: str) -> None:
        await asyncio.sleep(1)

    def add(self, job: str) -> None:
        self.jobs.append(job)
