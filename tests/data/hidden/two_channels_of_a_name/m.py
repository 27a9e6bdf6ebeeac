import anyio


class First:
    def __init__(self, sock) -> None:
        self._to_a, self._from = anyio.create_memory_object_stream(5)

    def put(self, x) -> None:
        self._to_a.send_nowait(x)

    async def get(self):
        return await self._from.receive()


class Repl:
    def __init__(self, sock) -> None:
        self.sock = sock
        self._to_b, self._from = anyio.create_memory_object_stream(5)

    def end(self) -> None:
        self._to_b.close()

    async def write(self) -> None:
        while True:
            async for data in self._from:
                await self.sock.send(data)
