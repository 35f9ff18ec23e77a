"""What a route answers: JSON, bytes, or an error in the shape that every Databricks API shares."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, a body and headers; a mapping becomes JSON."""

    body: Json | bytes = field(default_factory=dict)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


class ApiError(Exception):
    """An error as a workspace answers it: `{error_code, message}` and a status."""

    def __init__(self, status: int, error_code: str, message: str) -> None:
        super().__init__(f"{status} {error_code}: {message}")
        # The SDK repeats a request for a quarter of an hour after one of these.
        assert status not in {429, 503}
        self.status = status
        self.error_code = error_code
        self.message = message

    def answer(self) -> Answer:
        return Answer({"error_code": self.error_code, "message": self.message}, self.status)


def bad_request(message: str, error_code: str = "INVALID_PARAMETER_VALUE") -> ApiError:
    return ApiError(400, error_code, message)


def unauthenticated() -> ApiError:
    return ApiError(401, "UNAUTHENTICATED", "Credential was not sent or was of an unsupported type for this API.")


def forbidden(message: str) -> ApiError:
    return ApiError(403, "PERMISSION_DENIED", message)


def missing(message: str, error_code: str = "RESOURCE_DOES_NOT_EXIST") -> ApiError:
    return ApiError(404, error_code, message)


def conflict(message: str, error_code: str = "RESOURCE_ALREADY_EXISTS") -> ApiError:
    return ApiError(409, error_code, message)
