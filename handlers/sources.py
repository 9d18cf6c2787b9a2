"""Sources: files and folders on this machine, and feeds, shows and sites on the web."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from bot.chat.intent import WEB_ADDRESS
from bot.chat.request import Arg, ArgKind, Progress, Reply, Request, Router
from bot.claims.silence import why_silent
from bot.domain.feed import ConversationSource, Feed, FeedPreview, Login, NotedList, Silence
from bot.due_times import Clock
from bot.errors import FeedError, FeedHealth, UserError
from bot.ingest.feeds.fetch import MAX_BODY_BYTES
from bot.ingest.feeds.service import LIST_SUFFIX, FeedService
from bot.ingest.importer import Importer
from bot.store.feeds import Feeds, Sources
from bot.store.items import Items
from bot.store.library import Library
from bot.store.outbox import Outbox
from bot.store.threads import Replies
from bot.views.sources import (
    catalogue_view,
    episodes_view,
    feed_changed_view,
    feed_export_view,
    feed_health_view,
    feed_touched_view,
    login_form,
    offers_view,
    source_added_view,
    source_removed_view,
    sources_view,
)
from bot.views.system import progress_view
from handlers.members import member, tell_owner

router = Router()

_CHANGING_ACTIONS = {"add", "remove", "pause", "resume", "check"}

_TOLD = {"pause": "paused", "resume": "resumed", "remove": "removed"}
"""What somebody else does to a source that whoever added it hears of."""

MAX_EPISODES = 15
"""How many episodes of a source are listed, the latest first."""

NOT_A_MANAGER = "Only people who manage this workspace can change its sources; ask one of them."

CHECK_PAUSE = dt.timedelta(minutes=1)
"""How long after a poll nobody can ask for another: a source is not ours to hurry."""


@router.verb(
    Arg(
        "action",
        "What to do",
        ArgKind.CHOICE,
        choices=("list", "add", "health", "episodes", "check", "pause", "resume", "remove", "export", "catalogue"),
    ),
    Arg("target", "An address on the web, or a file or folder where the bot runs", ArgKind.WORDS, max_chars=40_000),
)
async def sources(
    request: Request,
    library: Library,
    sources: Sources,
    importer: Importer,
    feeds: Feeds,
    items: Items,
    feed_service: FeedService,
    replies: Replies,
    outbox: Outbox,
    clock: Clock,
) -> AsyncIterator[Reply]:
    """List sources and how they are doing; add a show, site, list, file or folder; pause or remove one."""
    action, target = request.arg("action") or "list", request.arg("target")
    if action in _CHANGING_ACTIONS:
        _check_may_change(request, action, target)
    match action:
        case "list":
            tally = await library.tally(space=request.reader_space)
            tenant = request.at.tenant
            yield Reply(sources_view(tally, await sources.sources(tenant), await feeds.feeds(tenant)))
        case "health" | "episodes" | "export":
            yield await _show_feeds(request, action, target, feeds, items, library)
        case "catalogue":
            yield Reply(catalogue_view(await feed_service.catalogue(target)))
        case "add" if urls := await _web_addresses(target, feed_service):
            async for reply in _add_feeds(request, urls, feeds, feed_service, clock):
                yield reply
        case "add" if target.casefold().endswith(LIST_SUFFIX) and not _local_path(request, target).is_dir():
            yield await _add_list(request, target, feeds, feed_service, clock)
        case "add":
            async for reply in _add_path(request, target, sources, importer):
                yield reply
        case _:
            yield await _change_source(request, action, target, sources, feeds, replies, outbox, clock)


@router.verb(
    Arg("url", "The source", ArgKind.WORDS),
    Arg("user", "The user name; empty for a token", ArgKind.WORDS),
    Arg("secret", "The password or token", ArgKind.HIDDEN, max_chars=10_000),
    shown=False,
)
async def unlock(request: Request, feeds: Feeds, feed_service: FeedService, clock: Clock) -> AsyncIterator[Reply]:
    """Add a source with a login, which is kept encrypted and never shown."""
    if not (request.arg("url") and request.arg("secret")):
        yield Reply(login_form(request.arg("url")))
        return
    _check_may_change(request, "add", request.arg("url"))
    login = Login(request.arg("user"), request.arg("secret"))
    yield Reply(progress_view(Progress(0, 0, "Checking it")), final=False)
    try:
        previews = await feed_service.discover(_normalise_url(request.arg("url")), login)
    except FeedError as error:
        message = f"{request.arg('url')} was not added: {error}."
        raise UserError(message, "secret") from None
    for preview in previews:
        by, tenant = member(request), request.at.tenant
        await feeds.add(tenant, by, preview.url, clock.now(), space=tenant, login=login)
    yield Reply(offers_view(previews, []), private=True)


async def _add_feeds(
    request: Request, urls: list[str], feeds: Feeds, feed_service: FeedService, clock: Clock
) -> AsyncIterator[Reply]:
    """Look at each address, and add its feeds."""
    previews: list[FeedPreview] = []
    for n, url in enumerate(urls):
        yield Reply(progress_view(Progress(n, len(urls), f"Checking {url}")), final=False)
        try:
            previews += await feed_service.discover(_normalise_url(url))
        except FeedError as error:
            if error.health is FeedHealth.LOGIN_REQUIRED and len(urls) == 1:
                yield Reply(login_form(url))
                return
            previews.append(FeedPreview(url, reason=str(error)))
    yield Reply(offers_view(*await add_previews(request, previews, feeds, clock)))


async def add_previews(
    request: Request, previews: list[FeedPreview], feeds: Feeds, clock: Clock
) -> tuple[list[FeedPreview], list[FeedPreview], NotedList | None]:
    """Add what was found, for the space that asks or, from the console, for everybody.

    Return that, what was refused, and what came of those that are to be checked later.
    """
    space = None if request.at.platform == "console" else request.at.tenant
    found = [preview for preview in previews if not preview.is_unchecked]
    accepted = [preview for preview in found if preview.url and (not preview.reason or preview.is_retryable)]
    for preview in accepted:
        await feeds.add(request.at.tenant, member(request), preview.url, clock.now(), space=space, login=None)
    listed = [(preview.url, preview.title) for preview in previews if preview.is_unchecked]
    noted = None
    if listed:
        noted = await feeds.note_list(request.at.tenant, member(request), listed, clock.now(), space=space)
    return accepted, [preview for preview in found if preview not in accepted], noted


async def _web_addresses(target: str, feed_service: FeedService) -> list[str]:
    """Return the addresses that somebody wrote, or the one of the show in the catalogue whose name they wrote."""
    if WEB_ADDRESS.match(target):
        return target.split()
    return [show.url for show in await feed_service.catalogue("") if show.name.casefold() == target.casefold()]


async def _add_list(request: Request, target: str, feeds: Feeds, feed_service: FeedService, clock: Clock) -> Reply:
    """Add what a list in a file names."""
    path = _existing_path(request, target)
    if path.stat().st_size > MAX_BODY_BYTES:
        message = f"`{target}` is too large for a list."
        raise UserError(message)
    try:
        previews = await feed_service.discover_list(await asyncio.to_thread(path.read_bytes))
    except FeedError as error:
        message = f"`{target}` was not added: {error}."
        raise UserError(message) from None
    except OSError as error:
        message = f"`{target}` was not added: it cannot be opened."
        raise UserError(message) from error
    return Reply(offers_view(*await add_previews(request, previews, feeds, clock)))


async def _add_path(request: Request, target: str, sources: Sources, importer: Importer) -> AsyncIterator[Reply]:
    path = _existing_path(request, target)
    await sources.add(request.at.tenant, request.user, str(path))
    yield Reply(progress_view(Progress(0, 0, f"Reading {target}")), final=False)
    yield Reply(source_added_view(target, await importer.import_source(request.at.tenant, str(path))))


async def _change_source(
    request: Request,
    action: str,
    target: str,
    sources: Sources,
    feeds: Feeds,
    replies: Replies,
    outbox: Outbox,
    clock: Clock,
) -> Reply:
    tenant, by = request.at.tenant, member(request)
    found = await feeds.feeds(tenant)
    if action == "remove" and not _find_feed(found, target) and not WEB_ADDRESS.match(target):
        existed = await sources.remove(tenant, str(_local_path(request, target)))
        return Reply(source_removed_view(target, existed=existed))
    feed = _require_feed(found, target)
    if action == "check":
        return await _check_now(feed, feeds, clock.now())
    if action == "pause":
        changed = await feeds.pause(tenant, feed.id, by)
        outcome = "is paused; `sources resume` restarts it."
    elif action == "resume":
        changed = await feeds.resume(tenant, feed.id, clock.now(), by)
        outcome = "is read again."
    else:
        changed = await feeds.remove(tenant, feed.id)
        outcome = "is no longer read; what has been read stays."
    if changed:
        news = feed_touched_view(feed, _TOLD[action], request.user_name)
        await tell_owner(request, feed.user, news, replies, outbox, clock.now())
    return Reply(feed_changed_view(feed, outcome))


async def _show_feeds(
    request: Request, action: str, target: str, feeds: Feeds, items: Items, library: Library
) -> Reply:
    found, zone = await feeds.feeds(request.at.tenant), request.zone or "UTC"
    if action == "health":
        return Reply(feed_health_view(found, zone))
    if action == "export":
        return Reply(feed_export_view(found), private=True)
    feed = _require_feed(found, target)
    latest = await items.latest(feed.id, MAX_EPISODES)
    return Reply(episodes_view(feed, latest, zone, await _silences(latest, feed, library)))


async def _silences(latest: Sequence[ConversationSource], feed: Feed, library: Library) -> dict[str, Silence]:
    """Return by conversation why those that were read gave no claims."""
    silences: dict[str, Silence] = {}
    for key in (one.conversation for one in latest if one.kind and not one.claims):
        if conversation := await library.conversation(key, space=feed.space):
            silences[key] = await asyncio.to_thread(why_silent, conversation)
    return silences


async def _check_now(feed: Feed, feeds: Feeds, now: dt.datetime) -> Reply:
    if feed.polled_at and now - feed.polled_at < CHECK_PAUSE:
        return Reply(feed_changed_view(feed, "was checked a moment ago."))
    outcome = "is checked now; `sources health` shows what comes of it."
    if not await feeds.check(feed.tenant, feed.id, now):
        outcome = "is paused; `sources resume` restarts it."
    return Reply(feed_changed_view(feed, outcome))


def _require_feed(feeds: list[Feed], target: str) -> Feed:
    if feed := _find_feed(feeds, target):
        return feed
    message = f"There is no source `{target}` here; `sources health` lists those on the web."
    raise UserError(message, "target")


def _find_feed(feeds: list[Feed], target: str) -> Feed | None:
    wanted = target.casefold().strip()
    return next((feed for feed in feeds if wanted in {feed.id, feed.url.casefold(), feed.title.casefold()}), None)


def _check_may_change(request: Request, action: str, target: str) -> None:
    if not request.may_manage:
        raise UserError(NOT_A_MANAGER)
    if not target:
        message = f"Which one? `sources {action}` needs an address, or the name of a source."
        raise UserError(message, "target")


def _existing_path(request: Request, target: str) -> Path:
    path = _local_path(request, target)
    if not path.exists():
        message = f"There is no file or folder `{target}` here."
        raise UserError(message)
    return path


def _local_path(request: Request, target: str) -> Path:
    if request.at.platform != "console":
        message = "Files and folders can only be added on the machine the bot runs on: `overheard ingest PATH`."
        raise UserError(message)
    # Absolute, because it is read again later, perhaps by a bot started in another folder.
    return Path(target).expanduser().absolute()


def _normalise_url(written: str) -> str:
    bare = written.strip("<>").removeprefix("feed:").removeprefix("//")
    return bare if "://" in bare else f"https://{bare}"
