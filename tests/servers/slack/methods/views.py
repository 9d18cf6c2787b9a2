"""views.*: modals, their stack, and home tabs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.servers.slack.choices import interactive
from tests.servers.slack.content import named
from tests.servers.slack.errors import SlackError
from tests.servers.slack.events import APP
from tests.servers.slack.kit import view_faults
from tests.servers.slack.registry import method, needed, refuse
from tests.servers.slack.state import JSON, Token, View
from tests.servers.slack.world import World

if TYPE_CHECKING:
    from tests.servers.slack.server import FakeSlack

STACK = 3
"""Modals that may lie on each other."""

LARGEST = 250_000
"""Bytes of a view."""


@method("views.open")
def opened(slack: FakeSlack, caller: Token, args: JSON) -> JSON:
    """Open a modal for whoever pulled the trigger."""
    body = _permitted(caller, args)
    trigger = slack.world.exchange(caller.team, needed(args, "trigger_id")[0])
    view = shown_to(slack.world, caller.team, trigger.user, body)
    slack.world.stacks[trigger.user] = [view.id]
    return {"view": described(slack.world, view)}


@method("views.push")
def pushed(slack: FakeSlack, caller: Token, args: JSON) -> JSON:
    """Lay a modal on the one in which the trigger was pulled."""
    body = _permitted(caller, args)
    trigger = slack.world.exchange(caller.team, needed(args, "trigger_id")[0])
    return {"view": described(slack.world, laid(slack.world, caller.team, trigger.user, body))}


@method("views.update")
def updated(slack: FakeSlack, caller: Token, args: JSON) -> JSON:
    """Replace an open view."""
    body = _permitted(caller, args)
    view = _found(slack.world, caller.team, args)
    refuse("hash_conflict", when=args.get("hash") not in {None, "", view.hash})
    replace(slack.world, view, body)
    return {"view": described(slack.world, view)}


@method("views.publish")
def published(slack: FakeSlack, caller: Token, args: JSON) -> JSON:
    """Draw somebody's home tab."""
    (user,) = needed(args, "user_id")
    body = checked(args, "home")
    known = slack.world.users.get(user)
    refuse("user_not_found", when=known is None or known.team != caller.team)
    old = slack.world.views.get(slack.world.homes.get(user, ""))
    if old:
        refuse("hash_conflict", when=args.get("hash") not in {None, "", old.hash})
        replace(slack.world, old, body)
    view = old or shown_to(slack.world, caller.team, user, body)
    slack.world.homes[user] = view.id
    return {"view": described(slack.world, view)}


def checked(args: JSON, surface: str) -> JSON:
    """Return a view that Slack would take; raises SlackError otherwise."""
    body = args.get("view")
    if not isinstance(body, dict):
        code = "invalid_arguments"
        raise SlackError(code, response_metadata={"messages": ["[ERROR] missing required field: view"]})
    found = view_faults(body)
    if body.get("type") != surface:
        found = [f"[ERROR] must be a {surface} view [json-pointer:/view/type]", *found]
    refuse("invalid_arguments", when=bool(found), response_metadata={"messages": found})
    refuse("view_too_large", when=len(json.dumps(body)) > LARGEST)
    return body


def _permitted(caller: Token, args: JSON) -> JSON:
    """Return a modal that Slack would take from this app: one that asks for files needs the right to read them.

    The reference says so, and not how it refuses the others.
    """
    body = checked(args, "modal")
    asks = any(element["type"] == "file_input" for _, element in interactive(body.get("blocks", [])))
    refuse("missing_scope", when=asks and "files:read" not in caller.scopes)
    return body


def shown_to(world: World, team: str, user: str, body: JSON) -> View:
    """Put a view on somebody's screen."""
    taken = {view.body.get("external_id") for view in world.views.values()} - {None, ""}
    refuse("duplicate_external_id", when=body.get("external_id") in taken)
    key = world.stamps.id("V")
    view = View(key, team, user, body, "", key)
    world.views[key] = view
    replace(world, view, body)
    return view


def laid(world: World, team: str, user: str, body: JSON) -> View:
    """Lay a view on those somebody has open."""
    stack = world.stacks.setdefault(user, [])
    refuse("push_limit_reached", when=len(stack) >= STACK)
    view = shown_to(world, team, user, body)
    if stack:
        view.previous, view.root = stack[-1], stack[0]
    stack.append(view.id)
    return view


def replace(world: World, view: View, body: JSON) -> None:
    """Draw another body in a view's place; what was chosen stays where its block is still there."""
    view.body = {**body, "blocks": named(body["blocks"], world.stamps)}
    view.hash = f"{world.stamps.ts()}.{view.id[-4:]}"
    kept = {block["block_id"] for block in view.blocks}
    view.chosen = {block: chosen for block, chosen in view.chosen.items() if block in kept}
    view.errors = {}
    world.changed()


def close(world: World, view: View, *, all_of_them: bool = False) -> None:
    """Take a view, or the whole stack, from the screen."""
    stack = world.stacks.get(view.user, [])
    gone = list(stack) if all_of_them else stack[stack.index(view.id) :] if view.id in stack else []
    for key in gone:
        stack.remove(key)
        world.views.pop(key, None)
    world.changed()


def described(world: World, view: View) -> JSON:
    """Return a view as methods and payloads show it."""
    modal = {
        "title": view.body.get("title"),
        "submit": view.body.get("submit"),
        "close": view.body.get("close"),
        "clear_on_close": view.body.get("clear_on_close", False),
        "notify_on_close": view.body.get("notify_on_close", False),
    }
    return {
        "id": view.id,
        "team_id": view.team,
        "type": view.body["type"],
        "blocks": view.blocks,
        "private_metadata": view.body.get("private_metadata", ""),
        "callback_id": view.body.get("callback_id", ""),
        "external_id": view.body.get("external_id", ""),
        "state": {"values": view.chosen},
        "hash": view.hash,
        "root_view_id": view.root,
        "previous_view_id": view.previous,
        "app_id": APP,
        "app_installed_team_id": view.team,
        "bot_id": world.workspaces[view.team].bot_id,
        **modal,
    }


def _found(world: World, team: str, args: JSON) -> View:
    external = args.get("external_id")
    view = world.views.get(str(args.get("view_id"))) or next(
        (one for one in world.views.values() if external and one.body.get("external_id") == external), None
    )
    if view is None or view.team != team or view.is_home:
        code = "not_found"
        raise SlackError(code)
    return view
