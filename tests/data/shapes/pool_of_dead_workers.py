import asyncio


class Pool:
    def __init__(self) -> None:
        self.workers: list["Worker"] = []
        self.up = True

    async def supervise(self) -> None:
        while self.up:
            for worker in self.workers:
                if worker.dead:
                    continue
                await worker.ping()
                await asyncio.sleep(1)

    def add(self, worker: "Worker") -> None:
        self.workers.append(worker)

    def down(self) -> None:
        self.up = False


class Worker:
    def __init__(self) -> None:
        self.dead = False

    async def ping(self) -> None:
        await asyncio.sleep(0.1)

    def die(self) -> None:
        self.dead = True
