"""`python -m qqbot_fixed`: connects with the credentials from the environment and prints events as JSON lines.

Standard output holds events and nothing else; what goes wrong is on standard error.
Exit code 0: ended by a signal; 1: the adapter gave up; 2: the command or the environment is wrong.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import dataclasses
import json
import logging
import os
import signal
import sys
from collections.abc import Sequence

from qqbot_fixed.adapter import QQAdapter
from qqbot_fixed.api import API_URL, TOKEN_URL
from qqbot_fixed.errors import FatalError
from qqbot_fixed.events import DEFAULT_INTENTS, Event

APP_ID, CLIENT_SECRET = "QQ_APP_ID", "QQ_CLIENT_SECRET"


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING - 10 * min(options.verbose, 2), format="%(levelname)s %(message)s")
    missing = [name for name in (APP_ID, CLIENT_SECRET) if not os.environ.get(name)]
    if missing:
        print(f"error: set {' and '.join(missing)} in the environment", file=sys.stderr)
        return 2
    bot = QQAdapter(
        os.environ[APP_ID],
        os.environ[CLIENT_SECRET],
        intents=options.intents,
        gateway_url=options.gateway,
        api_url=options.api or API_URL,
        token_url=f"{options.api.rstrip('/')}/app/getAppAccessToken" if options.api else TOKEN_URL,
    )
    try:
        asyncio.run(_print_events(bot))
    except FatalError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except (asyncio.CancelledError, KeyboardInterrupt):
        return 0
    except BrokenPipeError:  # nobody reads on
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def as_json(event: Event) -> str:
    """One line; the type of the event comes first."""
    return json.dumps({"event": type(event).__name__.lower(), **dataclasses.asdict(event)})


async def _print_events(bot: QQAdapter) -> None:
    task = asyncio.current_task()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows
            if task is not None:
                asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    async with bot:
        async for event in bot:
            print(as_json(event), flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m qqbot_fixed", description="Prints events of a QQ bot as JSON lines."
    )
    parser.add_argument("--api", metavar="URL", help="another server for token, gateway URL and sending")
    parser.add_argument("--gateway", metavar="URL", help="this websocket instead of the one that the API names")
    parser.add_argument("--intents", type=int, default=DEFAULT_INTENTS, help="bits (default: %(default)s)")
    parser.add_argument("-v", "--verbose", action="count", default=0, help="log more; twice: everything")
    return parser


if __name__ == "__main__":
    sys.exit(main())
