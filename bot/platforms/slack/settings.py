"""What is set for Slack."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class SlackSettings:
    """A Slack app: two tokens connect one workspace by Socket Mode, the client's id and secret many over HTTP."""

    env_prefix: ClassVar[str] = "SLACK_"

    bot_token: str = field(default="", repr=False)
    app_token: str = field(default="", repr=False)
    signing_secret: str = field(default="", repr=False)
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    api_url: str = "https://slack.com/api/"
    authorize_url: str = "https://slack.com/oauth/v2/authorize"

    @property
    def is_started(self) -> bool:
        """Whether anybody has begun to set it up."""
        given = (self.bot_token, self.app_token, self.client_id, self.client_secret, self.signing_secret)
        return any(given)

    @property
    def is_configured(self) -> bool:
        """Whether it connects at all."""
        return self.uses_socket_mode or bool(self.client_id and self.client_secret and self.signing_secret)

    @property
    def uses_socket_mode(self) -> bool:
        """Whether it connects one workspace by Socket Mode, rather than many over HTTP."""
        return bool(self.bot_token and self.app_token)
