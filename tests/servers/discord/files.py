"""Files that people attach: what the app is told of them, and where it gets their bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from tests.servers.discord.state import JSON, Upload

if TYPE_CHECKING:
    from tests.servers.discord.server import FakeDiscord

PATH = "/attachments/{key}/{name}"


class Files:
    """Files by their id, which whoever knows their address may have for a while; `gone` ones no longer."""

    def __init__(self, discord: FakeDiscord) -> None:
        self.discord = discord
        self.known: dict[str, bytes] = {}
        self.gone = False
        self.downloads: list[str] = []

    def attach(self, file: Upload) -> JSON:
        """Keep a file, and return it as messages and interactions show it."""
        key = self.discord.world.ids.id()
        self.known[key] = file.content
        name = file.name.replace(" ", "_")
        url = f"http://{self.discord.root}{PATH.format(key=key, name=name)}?ex=1&is=1&hm=1"
        return {"id": key, "filename": name, "size": len(file.content), "url": url, "proxy_url": url, "flags": 0}

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Hand a file over."""
        key = request.match_info["key"]
        self.downloads.append(key)
        if self.gone or key not in self.known:
            return web.Response(status=404, text="This content is no longer available.")
        return web.Response(body=self.known[key])
