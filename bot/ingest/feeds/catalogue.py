"""Feeds to begin with, for who has none at hand; none of them is read before somebody picks it."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """A feed of the catalogue: what it is called, of what kind, about what, and where it is."""

    name: str
    kind: str
    topics: tuple[str, ...]
    language: str
    description: str
    feed_url: str


def load_catalogue(topic: str = "") -> tuple[CatalogueEntry, ...]:
    """Return the feeds of a topic, or all of them."""
    page = (files("bot") / "ingest" / "feeds" / "catalogue.tsv").read_text("utf-8")
    rows = csv.DictReader(page.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    offers = (_to_entry(row) for row in rows)
    return tuple(offer for offer in offers if not topic or topic.casefold() in offer.topics)


def _to_entry(row: dict[str, str]) -> CatalogueEntry:
    topics = tuple(row["topics"].split())
    return CatalogueEntry(row["name"], row["kind"], topics, row["language"], row["description"], row["feed"])
