"""The fake gateway as a pytest fixture; a test module names this module in `pytest_plugins`.

After each test the fake's list of dials is checked: no misbehaviour may lead to a storm.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from qq_support import assert_paced
from qqbot_fixed.fake_gateway import FakeGateway


@pytest.fixture
async def fake() -> AsyncIterator[FakeGateway]:
    async with FakeGateway() as gateway:
        yield gateway
        assert_paced(gateway)
