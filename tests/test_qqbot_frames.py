"""What arrives is typed or ignored and counted: no frame crashes the reader, makes it spin, or ends the connection."""

from __future__ import annotations

import json

import pytest

from qq_support import adapter, following, texts, until
from qqbot_fixed import Attachment, Message, Other, Policy, Ready, Resumed, Target
from qqbot_fixed.errors import MalformedFrameError
from qqbot_fixed.events import identity, parse
from qqbot_fixed.fake_gateway import Emit, FakeGateway, Raw, Script
from qqbot_fixed.frames import Frame, Op, decode, encode
from qqbot_fixed.recent import Recent

pytest_plugins = ["qq_fixtures"]


def dispatch(name: object, data: object, seq: object = 5) -> str:
    return json.dumps({"op": 0, "s": seq, "t": name, "d": data})


GOOD: dict[str, object] = {"id": "x", "author": {"user_openid": "u"}, "content": "c", "timestamp": "t"}
MALFORMED: list[str | bytes] = [
    "",
    "not json",
    "{",
    "null",
    "[]",
    "7",
    "[" * 100_000,
    '{"op": ' + "9" * 5000 + "}",
    "{}",
    '{"op": null}',
    '{"op": "0"}',
    '{"op": 0.0}',
    '{"op": true}',
    '{"op": 99}',
    '{"op": -1}',
    '{"op": {}}',
    '{"op": 2, "d": {}}',
    '{"op": 6}',
    '{"op": 10, "d": {"heartbeat_interval": 5}}',
    dispatch(None, {}),
    dispatch(7, {}),
    dispatch("", {}),
    dispatch("C2C_MESSAGE_CREATE", GOOD, "5"),
    dispatch("C2C_MESSAGE_CREATE", GOOD, -1),
    dispatch("C2C_MESSAGE_CREATE", GOOD, True),
    dispatch("C2C_MESSAGE_CREATE", GOOD, 1.5),
    dispatch("C2C_MESSAGE_CREATE", None),
    dispatch("C2C_MESSAGE_CREATE", "text"),
    dispatch("C2C_MESSAGE_CREATE", []),
    dispatch("C2C_MESSAGE_CREATE", GOOD | {"id": 7}),
    dispatch("C2C_MESSAGE_CREATE", GOOD | {"author": "u"}),
    dispatch("C2C_MESSAGE_CREATE", {"id": "x"}),
    dispatch("GROUP_AT_MESSAGE_CREATE", GOOD),
    dispatch("AT_MESSAGE_CREATE", GOOD | {"channel_id": None}),
    dispatch("READY", {}),
    dispatch("READY", ""),
    b"binary",
    b"\xff\xfe",
]


async def test_malformed_frames_are_counted_and_survived(fake: FakeGateway, caplog: pytest.LogCaptureFixture) -> None:
    fake.scripts.append(Script(on_ready=(*(Raw(item) for item in MALFORMED), Emit(1))))
    async with adapter(fake) as bot:
        assert await texts(bot, 1) == ["1"]
        assert bot.stats.malformed == len(MALFORMED)
    assert len(fake.dials) == 1
    assert len([record for record in caplog.records if record.getMessage().startswith("frame ignored")]) == len(
        MALFORMED
    )
    assert max(len(record.getMessage()) for record in caplog.records) < 500, "a frame must not fill the log"


async def test_a_flood_of_malformed_frames_leaves_the_adapter_alive(fake: FakeGateway) -> None:
    fake.scripts.append(Script(on_ready=(*[Raw("junk")] * 3000, Emit(1))))
    async with adapter(fake) as bot:
        assert await texts(bot, 1) == ["1"]
        assert bot.stats.malformed == 3000


@pytest.mark.parametrize("first", ["junk", dispatch("READY", {}), b"x", '{"op": 11}', '{"op": 1}'])
async def test_junk_before_hello_is_survived(fake: FakeGateway, first: str | bytes) -> None:
    fake.scripts.append(Script(before_hello=(Raw(first),)))
    async with adapter(fake) as bot:
        assert isinstance(await following(bot), Ready)
    assert len(fake.dials) == 1


async def test_a_large_payload_is_delivered(fake: FakeGateway) -> None:
    large = "x" * 1_000_000
    fake.scripts.append(Script(on_ready=(Raw(dispatch("C2C_MESSAGE_CREATE", GOOD | {"content": large})),)))
    async with adapter(fake) as bot:
        assert await texts(bot, 1) == [large]


async def test_a_huge_payload_costs_the_connection_only(fake: FakeGateway, caplog: pytest.LogCaptureFixture) -> None:
    fake.scripts.extend([Script(on_ready=(Raw("x" * 5_000_000),)), Script(on_ready=(Emit(1),))])
    async with adapter(fake) as bot:
        assert await texts(bot, 1) == ["1"]
    assert [login.kind for login in fake.logins] == ["identify", "resume"]
    assert "code 1009" in caplog.text


async def test_a_malformed_event_is_not_asked_for_again(fake: FakeGateway) -> None:
    fake.scripts.append(Script(on_ready=(Raw(dispatch("C2C_MESSAGE_CREATE", {}, 40)),)))
    async with adapter(fake) as bot:
        await until(lambda: bot.stats.malformed)
        assert bot._seq == 40


