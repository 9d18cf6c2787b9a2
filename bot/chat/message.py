"""The message model: blocks name a meaning, and each platform draws them its own way."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

from bot.chat.text import Text
from bot.domain.subscription import AlertFrequency

ACTION_LIMIT = 100
"""Discord's limit for a `custom_id`, in characters; the smallest of all platforms."""


@dataclass(frozen=True, slots=True)
class Action:
    """What a button does: a verb and its one argument, as they travel through the platform.

    Raises ValueError when `verb:arg` is over 100 characters or the verb has a colon in it.
    """

    verb: str
    arg: str = ""

    def __post_init__(self) -> None:
        """Raise early for what Discord would refuse later."""
        if ":" in self.verb or not self.verb:
            message = f"An action's verb is a plain word, not {self.verb!r}."
            raise ValueError(message)
        if len(str(self)) > ACTION_LIMIT:
            message = f"The action {str(self)!r} is over {ACTION_LIMIT} characters."
            raise ValueError(message)

    @property
    def erases(self) -> bool:
        """Whether it erases for good, and so should look dangerous."""
        return self.verb == "privacy" and self.arg.startswith("forget ")

    @property
    def settles(self) -> bool:
        """Whether it settles the question it stands under: that is asked once, so its buttons go when it is pressed."""
        paced = self.verb == "follow" and self.arg.rpartition("/")[2] in set(AlertFrequency)
        return self.verb in {"confirm", "cancel"} or self.erases or paced

    def __str__(self) -> str:
        """Write the action as the id a platform carries."""
        return f"{self.verb}:{self.arg}"

    @classmethod
    def parse(cls, custom_id: str) -> Action:
        """Read an action back from a platform's id."""
        verb, _, arg = custom_id.partition(":")
        return cls(verb, arg)


@dataclass(frozen=True, slots=True)
class Button:
    """A labelled action."""

    label: str
    action: Action


@dataclass(frozen=True, slots=True)
class Heading:
    """A title with an optional line above it."""

    title: Text
    kicker: Text = ()


@dataclass(frozen=True, slots=True)
class Prose:
    """A paragraph."""

    text: Text


@dataclass(frozen=True, slots=True)
class Quote:
    """Somebody's exact words, and who said them where and when."""

    words: str
    by: Text


@dataclass(frozen=True, slots=True)
class Stat:
    """One number worth a card: its label, its value as said, and its hedge ("alleged", "nearly")."""

    label: str
    value: str
    hedge: str = ""


@dataclass(frozen=True, slots=True)
class Stats:
    """Stat cards, side by side if the platform can."""

    items: tuple[Stat, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """A titled entry of a list, small print below it, and its buttons.

    One button stands beside the entry; several fold into a menu if the platform has one.
    """

    title: Text
    body: Text = ()
    buttons: tuple[Button, ...] = ()
    note: Text = ()


@dataclass(frozen=True, slots=True)
class Callout:
    """A short labelled line that should stand out, such as Watch."""

    label: str
    text: Text


@dataclass(frozen=True, slots=True)
class Note:
    """Small print."""

    text: Text


@dataclass(frozen=True, slots=True)
class Source:
    """One entry under Sources: its words and, if the store has one, its link."""

    text: Text
    href: str | None = None

    @property
    def linked_text(self) -> Text:
        """The words, their bold ones (all of them if none is bold) linked, unless they have links already."""
        if self.href is None or any(span.href for span in self.text):
            return self.text
        named = any(span.bold for span in self.text)
        return tuple(replace(span, href=self.href) if span.bold or not named else span for span in self.text)


@dataclass(frozen=True, slots=True)
class Sources:
    """A numbered list of a message's sources; `first` is the number of the first, after a page break."""

    items: tuple[Source, ...]
    first: int = 1


@dataclass(frozen=True, slots=True)
class Choices:
    """Buttons in a row."""

    buttons: tuple[Button, ...]


Block: TypeAlias = Heading | Prose | Quote | Stats | Item | Callout | Note | Sources | Choices


@dataclass(frozen=True, slots=True)
class Group:
    """Blocks that belong together: a page may break before or after a group, never inside."""

    blocks: tuple[Block, ...]

    @property
    def is_titled(self) -> bool:
        """Whether it begins with a title, and so may be set apart: a heading, or an entry with more below it."""
        first = self.blocks[0] if self.blocks else None
        return isinstance(first, Heading) or (
            isinstance(first, Item) and not all(isinstance(block, Item) for block in self.blocks)
        )


@dataclass(frozen=True, slots=True)
class Message:
    """What a person sees; `summary` is the one plain line for notifications.

    `thread` goes on below a message that is posted for all to read. Where one person is shown the message on the spot,
    it is left out, so one of the buttons has to bring it.
    """

    groups: tuple[Group, ...]
    summary: str
    thread: tuple[Group, ...] = ()

    @property
    def buttons(self) -> tuple[Button, ...]:
        """Every button of the message, in reading order."""
        return tuple(
            button
            for group in (*self.groups, *self.thread)
            for block in group.blocks
            if isinstance(block, (Choices, Item))
            for button in block.buttons
        )

    @property
    def without_buttons(self) -> Message:
        """The message as it is shown where nothing can be pressed, without its thread."""
        kept = (
            Group(
                tuple(
                    replace(block, buttons=()) if isinstance(block, Item) else block
                    for block in group.blocks
                    if not isinstance(block, Choices)
                )
            )
            for group in self.groups
        )
        return Message(tuple(group for group in kept if group.blocks), self.summary)

    @property
    def first_screen(self) -> Message:
        """The message without its thread."""
        return replace(self, thread=())

    @property
    def unfolded(self) -> Message:
        """The message with its thread below it, as one."""
        return Message((*self.groups, *self.thread), self.summary)


@dataclass(frozen=True, slots=True)
class Field:
    """One question of a form; `options` makes it a choice, `value` is its initial value.

    With `several`, more than one option may be chosen, and a value names them as in `Mon, Thu`. An `is_time` asks for a
    time of day, `HH:MM`. A `hidden` one isn't shown while it is typed, if the platform can do that. A `multiline` one
    has room for a text, and an `is_file` one takes files, which become the request's attachments.
    """

    name: str
    label: str
    value: str = ""
    options: tuple[str, ...] = ()
    required: bool = True
    hidden: bool = False
    multiline: bool = False
    is_file: bool = False
    several: bool = False
    is_time: bool = False

    @property
    def chosen(self) -> tuple[str, ...]:
        """The options that are chosen at first."""
        values = set(self.value.split(SEPARATOR)) if self.several else {self.value}
        return tuple(option for option in self.options if option in values)


SEPARATOR = ", "
"""What stands between the options of a field that takes several."""


@dataclass(frozen=True, slots=True)
class Form:
    """A modal on Slack and Discord, prompts on the console; submitting it sends `verb` with the fields.

    `arg` is what the verb needs to open the form again, and `submit` the word on its button, if it isn't the verb.
    """

    title: str
    fields: tuple[Field, ...]
    verb: str
    preview: Text = ()
    arg: str = ""
    submit: str = ""
