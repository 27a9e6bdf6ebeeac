class Watch:
    def __init__(self) -> None:
        self.rows: set[int] = set()

    async def step(self) -> None:
        pass

    async def follow(self, row: int) -> None:
        before = set(self.rows)
        self.rows.add(row)
        while before != self.rows:
            await self.step()

    async def follow2(self, row: int) -> None:
        while True:
            before = set(self.rows)
            self.rows.discard(row)
            if before != self.rows:
                continue
            return
