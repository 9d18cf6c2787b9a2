"""assistant.threads.* and blocks.validate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.servers.slack.kit import faults, view_faults
from tests.servers.slack.methods.chat import reach
from tests.servers.slack.registry import method, needed, refuse
from tests.servers.slack.state import JSON, Status, Token

if TYPE_CHECKING:
    from tests.servers.slack.server import FakeSlack


@method("assistant.threads.setStatus", "chat:write")
def set_status(slack: FakeSlack, caller: Token, args: JSON) -> JSON:
    """Say what the app is doing; the next message, or an empty status, takes it away."""
    channel, thread = needed(args, "channel_id", "thread_ts")
    reach(slack, caller, channel)
    messages = args.get("loading_messages") or []
    refuse("invalid_arguments", when=len(messages) > 10 or args.get("status") is None)
    if args["status"]:
        slack.world.statuses[channel, thread] = Status(args["status"], slack.world.now(), tuple(messages))
    else:
        slack.world.statuses.pop((channel, thread), None)
    return {}


@method("assistant.threads.setSuggestedPrompts", "assistant:write")
def set_prompts(slack: FakeSlack, caller: Token, args: JSON) -> JSON:
    """Suggest what to ask: at most four prompts."""
    (channel,) = needed(args, "channel_id")
    reach(slack, caller, channel)
    prompts = args.get("prompts") or []
    refuse("invalid_arguments", when=not 1 <= len(prompts) <= 4)
    refuse("invalid_arguments", when=any(not one.get("title") or not one.get("message") for one in prompts))
    slack.world.prompts[channel, args.get("thread_ts")] = {"title": args.get("title", ""), "prompts": prompts}
    return {}


@method("assistant.threads.setTitle", "assistant:write")
def set_title(slack: FakeSlack, caller: Token, args: JSON) -> JSON:
    """Name a thread."""
    channel, thread, title = needed(args, "channel_id", "thread_ts", "title")
    reach(slack, caller, channel)
    slack.world.titles[channel, thread] = title
    return {}


@method("blocks.validate", kind="")
def validate(slack: FakeSlack, caller: Token, args: JSON) -> JSON:
    """Say what is wrong with blocks, a message or a view; needs no token."""
    del slack, caller
    if isinstance(args.get("view"), dict):
        found = view_faults(args["view"])
    else:
        message = args.get("message") or {}
        found = faults(args.get("blocks") or message.get("blocks") or [])
    if found:
        refuse("invalid_blocks", errors=[_pointed(one) for one in found])
    return {}


def _pointed(fault: str) -> JSON:
    words, _, pointer = fault.removeprefix("[ERROR] ").rpartition(" [json-pointer:")
    return {"message": words, "pointer": pointer.rstrip("]")}
