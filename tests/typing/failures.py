"""What the checkers make of errors. Never run: `tests/test_stubs.py` has it checked."""

from __future__ import annotations

import builtins
from typing import Any

import atlassian_cloud
from atlassian_cloud import (
    Admin,
    ApiError,
    AtlassianError,
    AuthenticationError,
    BadRequestError,
    ConfigurationError,
    ConflictError,
    GoneError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    RawResponse,
    ServerError,
    TransportError,
)
from atlassian_cloud.errors import Message
from typing_extensions import assert_type


def caught(admin: Admin) -> None:
    try:
        admin.users.disable("id")
    except RateLimitError as error:
        assert_type(error.retry_after, float | None)
        assert_type(error.reason, str | None)
    except ApiError as error:
        assert_type(error.status, int)
        assert_type(error.code, str | None)
        assert_type(error.messages, list[Message])
        assert_type(error.messages[0].field, str | None)
        assert_type(error.messages[0].text, str)
        assert_type(error.hint, str | None)
        assert_type(error.request_id, str | None)
        assert_type(error.call, str)
        assert_type(error.response, RawResponse[Any] | None)
    except TransportError as error:
        assert_type(error.may_have_been_executed, bool)
        assert_type(error.attempts, int)
        assert_type(error.status, int | None)


def tree() -> None:
    answered: list[type[ApiError]] = [
        AuthenticationError,
        BadRequestError,
        ConflictError,
        GoneError,
        NotFoundError,
        PermissionDeniedError,
        RateLimitError,
        ServerError,
    ]
    rooted: list[type[AtlassianError]] = [*answered, TransportError, ConfigurationError]
    late: list[type[builtins.TimeoutError]] = [atlassian_cloud.TimeoutError]
    lost: list[type[builtins.ConnectionError]] = [atlassian_cloud.ConnectionError]
    assert_type(rooted, list[type[AtlassianError]])
    assert_type(late, list[type[builtins.TimeoutError]])
    assert_type(lost, list[type[builtins.ConnectionError]])
