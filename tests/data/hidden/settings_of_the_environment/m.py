import asyncio
from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    fast: bool = False


class Poller:
    async def given(self) -> Settings:
        return Settings()

    async def poll(self) -> None:
        while True:
            answer = await self.given()
            if answer.fast:
                continue
            await asyncio.sleep(1)
