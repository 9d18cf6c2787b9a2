"""Our own Discord on loopback, for tests that drive the real client against it.

```python
async with FakeDiscord() as discord:
    acme = discord.world.guild("Acme")
    ann = discord.world.user("Ann", acme, locale="de")
    room = discord.world.channel(acme, "general")
    # start the app with DISCORD_API_URL=discord.api_url, DISCORD_GATEWAY_URL=discord.gateway_url
    asked = await discord.command("ask", {"question": "who said that?"}, ann, room)
    answer = await discord.until(lambda: asked.shown)
```
"""

from tests.servers.discord.delivery import Interaction, Said
from tests.servers.discord.errors import Broken, Fault, Limited, Lost, Refused, Slow
from tests.servers.discord.permissions import Permission
from tests.servers.discord.server import FakeDiscord
from tests.servers.discord.sessions import Intent
from tests.servers.discord.state import Call, Channel, Flag, Guild, Message, Modal, Pinged, Role, Upload, User

__all__ = [
    "Broken",
    "Call",
    "Channel",
    "FakeDiscord",
    "Fault",
    "Flag",
    "Guild",
    "Intent",
    "Interaction",
    "Limited",
    "Lost",
    "Message",
    "Modal",
    "Permission",
    "Pinged",
    "Refused",
    "Role",
    "Said",
    "Slow",
    "Upload",
    "User",
]
