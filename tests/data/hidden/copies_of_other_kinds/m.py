"""A deduplicated list differs from the list."""


async def step() -> None:
    pass


async def main(xs: list[int]) -> None:
    while list(set(xs)) != xs:
        await step()


async def more(xs: list[int]) -> None:
    while tuple(xs) != xs:
        await step()


class A:
    def __init__(self) -> None:
        self.rows: list[int] = []

    async def seen(self) -> None:
        before = list(self.rows)
        self.rows.append(1)
        while before != self.rows:
            await step()

    async def table(self, d: dict[str, int]) -> None:
        while list(d) != d:
            await step()
