import asyncio


async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            line = await reader.readline()
            if not line:
                break
            text = line.decode().strip()
            if not text:
                continue
            if text == "quit":
                break
            writer.write(line)
            await writer.drain()
    finally:
        writer.close()
