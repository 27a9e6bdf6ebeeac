"""Token and sending: single flight, renewal in time, numbers per answered message, and typed refusals."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest

from qq_support import adapter, following, until
from qqbot_fixed import Message, SendError, SendLimitedError, Sent, Target
from qqbot_fixed.api import Api
from qqbot_fixed.errors import ConnectFailedError, RateLimitedError
from qqbot_fixed.fake_gateway import Emit, FakeGateway, Script

pytest_plugins = ["qq_fixtures"]


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def api(fake: FakeGateway, clock: Clock | None = None) -> Api:
    return Api("app", "secret", fake.http_url, fake.token_url, 60.0, clock or Clock())


async def test_many_ask_and_one_request_is_made(fake: FakeGateway, http: aiohttp.ClientSession) -> None:
    source = api(fake)
    tokens = await asyncio.gather(*(source.token(http) for _ in range(20)))
    assert set(tokens) == {"token-1"}
    assert len(fake.token_requests) == 1


@pytest.mark.parametrize("expires_in", ["7200", 7200, 7200.0, 999999, "999999"])
async def test_a_token_is_renewed_before_it_expires(
    fake: FakeGateway, http: aiohttp.ClientSession, expires_in: object
) -> None:
    fake.expires_in = expires_in
    clock = Clock()
    source = api(fake, clock)
    await source.token(http)
    clock.now += 7200 - 61
    await source.token(http)
    assert len(fake.token_requests) == 1
    clock.now += 31  # 30 s before the end
    fake.token_number = 2
    assert await source.token(http) == "token-2"


@pytest.mark.parametrize("expires_in", [None, "soon", "", -1, "nan", "1e999", [], True, "0"])
async def test_a_token_of_unknown_life_is_renewed_at_its_next_use(
    fake: FakeGateway, http: aiohttp.ClientSession, expires_in: object
) -> None:
    fake.expires_in = expires_in
    clock = Clock()
    source = api(fake, clock)
    assert await source.token(http) == "token-1"
    clock.now += 7200
    await source.token(http)
    assert len(fake.token_requests) == 2


async def test_a_refused_token_is_an_error_that_names_the_reason(
    fake: FakeGateway, http: aiohttp.ClientSession
) -> None:
    fake.token_answers.append((200, {"code": 100016, "message": "invalid appid or secret"}))
    with pytest.raises(ConnectFailedError, match="100016, invalid appid or secret") as refused:
        await api(fake).token(http)
    assert not isinstance(refused.value, RateLimitedError)
    fake.token_answers.append((200, {"code": 100001, "message": "Too many requests"}))
    with pytest.raises(RateLimitedError) as limited:
        await api(fake).token(http)
    assert limited.value.delay == 60.0


async def test_a_failure_does_not_block_those_who_wait(fake: FakeGateway, http: aiohttp.ClientSession) -> None:
    fake.token_answers.append((500, {}))
    source = api(fake)
    results = await asyncio.gather(*(source.token(http) for _ in range(3)), return_exceptions=True)
    assert [isinstance(result, ConnectFailedError) for result in results] == [True, False, False]


@pytest.mark.parametrize(
    ("target", "path"),
    [
        (Target("c2c", "u"), "/v2/users/u/messages"),
        (Target("group", "g"), "/v2/groups/g/messages"),
        (Target("channel", "c"), "/channels/c/messages"),
        (Target("direct", "d"), "/dms/d/messages"),
    ],
)
async def test_each_kind_of_target_has_its_path(fake: FakeGateway, target: Target, path: str) -> None:
    async with adapter(fake) as bot:
        assert await bot.send(target, "hello") == Sent("sent1")
    assert fake.sent == [(path, {"msg_type": 0, "content": "hello"})]


async def test_an_id_cannot_leave_its_place_in_the_path(fake: FakeGateway) -> None:
    async with adapter(fake) as bot:
        await until(lambda: fake.logins)
        assert await bot.send(Target("channel", "../gateway?a=b"), "x") == Sent("sent1")
    assert [path for path, _ in fake.sent] == ["/channels/../gateway?a=b/messages"], (
        "one segment, decoded by the server"
    )
    assert len(fake.url_requests) == 1


async def test_replies_are_counted_per_message(fake: FakeGateway) -> None:
    fake.scripts.append(Script(on_ready=(Emit(1),)))
    async with adapter(fake) as bot:
        message = await following(bot, Message)
        assert isinstance(message, Message)
        for _ in range(2):
            await bot.send(message.target, "again", reply_to=message.id)
        await bot.send(message.target, "other", reply_to="other")
        await bot.send(message.target, "event", event_id="e1", fields={"msg_type": 2, "markdown": {"content": "*"}})
    bodies = [body for _, body in fake.sent]
    assert [(body.get("msg_id"), body["msg_seq"]) for body in bodies] == [("m1", 1), ("m1", 2), ("other", 1), (None, 1)]
    assert bodies[3] == {
        "msg_type": 2,
        "content": "event",
        "markdown": {"content": "*"},
        "event_id": "e1",
        "msg_seq": 1,
    }


async def test_media_without_text_go_with_a_blank(fake: FakeGateway) -> None:
    async with adapter(fake) as bot:
        await bot.send(Target("group", "g"), "", fields={"msg_type": 7, "media": {"file_info": "f"}})
    assert fake.sent[0][1] == {"msg_type": 7, "content": " ", "media": {"file_info": "f"}}


async def test_the_counts_of_old_replies_are_forgotten(fake: FakeGateway, http: aiohttp.ClientSession) -> None:
    source = api(fake)
    for number in range(2500):
        source._next_msg_seq(str(number))
    assert len(source._msg_seq) == 1000


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        ((429, {}), SendLimitedError, 0),
        ((400, {"code": 22009, "message": "over the limit"}), SendLimitedError, 22009),
        ((400, {"code": 304027, "message": "msg_id expired"}), SendError, 304027),
        ((500, "oops"), SendError, 0),
        ((200, {}), SendError, 0),
    ],
)
async def test_a_refused_message_is_a_typed_error(
    fake: FakeGateway, answer: tuple[int, object], kind: type[SendError], code: int
) -> None:
    fake.send_answers.append(answer)
    async with adapter(fake) as bot:
        with pytest.raises(SendError) as caught:
            await bot.send(Target("c2c", "u"), "x")
    assert type(caught.value) is kind
    assert (caught.value.status, caught.value.code) == (answer[0], code)
    assert len(fake.sent) == 1, "nothing is sent twice"


async def test_a_message_that_waits_for_an_audit_is_no_failure(fake: FakeGateway) -> None:
    fake.send_answers.append((202, {"code": 304023, "message": "push message is waiting for audit now"}))
    async with adapter(fake) as bot:
        assert await bot.send(Target("channel", "c"), "x") == Sent("", pending=True)


async def test_a_token_that_expired_early_is_renewed_once(fake: FakeGateway) -> None:
    async with adapter(fake) as bot:
        await until(lambda: fake.logins)
        fake.token_number = 2
        assert await bot.send(Target("c2c", "u"), "x") == Sent("sent1")
        assert len(fake.token_requests) == 2
        fake.token_number = 3
        fake.token_answers.append((500, {}))
        with pytest.raises(SendError):
            await bot.send(Target("c2c", "u"), "x")
    assert len(fake.sent) == 1


async def test_sending_needs_a_running_adapter(fake: FakeGateway) -> None:
    bot = adapter(fake)
    with pytest.raises(SendError):
        await bot.send(Target("c2c", "u"), "x")
    async with bot:
        pass
    with pytest.raises(SendError):
        await bot.send(Target("c2c", "u"), "x")
