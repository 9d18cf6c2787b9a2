"""Our own Slack on loopback, for tests that drive the real client against it.

```python
async with FakeSlack() as slack:
    acme = slack.world.workspace("Acme")
    ann = slack.world.user(acme.id, "Ann", tz="Europe/Berlin")
    room = slack.world.channel(acme.id, "general", members=[ann.id, acme.bot])
    # start the app with base_url=slack.api_url, token=acme.bot_token, app_token=slack.app_token
    await slack.say(ann, room, f"{slack.mention(acme.id)} who said that?")
    answer = await slack.until(lambda: slack.seen(room, ann)[1:])
```
"""

from tests.servers.slack.consent import Page
from tests.servers.slack.delivery import Delivery, Said
from tests.servers.slack.errors import Broken, Garbled, Limited, Lost, Refused, Slow
from tests.servers.slack.server import FakeSlack
from tests.servers.slack.state import SCOPES, Call, Channel, Message, User, View, Workspace

__all__ = [
    "SCOPES",
    "Broken",
    "Call",
    "Channel",
    "Delivery",
    "FakeSlack",
    "Garbled",
    "Limited",
    "Lost",
    "Message",
    "Page",
    "Refused",
    "Said",
    "Slow",
    "User",
    "View",
    "Workspace",
]
