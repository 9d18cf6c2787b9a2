"""Asks a platform's server one question for `doctor`, without its SDK."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from aiohttp import ClientError, ClientSession, ClientTimeout

from bot.errors import PlatformError

TIMEOUT_SECONDS = 4.0
"""How long a server has for each answer."""


@dataclass(frozen=True, slots=True)
class Probe:
    """A server's API under the name of its platform; `authorization` is the header that every request carries."""

    name: str
    url: str
    authorization: str
    timeout_seconds: float = TIMEOUT_SECONDS

    async def ask(self, path: str, method: str = "GET") -> tuple[int, object, Mapping[str, str]]:
        """Return status, JSON and headers of an answer; raises PlatformError, in words, for anything else."""
        timeout, headers = ClientTimeout(total=self.timeout_seconds), {"Authorization": self.authorization}
        try:
            async with (
                ClientSession(timeout=timeout, headers=headers, trust_env=True) as session,
                session.request(method, f"{self.url.rstrip('/')}/{path}") as response,
            ):
                if response.status >= HTTPStatus.TOO_MANY_REQUESTS:
                    message = f"{self.name} answers with {response.status}; try again in a minute."
                    raise PlatformError(message)
                return response.status, await response.json(content_type=None), response.headers
        except (ClientError, OSError) as error:
            setting = f"{self.name.upper()}_API_URL"
            message = f"{self.name} cannot be reached at {self.url}; is there a network, and is {setting} right?"
            raise PlatformError(message) from error
        except ValueError as error:
            raise self.impostor() from error

    def impostor(self) -> PlatformError:
        """Return what to say of an answer that the platform would not give."""
        return PlatformError(f"What answers at {self.url} is not {self.name}.")
