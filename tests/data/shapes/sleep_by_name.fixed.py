from asyncio import Event, sleep


class Blink:
    def __init__(self) -> None:
        self.enabled = False
        self.done = Event()

    async def run(self) -> None:
        while not self.done.is_set():
            if self.enabled:
                self.toggle()
                await sleep(0.5)
            else:
                await sleep(0.5)

    def toggle(self) -> None:
        print("toggle")

    def enable(self) -> None:
        self.enabled = True
