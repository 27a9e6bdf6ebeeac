import asyncio

running = True
paused = False


async def worker(queue: asyncio.Queue) -> None:
    while running:
        if not paused:
            job = await queue.get()
            await job()
        else:
            await asyncio.sleep(1.0)


def pause() -> None:
    global paused
    paused = True


def stop() -> None:
    global running
    running = False
