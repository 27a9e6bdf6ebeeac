import asyncio


class ApiError(Exception):
    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


class Api:
    def __init__(self) -> None:
        self.session = None

    async def sync(self) -> None:
        if self.session is None:
            return
        await self.session.sync()
        await asyncio.sleep(5)

    async def run(self) -> None:
        errors = 0
        while errors < 10:
            if self.session is None:
                await asyncio.sleep(1.0)
            try:
                await self.sync()
                if self.session is not None:
                    errors = 0
            except ApiError as exc:
                errors += 1
                await asyncio.sleep(exc.code)

    def open(self, session: object) -> None:
        self.session = session
