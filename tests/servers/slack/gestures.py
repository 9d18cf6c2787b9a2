"""What people do to what the app shows: press, choose, submit, close, ask for suggestions."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tests.servers.slack.choices import found, pressed, values
from tests.servers.slack.delivery import INTERACTION, Delivery
from tests.servers.slack.events import APP, VERIFICATION
from tests.servers.slack.methods import views
from tests.servers.slack.methods.chat import shown
from tests.servers.slack.people import People, called
from tests.servers.slack.registry import refuse
from tests.servers.slack.state import JSON, Message, User, View


class Gestures(People):
    """Interactions, each with the payload Slack would send."""

    def press(
        self, target: Message | View, action: str, user: User, choose: object = None, block: str | None = None
    ) -> Delivery:
        """Press a button, or choose in a menu, of a message or a view.

        `choose` is an option's value or words, a date, a user's id, or for feedback buttons positive or
        negative. Raises LookupError when the person cannot see it or it is not there.
        """
        self._sees(target, user)
        holder, element = found(target.blocks, action, block)
        act = pressed(element, holder, choose, self.world.stamps.ts())
        if choose is not None and element["type"] not in {"feedback_buttons", "overflow"}:
            entry = {key: value for key, value in act.items() if key.startswith(("selected", "value", "type"))}
            target.chosen.setdefault(holder["block_id"], {})[action] = entry
        return self._send(user, target.team, {**self._place(target, user), "type": "block_actions", "actions": [act]})

    def suggest(self, target: Message | View, action: str, typed: str, user: User) -> Delivery:
        """Type into an external menu; once awaited, `options` has what the app offered."""
        self._sees(target, user)
        holder, _ = found(target.blocks, action)
        asked = {"action_id": action, "block_id": holder["block_id"], "value": typed}
        place = self._place(target, user)
        place.pop("response_url", None)
        return self._send(user, target.team, {**place, "type": "block_suggestion", **asked})

    def submit(self, view: View, user: User, filled: Mapping[str, object] | None = None) -> Delivery:
        """Submit a modal with what was filled in, by block_id or action_id.

        Once awaited, `errors` has what the app found wrong; without any the view closed, or became
        what the app answered. Raises ValueError while a required input is empty.
        """
        self._sees(view, user)
        view.chosen = values(view.blocks, filled or {}, view.chosen)
        payload = {"type": "view_submission", "view": views.described(self.world, view), "response_urls": []}

        def answered(answer: JSON) -> None:
            self._submitted(view, answer)

        return self._send(user, view.team, payload, answered)

    def close_view(self, view: View, user: User) -> Delivery | None:
        """Close a modal; the app is told only if the view asked for it."""
        self._sees(view, user)
        body = views.described(self.world, view)
        views.close(self.world, view)
        if not view.body.get("notify_on_close"):
            return None
        return self._send(user, view.team, {"type": "view_closed", "view": body, "is_cleared": False})

    def shortcut(self, callback: str, message: Message, user: User) -> Delivery:
        """Choose one of the app's shortcuts in a message's menu."""
        self._sees(message, user)
        place = self._place(message, user, replaceable=False)
        place |= {"message": shown(message), "message_ts": message.ts, "action_ts": self.world.stamps.ts()}
        del place["container"], place["state"]
        return self._send(user, message.team, {**place, "type": "message_action", "callback_id": callback})

    def _submitted(self, view: View, answer: JSON) -> None:
        match answer.get("response_action"):
            case "errors":
                known = {block["block_id"] for block in view.blocks if block["type"] == "input"}
                refuse("invalid_errors", when=not answer.get("errors") or not set(answer["errors"]) <= known)
                view.errors = answer["errors"]
            case "update":
                views.replace(self.world, view, views.checked(answer, "modal"))
            case "push":
                views.laid(self.world, view.team, view.user, views.checked(answer, "modal"))
            case "clear":
                views.close(self.world, view, all_of_them=True)
            case _:
                views.close(self.world, view)

    def _send(self, user: User, team: str, payload: JSON, acted: Callable[[JSON], None] | None = None) -> Delivery:
        workspace = self.world.workspaces[team]
        who = {"id": user.id, "username": user.name.lower(), "name": user.name.lower(), "team_id": user.team}
        view = payload.get("view")
        full = {
            **payload,
            "team": {"id": workspace.id, "domain": workspace.domain},
            "user": who,
            "api_app_id": APP,
            "token": VERIFICATION,
            "enterprise": None,
            "is_enterprise_install": False,
        }
        if payload["type"] not in {"view_closed", "block_suggestion"}:
            full["trigger_id"] = self.world.trigger(team, user.id, view["id"] if view else None)
        return self.wire.deliver(INTERACTION, full, acted)

    def _place(self, target: Message | View, user: User, *, replaceable: bool = True) -> JSON:
        if isinstance(target, View):
            body = views.described(self.world, target)
            return {"container": {"type": "view", "view_id": target.id}, "view": body}
        channel = self.world.channels[target.channel]
        container: JSON = {
            "type": "message",
            "message_ts": target.ts,
            "channel_id": channel.id,
            "is_ephemeral": target.viewer is not None,
        }
        if target.thread_ts:
            container["thread_ts"] = target.thread_ts
        original = target if replaceable else None
        return {
            "container": container,
            "channel": {"id": channel.id, "name": called(channel)},
            "state": {"values": target.chosen},
            "response_url": self.hooks.issue(target.team, channel.id, user.id, original),
            **({} if target.viewer else {"message": shown(target)}),
        }

    def _sees(self, target: Message | View, user: User) -> None:
        if isinstance(target, Message):
            channel = self.world.channels[target.channel]
            self.within(user, channel)
            there = any(one is target for one in self.seen(channel, user))
        else:
            there = target.user == user.id and target.id in self.world.views
        if not there:
            message = f"{user.name} does not see that."
            raise LookupError(message)
