import asyncio


class Player:
	def __init__(self) -> None:
		self.queue: list[str] = []
		self.voice = None

	async def loop(self) -> None:
		while True:
			if self.voice and self.queue:
				track = self.queue.pop(0)
				await self.voice.play(track)
			else:
				await asyncio.sleep(1.0)

	def join(self, voice: object) -> None:
		self.voice = voice
