"""States of clients of message brokers and databases; a server is started where one is needed and installed."""

from __future__ import annotations

import asyncio
import atexit
import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from types import SimpleNamespace
from typing import Any

import pytest

from model_probes.registry import Case, probe

KAFKA = "aiokafka.AIOKafkaConsumer"


# --- redis -----------------------------------------------------------------------------------------------------------


@probe("redis.asyncio.client.PubSub.listen", form="async for", when=("!subscribed",))
@probe("redis.asyncio.client.PubSub.get_message", when=("!connected",))
async def never_subscribed(method: str) -> AsyncIterator[Case]:
    from redis.asyncio import Redis

    pubsub = Redis().pubsub()
    yield Case(getattr(pubsub, method), pubsub)


@asynccontextmanager
async def redis_server() -> AsyncIterator[str]:
    """A redis server on a socket file; skips where none is installed."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is not installed")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "socket"
        process = await asyncio.create_subprocess_exec(
            program, "--port", "0", "--unixsocket", str(path), "--save", "", stdout=subprocess.DEVNULL
        )
        while not path.exists():
            await asyncio.sleep(0.02)
        try:
            yield str(path)
        finally:
            process.terminate()
            await process.wait()


@probe("redis.asyncio.client.PubSub.get_message", when=("connected", "timeout<=0"))
async def nothing_published(_: str) -> AsyncIterator[Case]:
    from redis.asyncio import Redis

    async with redis_server() as path:
        client = Redis(unix_socket_path=path)
        pubsub = client.pubsub()
        await pubsub.subscribe("channel")
        await pubsub.get_message(timeout=1)
        yield Case(pubsub.get_message, pubsub)
        await pubsub.aclose()
        await client.aclose()


# --- aiokafka --------------------------------------------------------------------------------------------------------


async def stopped_consumer() -> Any:
    from aiokafka import AIOKafkaConsumer

    consumer = AIOKafkaConsumer("topic")
    await consumer.stop()
    return consumer


@probe(f"{KAFKA}.getmany", f"{KAFKA}.getone", when=("stopped",))
async def consumer_stopped(method: str) -> AsyncIterator[Case]:
    consumer = await stopped_consumer()
    yield Case(getattr(consumer, method), consumer)


@probe(KAFKA, form="async for", when=("stopped",))
async def iterate_stopped(_: str) -> AsyncIterator[Case]:
    consumer = await stopped_consumer()
    yield Case(lambda: consumer, consumer)


def kafka_broker() -> tuple[Any, str]:
    """librdkafka's mock broker, which lives in a producer of confluent-kafka, and its address."""
    confluent = pytest.importorskip("confluent_kafka")
    mock = confluent.Producer({"test.mock.num.brokers": 1, "log_level": 0})
    mock.produce("topic", b"x")
    mock.flush(5)
    broker = next(iter(mock.list_topics(timeout=5).brokers.values()))
    return mock, f"{broker.host}:{broker.port}"


@probe("aiokafka.AIOKafkaProducer.send", when=("stopped",))
async def producer_stopped(_: str) -> AsyncIterator[Case]:
    from aiokafka import AIOKafkaProducer

    mock, address = kafka_broker()
    producer = AIOKafkaProducer(bootstrap_servers=address)
    await producer.start()
    await producer.send_and_wait("topic", b"x")
    await producer.stop()
    yield Case(lambda: producer.send("topic", b"x"), producer)
    del mock


@probe(f"{KAFKA}.getmany", when=("!stopped", "timeout_ms<=0"))
async def nothing_fetched(_: str) -> AsyncIterator[Case]:
    from aiokafka import AIOKafkaConsumer

    mock, address = kafka_broker()
    consumer = AIOKafkaConsumer("topic", bootstrap_servers=address, auto_offset_reset="latest")
    await consumer.start()
    await consumer.seek_to_end()
    yield Case(consumer.getmany, consumer)
    await consumer.stop()
    del mock


# --- aio-pika, nats, mqtt --------------------------------------------------------------------------------------------


@probe("aio_pika.queue.QueueIterator", form="async for", when=("closed",))
async def iterator_closed(_: str) -> AsyncIterator[Case]:
    """The iterator is real, the queue that it was made from is not: it only lends its channel."""
    from aio_pika.queue import QueueIterator
    from aio_pika.tools import CallbackCollection

    class Channel:
        closed = staticmethod(asyncio.get_running_loop().create_future)
        is_closed = True

    channel = Channel()
    queue: Any = SimpleNamespace(channel=channel, name="queue", close_callbacks=CallbackCollection(channel))
    iterator = QueueIterator(queue)
    iterator._consumer_tag = "tag"
    await iterator.close()
    yield Case(lambda: iterator, iterator)


@probe("nats.aio.subscription._SubscriptionMessageIterator", form="async for", when=("ended",))
async def subscription_ended(_: str) -> AsyncIterator[Case]:
    from nats.aio.client import Client
    from nats.aio.subscription import Subscription, _SubscriptionMessageIterator

    messages = _SubscriptionMessageIterator(Subscription(Client(), 1, "subject"))
    messages._cancel()
    yield Case(lambda: messages, messages)


