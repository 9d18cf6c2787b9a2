"""The command line. Little is imported here: `--help` must not wait for what a command needs."""

from __future__ import annotations

import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import typer

app = typer.Typer(
    name="overheard",
    help="What experts said, who said it, and why it matters.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

ShowOption: TypeAlias = Annotated[str, typer.Option(help="The show, if the files don't name it.")]
TitleOption: TypeAlias = Annotated[str, typer.Option(help="The title of the conversation.")]
DateOption: TypeAlias = Annotated[str, typer.Option(help="When it was held, such as 2026-06-11.")]
AsJSON: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
FreeText: TypeAlias = Annotated[list[str] | None, typer.Argument(help="In your own words, in any order.")]
BatchFile: TypeAlias = Annotated[
    Path | None, typer.Option("--batch", help='A file of JSON lines {"id", "question"}, or - for standard input.')
]
SkipConfirmation: TypeAlias = Annotated[bool, typer.Option("--yes", "-y", help="Don't ask for confirmation.")]


def main() -> None:
    """Run a command; every failure is one sentence on standard error and an exit code."""
    from bot.cli.failures import exit_code_of

    sys.exit(exit_code_of(lambda: app(standalone_mode=False)))


@app.callback(invoke_without_command=True)
def _root(*, version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False) -> None:
    if version:
        from importlib import metadata

        typer.echo(f"overheard {metadata.version('overheard')}")
        raise typer.Exit


@app.command()
def run(
    *,
    once: Annotated[bool, typer.Option("--once", help="Print today's brief and exit.")] = False,
    samples: Annotated[bool, typer.Option("--samples", help="Read the sample conversations first.")] = False,
) -> None:
    """Run the bot here: the brief, then questions, follows and alerts."""
    from bot.cli.run import run_bot

    _run_async(run_bot(once=once, samples=samples))


@app.command()
def ingest(
    paths: Annotated[list[Path], typer.Argument(help="Files and folders of conversations.")],
    *,
    show: ShowOption = "",
    title: TitleOption = "",
    date: DateOption = "",
    as_json: AsJSON = False,
) -> None:
    """Read conversations: JSONL, captions, transcripts of every common tool, HTML, text, Word, PDF, pasted posts."""
    from bot.cli.ingest import ingest as work
    from bot.ingest.files import Given

    _run_async(work(paths, Given(show, title, date), as_json=as_json))


@app.command()
def extract(
    path: Path, *, show: ShowOption = "", title: TitleOption = "", date: DateOption = "", as_json: AsJSON = False
) -> None:
    """Show the format, claims and names of a file; nothing is stored."""
    from bot.cli.ingest import extract as work
    from bot.ingest.files import Given

    _run_async(work(path, Given(show, title, date), as_json=as_json))


@app.command()
def brief(
    *,
    topic: Annotated[str, typer.Option(help="The topic; everything if left out.")] = "",
    date: Annotated[str, typer.Option(help="The day, such as yesterday or 2026-06-27.")] = "",
    style: Annotated[Literal["text", "json", "markdown"], typer.Option("--format", help="How to print it.")] = "text",
    as_json: AsJSON = False,
) -> None:
    """Print the brief of a day."""
    from bot.cli.ask import brief as work

    _run_async(work(topic, date, "json" if as_json else style))


@app.command()
def ask(question: FreeText = None, *, batch: BatchFile = None, as_json: AsJSON = False) -> None:
    """Answer a question from what was said, with citations."""
    from bot.cli.ask import ask as work

    _run_async(work(" ".join(question or []), batch, as_json=as_json))


@app.command()
def search(
    words: FreeText = None,
    *,
    batch: BatchFile = None,
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many passages.")] = 10,
    as_json: AsJSON = False,
) -> None:
    """Find passages by words and by meaning."""
    from bot.cli.ask import search as work

    _run_async(work(" ".join(words or []), batch, limit, as_json=as_json))


@app.command()
def explain(
    what: FreeText = None,
    *,
    topic: Annotated[str, typer.Option(help="Of which topic's brief; everything if left out.")] = "",
    date: Annotated[str, typer.Option(help="Of which day's brief; today's if left out.")] = "",
    as_json: AsJSON = False,
) -> None:
    """Explain a claim (its id or words), a story (signal 2) or a whole brief (a date): what was decided, and why."""
    from bot.cli.ask import explain as work

    _run_async(work(" ".join(what or []), topic, date, as_json=as_json))


@app.command()
def entity(
    name: FreeText = None,
    *,
    same_as: Annotated[str, typer.Option(metavar="OTHER", help="Make this other name an alias of it.")] = "",
    not_same_as: Annotated[
        str, typer.Option(metavar="OTHER", help="Undo that, and keep the two apart from now on.")
    ] = "",
    as_json: AsJSON = False,
) -> None:
    """Show who talks about a name, its aliases, timeline and latest claims; merge two names, or keep them apart."""
    from bot.cli.verbs import entity as work

    _run_async(work(" ".join(name or []), same_as, not_same_as, as_json=as_json))


_VERB_HELP = {
    "subscribe": "Send the daily brief to this channel; shows the next run before you confirm.",
    "unsubscribe": "End this channel's daily brief.",
    "resume": "Resume what was paused here; shows the next run.",
    "subscriptions": "List this workspace's subscriptions with their next run.",
    "follow": "Get alerts when something new is said about a company, person, product or topic.",
    "unfollow": "Stop alerts about a company, person, product or topic.",
    "following": "List what you follow here.",
    "quiet": "Keep some hours free of alerts; what you missed arrives in one message afterwards.",
    "language": "Choose the language of answers and briefs in this channel; quotes stay as spoken.",
    "claims": "Search claims rather than text: by words, speaker, date and subject.",
    "sources": "List sources and how they are doing; add a show, site, list, file or folder; pause or remove one.",
    "note": "Save a text, an article or a file for this workspace alone, and read it like everything else.",
    "why": "Say why a claim is in the brief or isn't, or why a brief or an alert came or didn't.",
    "status": "Show how much has been read, and any problems.",
    "privacy": "Show what is kept about you, or erase it.",
}
"""Verbs that are commands too, with their help as handlers declare it; a test keeps the two the same.

Importing the handlers for `--help` would double the time it takes.
"""


def _add_verb_command(name: str, about: str) -> None:
    def command(words: FreeText = None, *, yes: SkipConfirmation = False, as_json: AsJSON = False) -> None:
        from bot.cli.verbs import export_sources, run_verb

        said = " ".join(words or [])
        work = export_sources(as_json=as_json) if (name, said) == ("sources", "export") else None
        _run_async(work or run_verb(name, said, yes=yes, as_json=as_json))

    app.command(name, help=about)(command)


for _name, _about in _VERB_HELP.items():
    _add_verb_command(_name, _about)


@app.command()
def deliveries(
    state: Annotated[
        Literal["pending", "sending", "sent", "failed", "unknown"] | None,
        typer.Option(help="Only those in this state; failed and unknown if left out."),
    ] = None,
    *,
    resend: Annotated[list[int] | None, typer.Option(metavar="NUMBER", help="Send this one again.")] = None,
    as_json: AsJSON = False,
) -> None:
    """List what did not arrive, or may not have; send it again."""
    from bot.cli.verbs import deliveries as work

    _run_async(work(state, resend or [], as_json=as_json))


@app.command()
def doctor(*, as_json: AsJSON = False) -> None:
    """Say what is configured, what is missing, and what to do about it."""
    from bot.cli.doctor import doctor as work

    _run_async(work(as_json=as_json))


@app.command()
def manifest(
    platform: Annotated[str, typer.Argument(help="Where to create the app: slack or discord.")],
    *,
    address: Annotated[str, typer.Option(help="Where Slack reaches the bot over HTTP, for many workspaces.")] = "",
    as_json: AsJSON = False,
) -> None:
    """Print what the app asks for: Slack's manifest, or the links that invite it to Discord."""
    from bot.cli.manifest import manifest as work

    _run_async(work(platform, address, as_json=as_json))


@app.command()
def backup(
    path: Annotated[Path, typer.Argument(help="The file to write.")],
    *,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it is there.")] = False,
    as_json: AsJSON = False,
) -> None:
    """Copy the database while the bot runs; a bot started on the copy sends nothing twice."""
    from bot.cli.backup import backup as work

    _run_async(work(path, force=force, as_json=as_json))


@app.command()
def migrate_to(
    target: Annotated[str, typer.Argument(help="postgresql://user@host/database, empty or copied to before.")],
    *,
    as_json: AsJSON = False,
) -> None:
    """Copy the database file into a PostgreSQL database, while the bot runs."""
    from bot.cli.backup import migrate_to as work

    _run_async(work(target, as_json=as_json))


@app.command()
def bench(*, as_json: AsJSON = False) -> None:
    """Measure search and answers here, against a plain full-text query."""
    from bot.cli.bench import bench as work

    _run_async(work(as_json=as_json))


def _run_async(command: Coroutine[object, object, int]) -> None:
    import asyncio

    code = asyncio.run(command)
    if code:
        raise typer.Exit(code)


if __name__ == "__main__":
    main()
