import asyncio


async def pipe(a: asyncio.StreamReader, b: asyncio.StreamWriter) -> int:
    total = 0
    while not b.is_closing():
        chunk = await a.read(65536)
        if not chunk:
            break
        b.write(chunk)
        await b.drain()
        total += len(chunk)
    return total