@probe("nats.aio.client.Client.publish", "nats.aio.client.Client.flush", when=("closed",))
async def nats_closed(method: str) -> AsyncIterator[Case]:
    from nats.aio.client import Client

    client = Client()
    client._status = Client.CLOSED
    yield Case(lambda: getattr(client, method)(*(("subject",) if method == "publish" else ())), client)


@probe("nats.aio.subscription.Subscription.next_msg", when=("closed",))
async def subscription_of_closed(_: str) -> AsyncIterator[Case]:
    from nats.aio.client import Client
    from nats.aio.subscription import Subscription

    client = Client()
    client._status = Client.CLOSED
    subscription = Subscription(client, 1, "subject")
    yield Case(subscription.next_msg, subscription)


def lost_mqtt_client() -> Any:
    import aiomqtt

    client = aiomqtt.Client("127.0.0.1")
    client._disconnected.set_exception(aiomqtt.MqttError("lost"))
    client._disconnected.exception()
    return client


@probe("aiomqtt.client.MessagesIterator", form="async for", when=("disconnected",))
async def mqtt_messages(_: str) -> AsyncIterator[Case]:
    client = lost_mqtt_client()
    yield Case(lambda: client.messages, client.messages)


@probe("aiomqtt.Client.publish", when=("disconnected",))
async def mqtt_publish(_: str) -> AsyncIterator[Case]:
    client = lost_mqtt_client()
    yield Case(lambda: client.publish("topic"), client)


# --- PostgreSQL ------------------------------------------------------------------------------------------------------


@cache
def postgres() -> str:
    """The folder with the socket of a PostgreSQL server that lives as long as the tests; skips where there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    if not found or shutil.which("runuser") is None or os.geteuid() != 0:
        pytest.skip("PostgreSQL is not installed, or cannot be started as its own user")
    folder = mkdtemp()
    shutil.chown(folder, "postgres")
    control = ("runuser", "-u", "postgres", "--", str(found[-1]), "-s", "-w", "-D", f"{folder}/data")
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "check": True, "cwd": folder}
    subprocess.run([*control, "-o", "-A trust -N", "init"], **quiet)  # type: ignore[call-overload]
    options = f"-k {folder} -c listen_addresses= -c fsync=off"
    subprocess.run([*control, "-o", options, "start"], **quiet)  # type: ignore[call-overload]

    def stop() -> None:
        subprocess.run([*control, "-m", "immediate", "stop"], **quiet)  # type: ignore[call-overload]
        shutil.rmtree(folder)

    atexit.register(stop)
    return folder


METHODS = ("execute", "fetch", "fetchrow", "fetchval", "close")


@asynccontextmanager
async def asyncpg_connection() -> AsyncIterator[Any]:
    import asyncpg

    connection = await asyncpg.connect(host=postgres(), user="postgres", database="postgres")
    yield connection
    await connection.close()


@probe(*(f"asyncpg.Connection.{method}" for method in METHODS), when=("closed",))
async def asyncpg_closed(method: str) -> AsyncIterator[Case]:
    async with asyncpg_connection() as connection:
        await connection.close()
        yield Case(lambda: getattr(connection, method)(*(() if method == "close" else ("SELECT 1",))), connection)


@probe("asyncpg.Connection.is_closed", form="call")
async def asyncpg_is_closed(_: str) -> AsyncIterator[Case]:
    async with asyncpg_connection() as closed, asyncpg_connection() as open_:
        await closed.close()
        yield Case(closed.is_closed, closed, open_.is_closed)


async def pool_closed(_: str) -> AsyncIterator[Case]:
    import asyncpg

    pool = await asyncpg.create_pool(host="127.0.0.1", min_size=0)
    await pool.close()
    yield Case(pool.acquire, pool)


probe("asyncpg.Pool.acquire", when=("closed",))(pool_closed)
probe("asyncpg.Pool.acquire", form="async with", when=("closed",))(pool_closed)


@asynccontextmanager
async def psycopg_connection() -> AsyncIterator[Any]:
    import psycopg

    connection = await psycopg.AsyncConnection.connect(f"host={postgres()} user=postgres", autocommit=True)
    yield connection
    await connection.close()


@probe("psycopg.AsyncConnection.execute", "psycopg.AsyncConnection.close", when=("closed",))
@probe("psycopg.AsyncConnection.notifies", form="async for", when=("closed",))
async def psycopg_closed(method: str) -> AsyncIterator[Case]:
    async with psycopg_connection() as connection:
        await connection.close()
        yield Case(lambda: getattr(connection, method)(*(("SELECT 1",) if method == "execute" else ())), connection)


@probe("psycopg.AsyncConnection.notifies", form="async for", when=("!closed", "timeout<=0"))
async def psycopg_nothing_notified(_: str) -> AsyncIterator[Case]:
    async with psycopg_connection() as connection:
        yield Case(lambda: connection.notifies(timeout=0), connection)


@probe("psycopg.AsyncCursor.fetchone", "psycopg.AsyncCursor.fetchall", when=("exhausted",))
async def psycopg_exhausted(method: str) -> AsyncIterator[Case]:
    async with psycopg_connection() as connection:
        cursor = await connection.execute("SELECT 1")
        await cursor.fetchone()
        yield Case(getattr(cursor, method), cursor)
