"""Every misbehaviour of the gateway gets its reaction, and never more dials than the back-off allows."""

from __future__ import annotations

import asyncio
import logging
import time

import pytest

from qq_support import FAST, adapter, assert_paced, following, texts, until
from qqbot_fixed import Ready, Resumed, TooManyAttemptsError
from qqbot_fixed.fake_gateway import (
    ABSENT,
    Action,
    Close,
    Drop,
    Emit,
    FakeGateway,
    Invalid,
    Pause,
    Raw,
    Reconnect,
    Script,
)

pytest_plugins = ["qq_fixtures"]

TOO_MANY = {"code": 100001, "message": "Too many requests"}


def kinds(fake: FakeGateway) -> list[str]:
    return [login.kind for login in fake.logins]


async def test_the_whole_life_of_a_connection(fake: FakeGateway) -> None:
    fake.scripts.append(Script(on_ready=(Emit(2),), heartbeat_interval=50))
    async with adapter(fake) as bot:
        ready = await following(bot)
        assert isinstance(ready, Ready) and (ready.session_id, ready.username) == ("session-1", "fake")
        assert await texts(bot, 2) == ["1", "2"]
        await until(lambda: len(fake.beats) >= 3)
    assert fake.beats[-1] == 3, "a heartbeat carries the latest sequence number"
    assert fake.logins[0].data["shard"] == [0, 1]
    assert (len(fake.dials), len(fake.token_requests), len(fake.url_requests)) == (1, 1, 1)


@pytest.mark.parametrize(
    ("answer", "pause"),
    [
        ((200, {"code": 100016, "message": "invalid appid or secret"}), FAST.delays[0]),
        ((500, "oops"), FAST.delays[0]),
        ((200, ["not", "an", "object"]), FAST.delays[0]),
        ((200, {"access_token": 7}), FAST.delays[0]),
        ((200, TOO_MANY), FAST.rate_limit_delay),
        ((429, {}), FAST.rate_limit_delay),
    ],
)
@pytest.mark.parametrize("which", ["token", "url"])
async def test_a_refused_request_is_repeated_after_a_pause(
    fake: FakeGateway, which: str, answer: tuple[int, object], pause: float
) -> None:
    (fake.token_answers if which == "token" else fake.url_answers).append(answer)
    async with adapter(fake) as bot:
        assert isinstance(await following(bot), Ready)
    requests = fake.token_requests if which == "token" else fake.url_requests
    assert len(requests) == 2 and requests[1] - requests[0] >= pause


async def test_a_stale_token_is_renewed_when_the_gateway_url_needs_it(fake: FakeGateway) -> None:
    fake.url_answers.append((401, {"code": 11244, "message": "token expired"}))
    async with adapter(fake) as bot:
        assert isinstance(await following(bot), Ready)
    assert len(fake.token_requests) == 2


async def test_a_url_that_is_no_websocket_is_refused(fake: FakeGateway) -> None:
    fake.url_answers.extend([(200, {"url": "http://127.0.0.1/"}), (200, {"url": "wss://"}), (200, {})])
    async with adapter(fake) as bot:
        assert isinstance(await following(bot), Ready)
    assert len(fake.url_requests) == 4


async def test_a_late_hello_is_waited_for(fake: FakeGateway) -> None:
    fake.scripts.append(Script(before_hello=(Pause(FAST.handshake_timeout / 2),)))
    async with adapter(fake) as bot:
        assert isinstance(await following(bot), Ready)
    assert len(fake.dials) == 1


@pytest.mark.parametrize("script", [Script(hello=False), Script(on_login=())], ids=["no hello", "no READY"])
async def test_silence_before_ready_ends_the_connection(fake: FakeGateway, script: Script) -> None:
    fake.scripts.extend([script, Script()])
    async with adapter(fake) as bot:
        assert isinstance(await following(bot), Ready)
    assert fake.dials[1] - fake.dials[0] >= FAST.handshake_timeout + FAST.delays[0]


async def test_chatter_does_not_prolong_the_handshake(fake: FakeGateway) -> None:
    chatter: tuple[Action, ...] = (Raw('{"op": 11}'), Pause(0.04)) * 12
    fake.scripts.extend([Script(on_login=chatter), Script()])
    async with adapter(fake) as bot:
        assert isinstance(await following(bot), Ready)
    assert fake.dials[1] - fake.dials[0] < FAST.handshake_timeout + 0.25


@pytest.mark.parametrize(("d", "expected"), [(True, "resume"), (False, "identify"), (ABSENT, "identify")])
async def test_invalid_session_after_ready(fake: FakeGateway, d: object, expected: str) -> None:
    fake.scripts.extend([Script(on_ready=(Invalid(d),)), Script()])
    async with adapter(fake):
        await until(lambda: len(fake.logins) == 2)
    assert kinds(fake) == ["identify", expected]
    assert fake.dials[1] - fake.dials[0] >= FAST.invalid_session_delay


