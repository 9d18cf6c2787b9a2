"""The console as a platform: a channel in the terminal, with numbered buttons."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from bot.chat.argument_parser import parse_command
from bot.chat.message import Field, Form, Group, Heading, Message, Note
from bot.chat.platform import ConcurrencyLimits, PostedPages, Sent
from bot.chat.request import Attachment, Dispatch, Request, Verb
from bot.chat.text import styled_text
from bot.domain.address import Address
from bot.due_times import Clock, is_zone
from bot.errors import PlatformError
from bot.platforms.console.terminal import Keyboard, Screen

SPACE = "local"
"""The one space of the console."""

CHANNEL = "terminal"

_EXIT_COMMANDS = {"exit", "quit", "/exit", "/quit"}
_MAX_OPTIONS = 25
"""How many options of a field can be listed in a line."""


class Console:
    """A person's own terminal, or a pipe. `zone` is the IANA zone of the machine."""

    name = "console"
    concurrency = ConcurrencyLimits(total=1, per_space=1)

    def __init__(self, keyboard: Keyboard, screen: Screen, clock: Clock, zone: str, user: str = "you") -> None:
        self._keyboard = keyboard
        self._screen = screen
        self._clock = clock
        self._zone = zone
        self._user = user
        self._request_count = 0
        self._sent: dict[str, Sent] = {}

    async def run(self, verbs: Sequence[Verb], dispatch: Dispatch) -> None:
        """Take line after line and answer it, until Ctrl-D, `exit` or the end of the input."""
        while True:
            try:
                line = (await self._keyboard.read_line(verbs)).strip()
            except EOFError:
                return
            if line.casefold() in _EXIT_COMMANDS:
                return
            if line:
                await self._answer(line, verbs, dispatch)

    async def send(self, to: Address, message: Message, *, key: str, trail: PostedPages | None = None) -> Sent:
        """Draw a message above the prompt; the same `key` again draws nothing."""
        del trail
        if key not in self._sent:
            self._sent[key] = Sent(to, key)
            await self._keyboard.write_above(lambda: self._screen.show(message))
        return self._sent[key]

    async def edit(self, sent: Sent, message: Message) -> None:
        """Draw the message again, marked as edited: what is on a terminal cannot be taken back."""
        del sent
        await self._keyboard.write_above(lambda: self._screen.show(message, "edited"))

    async def announce(self, words: str) -> None:
        """Draw one line of small print above the prompt."""
        await self._keyboard.write_above(lambda: self._screen.show_note(words))

    async def is_connected(self) -> bool:
        """Return True: the person is right here."""
        return True

    async def has_outsiders(self, at: Address) -> bool:
        """Return False: only the person at the terminal reads it."""
        del at
        return False

    async def direct(self, space: str, user: str) -> Address:
        """Return the terminal: the person there is alone with the bot."""
        del user
        return Address(self.name, space, CHANNEL)

    async def _answer(self, line: str, verbs: Sequence[Verb], dispatch: Dispatch) -> None:
        """Answer one line; Ctrl-C stops the answer and nothing else."""
        request = self._parse_line(line, verbs)
        if request is None:
            return
        answer = asyncio.ensure_future(self._run_dialog(request, dispatch))
        try:
            with self._keyboard.on_interrupt(answer.cancel):
                await asyncio.wait([answer])
        finally:
            answer.cancel()
        if answer.cancelled():
            self._screen.show_note("Stopped.")
        else:
            answer.result()

    def _parse_line(self, line: str, verbs: Sequence[Verb]) -> Request | None:
        if not line.isdecimal():
            command = parse_command(line, verbs)
            return self._request(command.verb, {"": command.text})
        number = int(line)
        action = self._screen.press(number)
        if action is None:
            dead = f"Option {line} has been used." if self._screen.is_used(number) else f"There is no option {line}."
            self._screen.show_note(dead)
            return None
        return self._request(action.verb, {"": action.arg})

    async def _run_dialog(self, request: Request, dispatch: Dispatch) -> None:
        """Show the final state of the answer; a form is filled in and submitted until a message comes."""
        following: Request | None = request
        while following:
            form = await self._show_reply(following, dispatch)
            following = await self._fill_in(form) if form else None

    async def _show_reply(self, request: Request, dispatch: Dispatch) -> Form | None:
        last: Message | Form | None = None
        with self._screen.progress() as draw:
            async for reply in dispatch(request):
                last = reply.content
                if isinstance(last, Message) and not reply.final:
                    draw(last)
        if isinstance(last, Message):
            self._screen.show(last)
        return last if isinstance(last, Form) else None

    async def _fill_in(self, form: Form) -> Request | None:
        heading = Heading(styled_text(form.title))
        preview = (Note(form.preview),) if form.preview else ()
        self._screen.show(Message((Group((heading, *preview)),), form.title))
        try:
            answers = {field.name: await self._ask_field(field) for field in form.fields}
        except EOFError:
            self._screen.show_note("Nothing was changed.")
            return None
        request = self._request(form.verb, answers)
        paths = [Path(answers[field.name]) for field in form.fields if field.is_file and answers[field.name]]
        return replace(request, attachments=tuple(map(attach, paths)))

    async def _ask_field(self, field: Field) -> str:
        while True:
            answer = (await self._keyboard.read_field(field)).strip()
            # Several, and one of very many, are typed in any words that the verb reads, such as weekdays or India.
            is_menu = 0 < len(field.options) <= _MAX_OPTIONS and not field.several
            if is_menu and answer not in field.options:
                self._screen.show_note(f"{field.label}: choose one of {', '.join(field.options)}.")
            elif answer or not field.required:
                return answer
            else:
                self._screen.show_note(f"{field.label}: please fill this in.")

    def _request(self, verb: str, args: Mapping[str, str]) -> Request:
        self._request_count += 1
        when = self._clock.now()
        at = Address(self.name, SPACE, CHANNEL)
        identity = f"{self.name}-{when:%Y%m%dT%H%M%S%f}-{self._request_count}"
        return Request(verb, args, self._user, at, when, may_manage=True, zone=self._zone, id=identity)


def attach(path: Path) -> Attachment:
    """Return a file of this machine as an attachment."""
    place = path.expanduser()

    async def read(limit: int) -> bytes:
        try:
            with await asyncio.to_thread(place.open, "rb") as file:
                return await asyncio.to_thread(file.read, limit)
        except OSError as error:
            message = f"it cannot be opened: {(error.strerror or str(error)).lower()}"
            raise PlatformError(message) from None

    return Attachment(path.name, place.stat().st_size if place.is_file() else 0, read)


_LINK = Path("/etc/localtime")


def machine_zone(environment: Mapping[str, str], link: Path = _LINK) -> str:
    """Return the IANA zone that `TZ` or the machine's own setting names, and UTC if neither does."""
    linked = str(link.resolve()).partition("zoneinfo/")[2] if link.is_symlink() else ""
    return next((zone for zone in (environment.get("TZ", "").lstrip(":"), linked) if is_zone(zone)), "UTC")
