import asyncio


class Runner:
    def __init__(self) -> None:
        self.lines: list[str] = []

    async def run(self, *cmd: str) -> int:
        proc = await asyncio.create_subprocess_exec(*cmd, stdout=asyncio.subprocess.PIPE)
        assert proc.stdout is not None
        while proc.returncode is None:
            raw = await proc.stdout.readline()
            if raw:
                self.lines.append(raw.decode().rstrip())
        return proc.returncode