@pytest.mark.parametrize("d", [True, False, ABSENT])
async def test_invalid_session_instead_of_ready_then_end(fake: FakeGateway, d: object) -> None:
    fake.scripts.extend([Script(on_login=(Invalid(d), Drop())), Script()])
    async with adapter(fake) as bot:
        assert isinstance(await following(bot), Ready)
    assert kinds(fake) == ["identify", "identify"]


async def test_reconnect_request_then_expiry_is_resumed(fake: FakeGateway) -> None:
    fake.scripts.extend([Script(on_ready=(Emit(1), Reconnect(), Close(4009))), Script()])
    async with adapter(fake) as bot:
        assert await texts(bot, 1) == ["1"]
        assert isinstance(await following(bot), Resumed)
    assert kinds(fake) == ["identify", "resume"]


@pytest.mark.parametrize("place", ["before_hello", "on_login", "on_ready"])
async def test_a_cut_connection_is_dialled_again(fake: FakeGateway, place: str) -> None:
    fake.scripts.extend([Script(**{place: (Drop(),)}), Script()])  # type: ignore[arg-type]
    async with adapter(fake):
        await until(lambda: fake.logins and len(fake.dials) == 2 and len(fake.logins) >= 1)
        await until(lambda: kinds(fake)[-1] == ("resume" if place == "on_ready" else "identify"))
        assert len(fake.dials) == 2, "one dial for the cut connection, one for the next"


async def test_missed_events_are_replayed_before_resumed(fake: FakeGateway) -> None:
    fake.scripts.extend([Script(on_ready=(Emit(1), Drop())), Script()])
    async with adapter(fake) as bot:
        assert await texts(bot, 1) == ["1"]
        await fake.emit()
        await fake.emit()
        assert await texts(bot, 2) == ["2", "3"]
        assert isinstance(await following(bot), Resumed)
        assert bot.stats.malformed == 0, "the data of RESUMED is an empty string"


async def test_a_repeated_message_comes_once(fake: FakeGateway) -> None:
    fake.scripts.append(Script(on_ready=(Emit(1), Emit(2, repeat=True), Emit(1))))
    async with adapter(fake) as bot:
        assert await texts(bot, 2) == ["1", "2"]
        assert bot.stats.duplicates == 2


async def test_missing_acks_are_a_dead_link(fake: FakeGateway) -> None:
    fake.scripts.extend([Script(heartbeat_interval=50, acks=False), Script()])
    async with adapter(fake) as bot:
        assert isinstance(await following(bot), Ready)
        assert isinstance(await following(bot), Resumed)
    assert len(fake.beats) == FAST.missed_acks


async def test_a_slow_user_is_not_taken_for_a_dead_link(fake: FakeGateway) -> None:
    """While the queue is full nobody reads the answers; the gateway is not to blame for that."""
    fake.scripts.append(Script(heartbeat_interval=25, on_ready=(Emit(5),)))
    async with adapter(fake, queue_size=1) as bot:
        await until(lambda: len(fake.beats) >= 6)
        assert await texts(bot, 5) == ["1", "2", "3", "4", "5"]
        beats = len(fake.beats)
        await until(lambda: len(fake.beats) >= beats + 3)
    assert len(fake.dials) == 1


async def test_a_tiny_heartbeat_interval_is_no_storm(fake: FakeGateway) -> None:
    fake.scripts.append(Script(heartbeat_interval=1))
    async with adapter(fake, heartbeat_floor=0.1) as bot:
        assert isinstance(await following(bot), Ready)
        start = time.monotonic()
        await until(lambda: len(fake.beats) >= 4)
        assert time.monotonic() - start >= 0.35


@pytest.mark.parametrize("interval", [None, 0, -5, "45000", True, 1e300, {}])
async def test_a_useless_heartbeat_interval_is_replaced(fake: FakeGateway, interval: object) -> None:
    fake.scripts.append(Script(heartbeat_interval=interval))
    async with adapter(fake) as bot:
        assert isinstance(await following(bot), Ready)
        assert bot.stats.malformed == 1
    assert len(fake.dials) == 1


async def test_the_gateway_may_ask_for_a_heartbeat(fake: FakeGateway) -> None:
    fake.scripts.append(Script(on_ready=(Raw('{"op": 1}'),)))
    async with adapter(fake):
        await until(lambda: fake.beats)
    assert fake.beats == [1]


async def test_three_failed_resumes_turn_into_identify(fake: FakeGateway) -> None:
    fake.scripts.extend([Script(on_ready=(Close(4009),)), *[Script(on_login=(Close(4009),))] * 3, Script()])
    async with adapter(fake):
        await until(lambda: len(fake.logins) == 5)
    assert kinds(fake) == ["identify", "resume", "resume", "resume", "identify"]


async def test_the_backoff_grows_and_is_reset_by_progress_only(fake: FakeGateway) -> None:
    fake.scripts.extend([*[Script(on_login=(Close(4000),))] * 3, Script(on_ready=(Close(4000),)), Script()])
    pauses = (0.05, 0.25, 0.3)
    async with adapter(fake, delays=pauses):
        await until(lambda: len(fake.dials) == 5)
    gaps = [later - earlier for earlier, later in zip(fake.dials, fake.dials[1:], strict=False)]
    assert all(gap >= pause for gap, pause in zip(gaps, [*pauses, pauses[0]], strict=True)), gaps
    assert gaps[3] < pauses[1]