async def test_the_sequence_number_never_goes_back(fake: FakeGateway) -> None:
    raws = [Raw(dispatch("X", None, seq)) for seq in (7, 3, None)]
    fake.scripts.append(Script(on_ready=tuple(raws)))
    async with adapter(fake) as bot:
        for _ in raws:
            await following(bot, Other)
        assert bot._seq == 7


async def test_the_sequence_number_is_recorded_after_delivery(fake: FakeGateway) -> None:
    fake.scripts.append(Script(on_ready=(Emit(3),)))
    async with adapter(fake, queue_size=1) as bot:
        await until(lambda: len(fake.emitted) == 3)
        await following(bot)
        await until(lambda: bot._queue.full())
        assert bot._seq == 2, "the second message waits for room, and is asked for again if the adapter ends now"


@pytest.mark.parametrize("text", ['{"op": 0, "s": 3, "t": "X", "d": {"a": 1}, "id": "e"}'])
def test_a_frame_is_read(text: str) -> None:
    assert decode(text) == Frame(Op.DISPATCH, {"a": 1}, 3, "X", "e")
    assert json.loads(encode(Op.HEARTBEAT, None)) == {"op": 1, "d": None}


def parsed(name: str, data: object) -> object:
    return parse(Frame(Op.DISPATCH, data, 1, name, "event"))


@pytest.mark.parametrize(
    ("name", "extra", "target", "author"),
    [
        ("C2C_MESSAGE_CREATE", {"author": {"user_openid": "u"}}, Target("c2c", "u"), "u"),
        ("GROUP_AT_MESSAGE_CREATE", {"author": {"member_openid": "m"}, "group_openid": "g"}, Target("group", "g"), "m"),
        ("GROUP_MESSAGE_CREATE", {"author": {"member_openid": "m"}, "group_openid": "g"}, Target("group", "g"), "m"),
        ("AT_MESSAGE_CREATE", {"author": {"id": "a"}, "channel_id": "c", "guild_id": "d"}, Target("channel", "c"), "a"),
        ("DIRECT_MESSAGE_CREATE", {"author": {"id": "a"}, "guild_id": "d"}, Target("direct", "d"), "a"),
    ],
)
def test_messages_say_where_to_reply(name: str, extra: dict[str, object], target: Target, author: str) -> None:
    message = parsed(name, {"id": "i", "content": " hello ", "timestamp": "2025-01-01T00:00:00Z", **extra})
    assert isinstance(message, Message)
    assert (message.name, message.id, message.target, message.author) == (name, "i", target, author)
    assert (message.content, message.timestamp) == ("hello", "2025-01-01T00:00:00Z")


def test_attachments_get_a_scheme_and_bad_ones_are_left_out() -> None:
    items = [
        {"url": "a.test/x", "content_type": "image/png", "filename": "x", "size": 3, "width": 1},
        {"url": "//b.test/y", "size": "3"},
        {"url": "http://c.test/z"},
        {"url": 7},
        "text",
        {},
    ]
    message = parsed("C2C_MESSAGE_CREATE", GOOD | {"attachments": items})
    assert isinstance(message, Message)
    assert message.attachments == (
        Attachment("https://a.test/x", "image/png", "x", 3),
        Attachment("https://b.test/y"),
        Attachment("http://c.test/z"),
    )
    bare = parsed("C2C_MESSAGE_CREATE", GOOD | {"attachments": "text"})
    assert isinstance(bare, Message) and bare.attachments == ()


def test_other_dispatches_keep_their_data() -> None:
    assert parsed("RESUMED", "") == Resumed()
    assert parsed("READY", {"session_id": "s", "user": "nobody"}) == Ready("s")
    assert parsed("FRIEND_ADD", {"openid": "o"}) == Other("FRIEND_ADD", "event", {"openid": "o"})
    with pytest.raises(MalformedFrameError):
        parsed("READY", {"session_id": ""})


def test_identity_is_the_message_id_or_the_event_id() -> None:
    assert identity(Resumed()) == identity(Other("X", "")) == ""
    assert identity(Other("X", "e")) == "X e"
    message = parsed("C2C_MESSAGE_CREATE", GOOD)
    assert isinstance(message, Message) and identity(message) == "C2C_MESSAGE_CREATE x"


def test_recent_forgets_by_number_and_by_age() -> None:
    recent = Recent(limit=3, age=10)
    for number in range(5):
        recent.add(str(number), now=float(number))
    assert [recent.has(str(number), 5.0) for number in range(5)] == [False, False, True, True, True]
    assert recent.has("4", 14.0) and not recent.has("4", 14.5)
    recent.add("", 0.0)
    assert not recent.has("", 0.0) and len(recent) == 3
    recent.add("2", 6.0)
    recent.add("new", 6.0)
    assert recent.has("2", 6.0) and not recent.has("3", 6.0), "added again, it is the youngest"


def test_delays_grow_to_the_last_and_jitter_only_lengthens() -> None:
    plain = Policy(jitter=0.0)
    assert [plain.delay(number) for number in (0, 1, 2, 5, 6, 1000)] == [2.0, 2.0, 5.0, 60.0, 60.0, 60.0]
    values = {Policy(jitter=0.5).delay(2) for _ in range(200)}
    assert 5.0 <= min(values) < max(values) <= 7.5
