"""The HTTP side: access token, gateway URL, sending.

At most one token request is under way at a time, a token is renewed before it expires, and nothing here repeats a
request by itself except once after a refused token: pausing and dialling again is the adapter's business.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

import aiohttp

from qqbot_fixed.errors import ConnectFailedError, RateLimitedError, SendError, SendLimitedError
from qqbot_fixed.events import Target
from qqbot_fixed.frames import is_int, shorten

log = logging.getLogger("qqbot_fixed")

API_URL: Final = "https://api.sgroup.qq.com"
TOKEN_URL: Final = "https://bots.qq.com/app/getAppAccessToken"
RENEW_BEFORE: Final = 45.0  # the service hands out a new token during the last 60 s of the old one
TIMEOUT: Final = aiohttp.ClientTimeout(total=15)  # under 5 s a message that was sent would look lost
REMEMBERED_REPLIES: Final = 1000
NETWORK_ERRORS: Final = (aiohttp.ClientError, OSError, asyncio.TimeoutError, ValueError)

TOO_MANY: Final = frozenset({100001, 22009})
TOKEN_REFUSED: Final = frozenset({11241, 11242, 11243, 11244})
AUDIT: Final = frozenset({304023, 304024})
PATHS: Final = {
    "c2c": "/v2/users/{}/messages",
    "group": "/v2/groups/{}/messages",
    "channel": "/channels/{}/messages",
    "direct": "/dms/{}/messages",
}


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that the service took. `pending` means that it waits for an audit."""

    id: str
    pending: bool = False


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    body: Mapping[str, object]

    @property
    def code(self) -> int:
        code = self.body.get("code")
        return code if is_int(code) else 0

    @property
    def too_many(self) -> bool:
        return (
            self.status == 429 or self.code in TOO_MANY or "too many requests" in str(self.body.get("message")).lower()
        )

    def describe(self, what: str) -> str:
        return f"{what}: HTTP {self.status}, code {self.code}, {shorten(str(self.body.get('message')))}"


class Api:
    """Credentials, the token they gave, and the requests that need it."""

    def __init__(
        self,
        app_id: str,
        client_secret: str,
        api_url: str = API_URL,
        token_url: str = TOKEN_URL,
        rate_limit_delay: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app_id = app_id
        self._client_secret = client_secret
        self._api_url = api_url.rstrip("/")
        self._token_url = token_url
        self._rate_limit_delay = rate_limit_delay
        self._clock = clock
        self._lock = asyncio.Lock()
        self._token: str | None = None
        self._renew_at = 0.0
        self._msg_seq: OrderedDict[str, int] = OrderedDict()

    async def token(self, http: aiohttp.ClientSession) -> str:
        """The access token, asked for only if there is none or it is about to expire."""
        async with self._lock:
            if self._token is None or self._clock() >= self._renew_at:
                body = {"appId": self._app_id, "clientSecret": self._client_secret}
                answer = await self._request(http, "POST", self._token_url, body, None)
                token = answer.body.get("access_token")
                if not isinstance(token, str) or not token:
                    raise self._failed(answer, "access token refused")
                self._token = token
                self._renew_at = self._clock() + _seconds(answer.body.get("expires_in")) - RENEW_BEFORE
            return self._token

    def forget_token(self) -> None:
        """The next request asks for a token again."""
        self._token = None

    async def gateway_url(self, http: aiohttp.ClientSession) -> str:
        """Where to open the websocket."""
        answer = await self._request(http, "GET", f"{self._api_url}/gateway", None, await self.token(http))
        if answer.status == 401 or answer.code in TOKEN_REFUSED:
            self.forget_token()
        url = answer.body.get("url")
        if not isinstance(url, str) or not url.startswith(("ws://", "wss://")):
            raise self._failed(answer, "gateway URL refused")
        return url

    async def send(
        self,
        http: aiohttp.ClientSession,
        target: Target,
        content: str,
        reply_to: str | None,
        event_id: str | None,
        fields: Mapping[str, object],
    ) -> Sent:
        """Posts a message; a refused token is renewed once."""
        url = self._api_url + PATHS[target.kind].format(quote(target.id, safe=""))
        body: dict[str, object] = {"msg_type": 0, "content": content or " ", **fields}  # media go with a blank
        if reply_to is not None:
            body |= {"msg_id": reply_to, "msg_seq": self._next_msg_seq(reply_to)}
        elif event_id is not None:
            body |= {"event_id": event_id, "msg_seq": self._next_msg_seq(event_id)}
        try:
            answer = await self._request(http, "POST", url, body, await self.token(http))
            if answer.status == 401 or answer.code in TOKEN_REFUSED:
                self.forget_token()
                answer = await self._request(http, "POST", url, body, await self.token(http))
        except ConnectFailedError as error:
            raise SendError(str(error)) from error
        if answer.code in AUDIT:
            return Sent(id="", pending=True)
        identifier = answer.body.get("id")
        if answer.status < 300 and isinstance(identifier, str):
            return Sent(id=identifier)
        kind = SendLimitedError if answer.too_many else SendError
        raise kind(answer.describe("message refused"), status=answer.status, code=answer.code)

    def _next_msg_seq(self, key: str) -> int:
        """The service refuses a pair of message id and number that it has seen."""
        number = self._msg_seq.pop(key, 0) + 1
        self._msg_seq[key] = number
        if len(self._msg_seq) > REMEMBERED_REPLIES:
            self._msg_seq.popitem(last=False)
        return number

    async def _request(
        self, http: aiohttp.ClientSession, method: str, url: str, body: Mapping[str, object] | None, token: str | None
    ) -> _Answer:
        headers = {} if token is None else {"Authorization": f"QQBot {token}"}
        try:
            async with http.request(method, url, json=body, headers=headers, timeout=TIMEOUT) as response:
                parsed: object = await response.json(content_type=None)
                log.debug("%s %s: %s, trace %s", method, url, response.status, response.headers.get("X-Tps-trace-ID"))
                return _Answer(response.status, parsed if isinstance(parsed, dict) else {})
        except NETWORK_ERRORS as error:
            raise ConnectFailedError(f"{method} {url}: {type(error).__name__}: {error}") from error

    def _failed(self, answer: _Answer, what: str) -> ConnectFailedError:
        text = answer.describe(what)
        return RateLimitedError(text, self._rate_limit_delay) if answer.too_many else ConnectFailedError(text)


def _seconds(value: object) -> float:
    """`expires_in` comes as a number or as a string; a token of unknown life is renewed at its next use."""
    try:
        seconds = float(value) if isinstance(value, int | float | str) else 0.0
    except (ValueError, OverflowError):
        return 0.0
    return min(seconds, 7200.0) if seconds > 0 else 0.0