async def test_a_ready_that_does_not_live_is_no_progress(fake: FakeGateway) -> None:
    fake.scripts.append(Script(on_ready=(Close(4000),)))
    async with adapter(fake, min_life=60.0, max_attempts=4) as bot:
        with pytest.raises(TooManyAttemptsError, match="4 attempts"):
            while True:
                assert isinstance(await following(bot), Ready)
    assert len(fake.dials) == 5
    gaps = [later - earlier for earlier, later in zip(fake.dials, fake.dials[1:], strict=False)]
    assert all(gap >= pause for gap, pause in zip(gaps, [*FAST.delays, FAST.delays[-1]], strict=True))


async def test_quick_disconnects_in_a_row_are_a_rate_limit(fake: FakeGateway) -> None:
    fake.scripts.append(Script(on_ready=(Close(4009),)))
    async with adapter(fake, min_life=60.0, quick_limit=3):
        await until(lambda: len(fake.logins) == 4)
    gaps = [later - earlier for earlier, later in zip(fake.dials, fake.dials[1:], strict=False)]
    assert gaps[2] >= FAST.rate_limit_delay > gaps[1]
    assert kinds(fake) == ["identify", "resume", "resume", "identify"]
    assert len(fake.token_requests) == 2


async def test_a_closed_http_session_is_given_up_with_pauses(fake: FakeGateway) -> None:
    import aiohttp

    http = aiohttp.ClientSession()
    await http.close()
    start = time.monotonic()
    async with adapter(fake, http=http, max_attempts=3) as bot:
        with pytest.raises(TooManyAttemptsError, match="session is closed"):
            await following(bot)
    assert time.monotonic() - start >= sum(FAST.delays)
    assert not fake.dials


async def test_a_closed_socket_is_not_entered_again(fake: FakeGateway) -> None:
    """The state of the incident, set by hand while the reader is busy: no frame tells it that the socket is closed."""
    fake.scripts.extend([Script(on_ready=(Emit(3),)), Script()])
    async with adapter(fake, queue_size=1) as bot:
        await until(lambda: bot._queue.full() and not bot._link.reading)
        socket = bot._ws
        assert socket is not None
        await socket.close()
        assert await texts(bot, 3) == ["1", "2", "3"]
        await until(lambda: len(fake.dials) == 2)
        await until(lambda: bot._ws is not None and bot._ws is not socket)
        await fake.emit()
        assert await texts(bot, 1) == ["4"]


async def test_nobody_listens_at_the_address(fake: FakeGateway, caplog: pytest.LogCaptureFixture) -> None:
    bot = adapter(fake, gateway_url="ws://127.0.0.1:9/", max_attempts=2)
    with caplog.at_level(logging.WARNING, "qqbot_fixed"):
        async with bot:
            with pytest.raises(TooManyAttemptsError):
                await following(bot)
    assert "ClientConnectorError" in caplog.text
    assert bot.stats.dials == 3


@pytest.mark.parametrize("moment", ["at once", "dialling", "reading", "pausing", "queue full", "not listened to"])
async def test_close_leaves_nothing_behind(fake: FakeGateway, moment: str) -> None:
    before = asyncio.all_tasks()
    if moment == "dialling":
        fake.scripts.append(Script(hello=False))
    if moment == "pausing":
        fake.scripts.append(Script(before_hello=(Drop(),)))
    if moment == "queue full":
        fake.scripts.append(Script(on_ready=(Emit(5),)))
    bot = adapter(fake, queue_size=1 if moment == "queue full" else 10, delays=(5.0,))
    async with bot:
        if moment != "at once":
            await until(lambda: fake.dials)
        if moment in ("reading", "queue full"):
            await until(lambda: fake.logins)
        if moment == "reading":
            await following(bot)
        if moment == "pausing":
            await asyncio.sleep(0.05)
        http = bot._http
    assert http is not None and http.closed and bot._ws is None
    with pytest.raises(StopAsyncIteration):
        await bot.__anext__()
    await bot.close()  # a second time does nothing
    await until(lambda: {task for task in asyncio.all_tasks() - before if "qqbot" in task.get_name()} == set())


async def test_a_waiting_reader_of_events_ends_with_the_adapter(fake: FakeGateway) -> None:
    bot = adapter(fake)
    async with bot:
        readers = [asyncio.create_task(_drain(bot)) for _ in range(2)]
        await until(lambda: fake.logins)
    assert sorted([await reader for reader in readers]) in ([0, 1], [0, 0])
    with pytest.raises(RuntimeError):
        await bot.__aenter__()


async def _drain(bot: object) -> int:
    return len([event async for event in bot])  # type: ignore[attr-defined]


async def test_the_storm_check_of_the_fake_counts(fake: FakeGateway) -> None:
    fake.dials = [0.0, 0.1, 0.9, 1.05, 5.0]
    assert fake.most_dials_per_second() == 3
    with pytest.raises(AssertionError):
        assert_paced(fake, 0.5)
    fake.dials.clear()
