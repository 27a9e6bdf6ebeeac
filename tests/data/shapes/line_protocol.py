import asyncio


async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            line = await reader.readline()
            text = line.decode().strip()
            if not text:
                continue
            if text == "quit":
                break
            writer.write(line)
            await writer.drain()
    finally:
        writer.close()
