"""The breaker opens after failures in a row, lets one caller try, and works without a cache too."""

from datetime import timedelta

import pytest
import time_machine

from config import breaker as module
from config.breaker import Breaker, BreakerOpen


@pytest.fixture
def guarded():
    """guarded(fails=True) makes one call; True when it went through to the upstream."""
    breaker = Breaker("test", threshold=3, pause=15)

    def call(*, fails: bool) -> bool:
        try:
            with breaker.guard(OSError):
                if fails:
                    raise ConnectionResetError
        except BreakerOpen:
            return False
        except OSError:
            return True
        return True

    module._alone.clear()
    yield call
    module._alone.clear()


@pytest.fixture(params=["cache", "no cache"])
def with_and_without_cache(request, settings):
    if request.param == "no cache":
        settings.CACHES = {
            "default": {
                "BACKEND": "django_redis.cache.RedisCache",
                "LOCATION": "redis://127.0.0.1:1/0",
                "OPTIONS": {"IGNORE_EXCEPTIONS": True},
            }
        }
    return request.param


def test_it_opens_and_closes(with_and_without_cache, guarded) -> None:
    assert [guarded(fails=True) for _ in range(5)] == [True, True, True, False, False]
    assert guarded(fails=False) is False


def test_a_success_starts_the_count_again(with_and_without_cache, guarded) -> None:
    for fails in (True, True, False, True, True):
        assert guarded(fails=fails)
    assert guarded(fails=False)


def test_one_caller_in_each_pause_may_try(guarded) -> None:
    with time_machine.travel("2026-11-23T12:00:00Z", tick=False) as now:
        for _ in range(3):
            guarded(fails=True)
        now.shift(timedelta(seconds=16))
        assert [guarded(fails=True), guarded(fails=True)] == [True, False]
        now.shift(timedelta(seconds=16))
        assert [guarded(fails=False), guarded(fails=False)] == [True, True]
