"""What people do to the app: commands, presses, forms, and the menu of a message."""

from __future__ import annotations

from collections.abc import Mapping

from tests.servers.discord import shapes
from tests.servers.discord.asking import Interactions
from tests.servers.discord.delivery import COMMAND, COMPLETION, COMPONENT, SUBMISSION, Interaction
from tests.servers.discord.filling import filled, pressable, pressed
from tests.servers.discord.kit.commands import ON_MESSAGE
from tests.servers.discord.options import Attached, branch, nested, resolved, typed
from tests.servers.discord.people import People
from tests.servers.discord.state import JSON, Channel, Message, Modal, Upload, User

_NOTHING: Mapping[str, object] = {}


class Gestures(People):
    """Interactions, each with the payload Discord would send."""

    interactions: Interactions

    def command(self, name: str, options: Mapping[str, object], user: User, channel: Channel) -> Interaction:
        """Type a slash command; a subcommand follows after a space.

        Options are words, numbers, truths, users, channels, roles and files. Raises LookupError for a command the
        person is not offered there, ValueError for options Discord's own client would not send.
        """
        self.within(user, channel)
        root, *path = name.split()
        found = self.interactions.offered(root, user, channel)
        options = {name: self._attached(value) for name, value in options.items()}
        given = nested(path, typed(branch(found, path), options))
        guild = self.world.guilds.get(str(channel.guild))
        data: JSON = {"options": given}
        if things := resolved(self.world, guild, options):
            data["resolved"] = things
        return self._ask(COMMAND, found, user, channel, data)

    def complete(
        self,
        name: str,
        option: str,
        text: str,
        user: User,
        channel: Channel,
        before: Mapping[str, object] = _NOTHING,
    ) -> Interaction:
        """Type into an option that the app completes; once awaited, `choices` has what it suggested.

        `before` are the options already filled in. Raises LookupError for one that is not completed.
        """
        root, *path = name.split()
        found = self.interactions.offered(root, user, channel)
        asks = branch(found, path)
        focused = next((one for one in asks if one["name"] == option and one.get("autocomplete")), None)
        if focused is None:
            message = f"{name} completes no {option!r}."
            raise LookupError(message)
        given = typed([one for one in asks if one["name"] in before], before)
        given.append({"name": option, "type": focused["type"], "value": text, "focused": True})
        return self._ask(COMPLETION, found, user, channel, {"options": nested(path, given)})

    def context_menu(self, name: str, message: Message, user: User) -> Interaction:
        """Choose one of the app's commands in a message's menu."""
        self.sees(message, user)
        channel = self.world.channels[message.channel]
        found = self.interactions.offered(name, user, channel, ON_MESSAGE)
        shown = {message.id: shapes.message(self.world, message)}
        return self._ask(COMMAND, found, user, channel, {"target_id": message.id, "resolved": {"messages": shown}})

    def press(self, message: Message, name: str, user: User, choose: object = None) -> Interaction:
        """Press a button by its custom id or label, or choose in a menu.

        Raises LookupError when the person does not see it, or it is disabled or not there.
        """
        self.sees(message, user)
        data = pressed(pressable(message, name), choose)
        shown = shapes.message(self.world, message)
        channel = self.world.channels[message.channel]
        return self.interactions.ask(COMPONENT, user, channel, {"data": data, "message": shown}, source=message)

    def submit(self, modal: Modal, user: User, values: Mapping[str, object] = _NOTHING) -> Interaction:
        """Submit a form with what was filled in, by custom id or label; answered, it closes.

        Raises LookupError for a form or a field that is not there, ValueError for what a field does not take.
        """
        if self.modal(user) is not modal:
            message = f"{user.name} does not see that."
            raise LookupError(message)
        asked = next(one for one in self.interactions if one.id == modal.asked)
        chosen = {
            name: [self._attached(one) for one in value] if isinstance(value, list) else value
            for name, value in values.items()
        }
        data: JSON = {"custom_id": modal.custom_id, "components": filled(modal.components, chosen)}
        files = [one for value in chosen.values() if isinstance(value, list) for one in value]
        if things := resolved(self.world, None, {one.id: one for one in files if isinstance(one, Attached)}):
            data["resolved"] = things
        payload: JSON = {"data": data}
        if asked.source:
            payload["message"] = shapes.message(self.world, asked.source)
        return self.interactions.ask(SUBMISSION, user, asked.channel, payload, source=asked.source)

    def _attached(self, value: object) -> object:
        return Attached(self.files.attach(value)) if isinstance(value, Upload) else value

    def _ask(self, kind: int, command: JSON, user: User, channel: Channel, data: JSON) -> Interaction:
        named = {name: command[name] for name in ("id", "name", "type", "guild_id") if name in command}
        installs = tuple(command["integration_types"])
        return self.interactions.ask(kind, user, channel, {"data": named | data}, installs=installs)
