"""Shows made up for tests: their feeds, pages and transcripts, as servers would give them."""

from __future__ import annotations

import datetime as dt
import html
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.utils import format_datetime

from tests.servers.web.pages import Page
from tests.servers.web.server import FakeWeb

LOOPBACK = "127.0.0.0/8"
CHAT = [("Dana Whitfield", "Well, good morning to you all, and welcome back to the quay.")] * 6
"""What is said before anything is claimed: a transcript is no transcript without some talk."""


@dataclass
class Show:
    """A show on a server: `episodes` are its title, day and what was said by whom; the newest stands first."""

    web: FakeWeb
    name: str = "Harbour Talk"
    path: str = "/harbour"
    episodes: list[tuple[str, dt.datetime, Sequence[tuple[str, str]]]] = field(default_factory=list)
    feed: Page = field(default_factory=lambda: Page(tagged=True))

    @property
    def url(self) -> str:
        """Return the address of its feed."""
        return self.web.url(f"{self.path}/feed.xml")

    @property
    def site(self) -> str:
        """Return the address of its page."""
        return self.web.url(f"{self.path}/")

    def publish(self, title: str, day: dt.datetime, *said: tuple[str, str]) -> None:
        """Publish an episode with a transcript in which each line is said by somebody."""
        self.episodes.insert(0, (title, day, said))
        cues = "\n\n".join(
            f"00:00:{2 * n:02}.000 --> 00:00:{2 * n + 2:02}.000\n<v {who}>{words}"
            for n, (who, words) in enumerate((*CHAT, *said))
        )
        self.web.at(f"{self.path}/{self._slug(title)}.vtt", Page(f"WEBVTT\n\n{cues}\n".encode()))
        self.republish()
        link = f'<link rel="alternate" type="application/rss+xml" href="{self.path}/feed.xml">'
        self.web.at(f"{self.path}/", Page(f"<html><head><title>{self.name}</title>{link}</head></html>".encode()))

    def republish(self) -> None:
        """Write the feed anew, with the episodes as they are now."""
        self.feed.body = self._rss().encode()
        self.web.at(f"{self.path}/feed.xml", self.feed)

    def _rss(self) -> str:
        items = "".join(self._item(*episode[:2]) for episode in self.episodes)
        return (
            '<?xml version="1.0"?><rss version="2.0" xmlns:podcast="https://podcastindex.org/namespace/1.0"><channel>'
            f"<title>{html.escape(self.name)}</title><language>en</language>{items}</channel></rss>"
        )

    def _item(self, title: str, day: dt.datetime) -> str:
        base = self.web.url(f"{self.path}/{self._slug(title)}")
        return (
            f"<item><title>{html.escape(title)}</title><guid>{self._slug(title)}</guid>"
            f"<pubDate>{format_datetime(day)}</pubDate>"
            f'<enclosure url="{base}.mp3" type="audio/mpeg" length="1"/>'
            f'<podcast:transcript url="{base}.vtt" type="text/vtt"/></item>'
        )

    @staticmethod
    def _slug(title: str) -> str:
        return "".join(mark if mark.isalnum() else "-" for mark in title.lower())
